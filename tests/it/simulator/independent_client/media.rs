//! Downloads of encrypted media.

use aes::Aes256;
use amda::simulator::Simulator;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, KeyIvInit as _};
use data_encoding::BASE64URL;
use sha2::{Digest as _, Sha256};

use super::proto::Image;
use super::signal::{expand, mac};
use crate::support::http;

const MAC_BYTES: usize = 10;

/// Downloads and decrypts a picture.
pub(crate) async fn download(simulator: &Simulator, image: &Image) -> Vec<u8> {
    let path = image.direct_path.as_deref().expect("the picture has a path");
    let hash = image.encrypted_sha256.as_deref().expect("the picture has a hash");
    let url = format!(
        "{}{path}&hash={}&mms-type=image&__wa-mms=",
        simulator.media_base_url(),
        BASE64URL.encode(hash)
    );
    let answer = http::client()
        .get(url)
        .send()
        .await
        .expect("the media server listens");
    assert_eq!(answer.status(), 200);
    let sealed = answer.bytes().await.expect("the file comes whole");
    assert_eq!(Sha256::digest(&sealed).as_slice(), hash);

    let mut keys = [0; 112];
    let media_key = image.media_key.as_deref().expect("the picture has a key");
    expand(None, media_key, b"WhatsApp Image Keys", &mut keys);
    let (iv, cipher, mac_key) = (&keys[..16], &keys[16..48], &keys[48..80]);
    let (ciphertext, tag) = sealed.split_at(sealed.len() - MAC_BYTES);
    assert_eq!(tag, &mac(mac_key, &[iv, ciphertext])[..MAC_BYTES]);
    let plain = cbc::Decryptor::<Aes256>::new_from_slices(cipher, iv)
        .expect("the lengths are right")
        .decrypt_padded_vec::<Pkcs7>(ciphertext)
        .expect("its MAC was right");
    assert_eq!(Some(Sha256::digest(&plain).as_slice()), image.sha256.as_deref());
    assert_eq!(Some(plain.len() as u64), image.length);
    plain
}
