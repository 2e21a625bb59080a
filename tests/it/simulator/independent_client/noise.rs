//! Noise XX as WhatsApp has it, of the initiator: unlike the Noise Protocol Framework, it does not hash the empty payload of
//! the first message, so no crate for Noise can be used.

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use sha2::{Digest as _, Sha256};

use super::curve::KeyPair;
use super::signal::expand;

const PATTERN: &[u8; 32] = b"Noise_XX_25519_AESGCM_SHA256\0\0\0\0";

/// A key and the number of messages that were sealed with it.
pub(super) struct Cipher {
    key: LessSafeKey,
    counter: u32,
}

/// The transcript of a handshake.
pub(super) struct Handshake {
    hash: [u8; 32],
    salt: [u8; 32],
    cipher: Cipher,
}

impl Cipher {
    fn new(key: &[u8]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key).expect("keys have 32 bytes");
        Self {
            key: LessSafeKey::new(key),
            counter: 0,
        }
    }

    fn nonce(&mut self) -> Nonce {
        let mut nonce = [0; 12];
        nonce[8..].copy_from_slice(&self.counter.to_be_bytes());
        self.counter += 1;
        Nonce::assume_unique_for_key(nonce)
    }

    pub(super) fn seal(&mut self, also: &[u8], plain: &[u8]) -> Vec<u8> {
        let (nonce, mut sealed) = (self.nonce(), plain.to_vec());
        self.key
            .seal_in_place_append_tag(nonce, Aad::from(also), &mut sealed)
            .expect("frames are short");
        sealed
    }

    pub(super) fn open(&mut self, also: &[u8], sealed: &[u8]) -> Vec<u8> {
        let (nonce, mut opened) = (self.nonce(), sealed.to_vec());
        let plain = self.key.open_in_place(nonce, Aad::from(also), &mut opened);
        plain.expect("the server seals with our common key").to_vec()
    }
}

impl Handshake {
    /// Begins with the header of the connection.
    pub(super) fn new(header: &[u8]) -> Self {
        let mut handshake = Self {
            hash: *PATTERN,
            salt: *PATTERN,
            cipher: Cipher::new(PATTERN),
        };
        handshake.authenticate(header);
        handshake
    }

    pub(super) fn authenticate(&mut self, words: &[u8]) {
        self.hash = Sha256::digest([&self.hash[..], words].concat()).into();
    }

    pub(super) fn seal(&mut self, plain: &[u8]) -> Vec<u8> {
        let sealed = self.cipher.seal(&self.hash, plain);
        self.authenticate(&sealed);
        sealed
    }

    pub(super) fn open(&mut self, sealed: &[u8]) -> Vec<u8> {
        let plain = self.cipher.open(&self.hash, sealed);
        self.authenticate(sealed);
        plain
    }

    /// Mixes in what both sides agree on.
    pub(super) fn agree(&mut self, ours: &KeyPair, theirs: &[u8; 32]) {
        let mut keys = [0; 64];
        expand(Some(&self.salt), &ours.agree(theirs), b"", &mut keys);
        self.salt.copy_from_slice(&keys[..32]);
        self.cipher = Cipher::new(&keys[32..]);
    }

    /// The ciphers of what follows: ours and the server's.
    pub(super) fn finish(self) -> (Cipher, Cipher) {
        let mut keys = [0; 64];
        expand(Some(&self.salt), b"", b"", &mut keys);
        (Cipher::new(&keys[..32]), Cipher::new(&keys[32..]))
    }
}
