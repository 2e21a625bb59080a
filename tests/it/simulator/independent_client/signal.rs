//! Signal sessions between two devices: the agreement that begins one (X3DH), and its double ratchet. Messages must come
//! in order, as the simulator's do.

use aes::Aes256;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use prost::Message as _;
use sha2::Sha256;

use super::curve::{KeyPair, random, typed, untyped, verify};
use super::proto::{PreKeyMessage, SessionMessage};

/// Both halves of the version byte: the version of the message, and the newest that its sender knows.
const VERSION: u8 = 0x33;
const MAC_BYTES: usize = 8;

/// The keys of a device, as it uses them itself.
pub(super) struct OwnKeys<'a> {
    pub(super) registration_id: u32,
    pub(super) identity: &'a KeyPair,
    pub(super) signed: &'a KeyPair,
    /// The one-time keys by id.
    pub(super) one_time: &'a [KeyPair],
}

/// The keys of another device, with which a session to it begins.
pub(crate) struct Bundle {
    pub(super) identity: [u8; 32],
    pub(super) signed_id: u32,
    pub(super) signed: [u8; 32],
    pub(super) signature: Vec<u8>,
    pub(super) one_time: Option<(u32, [u8; 32])>,
}

/// One direction of a session.
#[derive(Clone)]
struct Chain {
    key: [u8; 32],
    counter: u32,
}

/// The keys of one message.
struct MessageKeys {
    cipher: [u8; 32],
    mac: [u8; 32],
    iv: [u8; 16],
}

/// A session with another device.
pub(super) struct Session {
    own_identity: [u8; 32],
    their_identity: [u8; 32],
    root: [u8; 32],
    ratchet: KeyPair,
    their_ratchet: Option<[u8; 32]>,
    sending: Option<Chain>,
    receiving: Option<Chain>,
    /// What the first messages repeat until the other side has answered.
    opening: Option<PreKeyMessage>,
}

impl Session {
    /// Begins a session with a device that may be offline.
    pub(super) fn begin(own: &OwnKeys<'_>, theirs: &Bundle) -> Self {
        assert!(verify(
            &theirs.identity,
            &typed(&theirs.signed),
            &theirs.signature
        ));
        let base = KeyPair::generate();
        let mut secrets = vec![
            own.identity.agree(&theirs.signed),
            base.agree(&theirs.identity),
            base.agree(&theirs.signed),
        ];
        secrets.extend(theirs.one_time.map(|(_, key)| base.agree(&key)));
        let (root, _) = first_keys(&secrets);
        let ratchet = KeyPair::generate();
        let (root, sending) = next_root(&root, &ratchet.agree(&theirs.signed));
        Self {
            own_identity: own.identity.public,
            their_identity: theirs.identity,
            root,
            ratchet,
            their_ratchet: Some(theirs.signed),
            sending: Some(sending),
            receiving: None,
            opening: Some(PreKeyMessage {
                one_time_id: theirs.one_time.map(|(id, _)| id),
                base_key: Some(typed(&base.public)),
                identity: Some(typed(&own.identity.public)),
                message: None,
                registration_id: Some(own.registration_id),
                signed_id: Some(theirs.signed_id),
            }),
        }
    }

    /// Accepts a session that another device has begun. Returns it with the first message's own part.
    pub(super) fn accept(own: &OwnKeys<'_>, sealed: &[u8]) -> (Self, Vec<u8>) {
        assert_eq!(sealed[0], VERSION);
        let opening = PreKeyMessage::decode(&sealed[1..]).expect("it is a pre-key message");
        let identity = untyped(opening.identity.as_deref().unwrap_or_default());
        let base = untyped(opening.base_key.as_deref().unwrap_or_default());
        let mut secrets = vec![
            own.signed.agree(&identity),
            own.identity.agree(&base),
            own.signed.agree(&base),
        ];
        if let Some(id) = opening.one_time_id {
            let id = usize::try_from(id).expect("ids are small");
            secrets.push(own.one_time[id - 1].agree(&base));
        }
        let (root, _) = first_keys(&secrets);
        let session = Self {
            own_identity: own.identity.public,
            their_identity: identity,
            root,
            ratchet: own.signed.clone(),
            their_ratchet: None,
            sending: None,
            receiving: None,
            opening: None,
        };
        (session, opening.message.expect("it holds a message"))
    }

    /// Opens a message of this session.
    pub(super) fn open(&mut self, sealed: &[u8]) -> Vec<u8> {
        let (signed, mac) = sealed.split_at(sealed.len() - MAC_BYTES);
        assert_eq!(signed[0], VERSION);
        let message = SessionMessage::decode(&signed[1..]).expect("it is a session message");
        let ratchet = untyped(message.ratchet_key.as_deref().unwrap_or_default());
        if self.their_ratchet != Some(ratchet) || self.receiving.is_none() {
            self.turn(ratchet);
        }
        self.opening = None;
        let chain = self.receiving.as_mut().expect("the ratchet has turned");
        while chain.counter < message.counter.unwrap_or_default() {
            chain.step();
        }
        let keys = chain.step();
        assert_eq!(mac, keys.mac(&self.their_identity, &self.own_identity, signed));
        let ciphertext = message.ciphertext.unwrap_or_default();
        unpad(&keys.decrypt(&ciphertext))
    }

    /// Seals a message. Returns the `type` of its `<enc>` too.
    pub(super) fn seal(&mut self, plain: &[u8]) -> (&'static str, Vec<u8>) {
        let chain = self
            .sending
            .as_mut()
            .expect("a session that was accepted has opened a message");
        let counter = chain.counter;
        let keys = chain.step();
        let message = SessionMessage {
            ratchet_key: Some(typed(&self.ratchet.public)),
            counter: Some(counter),
            previous_counter: Some(0),
            ciphertext: Some(keys.encrypt(&pad(plain))),
        };
        let mut sealed = [&[VERSION][..], &message.encode_to_vec()].concat();
        let mac = keys.mac(&self.own_identity, &self.their_identity, &sealed);
        sealed.extend(mac);
        match self.opening.clone() {
            None => ("msg", sealed),
            Some(mut opening) => {
                opening.message = Some(sealed);
                ("pkmsg", [&[VERSION][..], &opening.encode_to_vec()].concat())
            }
        }
    }

    /// Turns the ratchet to a new key of theirs, and answers with a new one of ours.
    fn turn(&mut self, theirs: [u8; 32]) {
        let (root, receiving) = next_root(&self.root, &self.ratchet.agree(&theirs));
        self.ratchet = KeyPair::generate();
        let (root, sending) = next_root(&root, &self.ratchet.agree(&theirs));
        self.root = root;
        self.their_ratchet = Some(theirs);
        self.receiving = Some(receiving);
        self.sending = Some(sending);
    }
}

impl Chain {
    /// The keys of the next message.
    fn step(&mut self) -> MessageKeys {
        let seed = mac(&self.key, &[&[1]]);
        self.key = mac(&self.key, &[&[2]]);
        self.counter += 1;
        let mut keys = [0; 80];
        expand(None, &seed, b"WhisperMessageKeys", &mut keys);
        MessageKeys {
            cipher: *keys[..32].as_array().expect("32 bytes"),
            mac: *keys[32..64].as_array().expect("32 bytes"),
            iv: *keys[64..].as_array().expect("16 bytes"),
        }
    }
}

impl MessageKeys {
    fn mac(&self, sender: &[u8; 32], receiver: &[u8; 32], signed: &[u8]) -> Vec<u8> {
        let whole = mac(&self.mac, &[&typed(sender), &typed(receiver), signed]);
        whole[..MAC_BYTES].to_vec()
    }

    fn encrypt(&self, plain: &[u8]) -> Vec<u8> {
        cbc::Encryptor::<Aes256>::new(&self.cipher.into(), &self.iv.into()).encrypt_padded_vec::<Pkcs7>(plain)
    }

    fn decrypt(&self, sealed: &[u8]) -> Vec<u8> {
        cbc::Decryptor::<Aes256>::new(&self.cipher.into(), &self.iv.into())
            .decrypt_padded_vec::<Pkcs7>(sealed)
            .expect("its MAC was right")
    }
}

fn first_keys(secrets: &[[u8; 32]]) -> ([u8; 32], Chain) {
    let material = [&[0xff; 32][..], &secrets.concat()].concat();
    split(None, &material, b"WhisperText")
}

fn next_root(root: &[u8; 32], secret: &[u8; 32]) -> ([u8; 32], Chain) {
    split(Some(root), secret, b"WhisperRatchet")
}

fn split(salt: Option<&[u8]>, material: &[u8], info: &[u8]) -> ([u8; 32], Chain) {
    let mut keys = [0; 64];
    expand(salt, material, info, &mut keys);
    let key = *keys[32..].as_array().expect("32 bytes");
    (
        *keys[..32].as_array().expect("32 bytes"),
        Chain { key, counter: 0 },
    )
}

pub(super) fn expand(salt: Option<&[u8]>, material: &[u8], info: &[u8], out: &mut [u8]) {
    Hkdf::<Sha256>::new(salt, material)
        .expand(info, out)
        .expect("it is short enough");
}

pub(super) fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length will do");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Adds 1 to 16 bytes, each of which is their number, as WhatsApp does within the ciphertext.
fn pad(plain: &[u8]) -> Vec<u8> {
    let count = random::<1>()[0] % 16 + 1;
    [plain, &vec![count; usize::from(count)]].concat()
}

fn unpad(padded: &[u8]) -> Vec<u8> {
    let count = usize::from(*padded.last().expect("padding is never empty"));
    padded[..padded.len() - count].to_vec()
}
