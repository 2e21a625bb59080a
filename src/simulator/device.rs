//! A linked device as the server knows it: its public keys, and its unacknowledged stanzas.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use wacore::libsignal::protocol::{IdentityKey, PreKeyBundle, ProtocolAddress, PublicKey};
use wacore_binary::Node;
use waproto::whatsapp::client_payload::DevicePairingRegistrationData;

use super::encoded;
use super::error::{Doing as _, Result, SimulatorError};
use super::stanza::{attr, bytes, child, child_bytes, children, key32, number};

/// Number of remaining one-time keys at which a device is asked for more.
const LOW_KEY_COUNT: usize = 5;

/// A public key that the device uploaded, to be given out once.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct OneTimeKey {
    pub(super) id: u32,
    #[serde(with = "encoded")]
    pub(super) key: PublicKey,
}

/// The device's signed key.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SignedKey {
    pub(super) id: u32,
    #[serde(with = "encoded")]
    pub(super) key: PublicKey,
    #[serde(with = "encoded")]
    pub(super) signature: Vec<u8>,
}

impl SignedKey {
    pub(super) fn parse(node: &Node) -> Result<Self> {
        Ok(Self {
            id: number(&child_bytes(node, "id")?),
            key: public_key(&child_bytes(node, "value")?)?,
            signature: child_bytes(node, "signature")?,
        })
    }

    /// Checks that the holder of an identity signed the key.
    fn check(&self, identity: &PublicKey) -> Result<()> {
        if identity.verify_signature(&self.key.serialize(), &self.signature) {
            Ok(())
        } else {
            Err(SimulatorError::Stanza("a valid signature of its signed key"))
        }
    }
}

impl OneTimeKey {
    fn parse(node: &Node) -> Result<Self> {
        Ok(Self {
            id: number(&child_bytes(node, "id")?),
            key: public_key(&child_bytes(node, "value")?)?,
        })
    }
}

/// A public key, with or without its type byte.
pub(super) fn public_key(bytes: &[u8]) -> Result<PublicKey> {
    PublicKey::from_djb_public_key_bytes(&key32(bytes)?).doing("reading a public key")
}

/// A stanza that the device has not acknowledged.
#[derive(Serialize, Deserialize)]
pub(super) struct Queued {
    #[serde(with = "encoded")]
    pub(super) node: Node,
}

impl Queued {
    fn answers_to(&self, class: &str, id: &str) -> bool {
        self.node.tag == class && self.node.attrs.get("id").is_some_and(|given| given == id)
    }
}

/// A companion of the phone.
#[derive(Serialize, Deserialize)]
pub(super) struct LinkedDevice {
    /// Its number within the account; the phone is 0. Never used twice.
    pub(super) id: u16,
    #[serde(with = "encoded")]
    pub(super) identity: PublicKey,
    /// The static key of its handshakes. `None` in snapshots of earlier versions, until its next login.
    #[serde(default)]
    noise_key: Option<[u8; 32]>,
    pub(super) registration: u32,
    pub(super) signed: SignedKey,
    pub(super) one_time: VecDeque<OneTimeKey>,
    /// The identity signed by account and device, which peers verify.
    #[serde(with = "encoded")]
    pub(super) signed_identity: Vec<u8>,
    /// The name by which the device introduced itself.
    pub(super) platform: String,
    /// True once the phone has sent it the app-state key.
    pub(super) holds_app_state_key: bool,
    pub(super) queue: VecDeque<Queued>,
    /// True when it is to be asked for more one-time keys.
    #[serde(default)]
    pub(super) runs_short: bool,
}

impl LinkedDevice {
    /// The device that the registration describes.
    pub(super) fn new(
        id: u16,
        registration: &DevicePairingRegistrationData,
        noise_key: [u8; 32],
    ) -> Result<Self> {
        let part = |value: &Option<Vec<u8>>, what| value.clone().ok_or(SimulatorError::Stanza(what));
        let identity = public_key(&part(&registration.e_ident, "an identity key")?)?;
        let signed = SignedKey {
            id: number(&part(&registration.e_skey_id, "a signed key's id")?),
            key: public_key(&part(&registration.e_skey_val, "a signed key")?)?,
            signature: part(&registration.e_skey_sig, "a signed key's signature")?,
        };
        signed.check(&identity)?;
        Ok(Self {
            id,
            identity,
            noise_key: Some(noise_key),
            registration: number(&part(&registration.e_regid, "a registration id")?),
            signed,
            one_time: VecDeque::new(),
            signed_identity: Vec::new(),
            platform: platform(registration),
            holds_app_state_key: false,
            queue: VecDeque::new(),
            runs_short: false,
        })
    }

    /// True when a login is the device's own: by the static key that it was linked with.
    pub(super) fn proves_itself(&mut self, noise_key: [u8; 32]) -> bool {
        *self.noise_key.get_or_insert(noise_key) == noise_key
    }

    /// The device's address in the Signal stores of this world's people.
    pub(super) fn address(&self) -> ProtocolAddress {
        ProtocolAddress::new(&self.id.to_string(), 0.into())
    }

    /// Stores the keys of `<iq xmlns="encrypt" type="set">`.
    pub(super) fn upload(&mut self, iq: &Node) -> Result<()> {
        let identity = public_key(&child_bytes(iq, "identity")?)?;
        let signed = SignedKey::parse(child(iq, "skey")?)?;
        signed.check(&identity)?;
        self.signed = signed;
        self.identity = identity;
        self.registration = number(&child_bytes(iq, "registration")?);
        for key in children(child(iq, "list")?) {
            let key = OneTimeKey::parse(key)?;
            if self.one_time.iter().all(|known| known.id != key.id) {
                self.one_time.push_back(key);
            }
        }
        Ok(())
    }

    /// The key bundle for starting a session; consumes a one-time key if any is left.
    pub(super) fn take_bundle(&mut self) -> Result<PreKeyBundle> {
        let one_time = self.one_time.pop_front();
        self.runs_short |= self.one_time.len() == LOW_KEY_COUNT && one_time.is_some();
        self.bundle_with(one_time, &self.signed)
    }

    /// The bundle that a retry receipt brings.
    pub(super) fn bundle_of_retry(&self, keys: &Node) -> Result<PreKeyBundle> {
        let one_time = keys
            .get_optional_child("key")
            .map(OneTimeKey::parse)
            .transpose()?;
        self.bundle_with(one_time, &SignedKey::parse(child(keys, "skey")?)?)
    }

    fn bundle_with(&self, one_time: Option<OneTimeKey>, signed: &SignedKey) -> Result<PreKeyBundle> {
        PreKeyBundle::new(
            self.registration,
            u32::from(self.id).into(),
            one_time.map(|one_time| (one_time.id.into(), one_time.key)),
            signed.id.into(),
            signed.key,
            signed.signature.clone(),
            IdentityKey::new(self.identity),
        )
        .doing("making a linked device's key bundle")
    }

    /// Forgets the first stanza that an acknowledgement names.
    pub(super) fn acknowledge(&mut self, class: &str, id: &str) {
        if let Some(at) = self.queue.iter().position(|queued| queued.answers_to(class, id)) {
            self.queue.remove(at);
        }
    }

    /// Forgets the messages that a receipt names.
    pub(super) fn confirm(&mut self, receipt: &Node) {
        self.acknowledge("message", &attr(receipt, "id"));
        if let Some(list) = receipt.get_optional_child("list") {
            for item in children(list) {
                self.acknowledge("message", &attr(item, "id"));
            }
        }
    }

    /// SHA-1 over the keys, by which a device checks that the server holds what it uploaded.
    pub(super) fn digest_content(&self) -> Vec<u8> {
        let mut content = self.identity.public_key_bytes().to_vec();
        content.extend(self.signed.key.public_key_bytes());
        content.extend(&self.signed.signature);
        for one_time in &self.one_time {
            content.extend(one_time.key.public_key_bytes());
        }
        content
    }

    /// Reads a rotated signed key.
    pub(super) fn rotate(&mut self, rotate: &Node) -> Result<()> {
        let signed = SignedKey::parse(child(rotate, "skey")?)?;
        signed.check(&self.identity)?;
        self.signed = signed;
        Ok(())
    }
}

/// The name by which the device introduced itself.
fn platform(registration: &DevicePairingRegistrationData) -> String {
    use buffa::Message as _;
    let props = registration.device_props.as_deref().unwrap_or_default();
    waproto::whatsapp::DeviceProps::decode_from_slice(props)
        .ok()
        .and_then(|props| props.os)
        .unwrap_or_default()
}

/// The text of a leaf.
pub(super) fn text(node: &Node) -> String {
    String::from_utf8_lossy(&bytes(node)).into_owned()
}
