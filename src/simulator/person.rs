//! A simulated person, the owner of a phone or a contact: addresses, keys, encryption and decryption.

use std::collections::BTreeSet;

use buffa::{Message as _, MessageField};
use serde::{Deserialize, Serialize};
use wacore::libsignal::protocol::{
    CiphertextMessage, IdentityKey, KeyPair, PreKeyBundle, PreKeySignalMessage, ProtocolAddress,
    SenderKeyDistributionMessage, SenderKeyName, SenderKeyStore as _, SignalMessage, UsePQRatchet,
    create_sender_key_distribution_message, group_decrypt, group_encrypt, message_decrypt, message_encrypt,
    process_prekey_bundle, process_sender_key_distribution_message,
};
use wacore::messages::MessageUtils;
use wacore_binary::Jid;
use waproto::whatsapp as wa;

use super::error::{Doing as _, Result, SimulatorError};
use super::random;
use super::signal::{Identities, OneTimeKeys, SenderKeys, Sessions, SignedKey};

/// The kind of a ciphertext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CiphertextKind {
    /// The first message of a session.
    PreKey,
    /// A message of a session that both sides have.
    Session,
    /// A message to a group, under the sender's key.
    SenderKey,
}

impl CiphertextKind {
    /// The `type` of `<enc>`.
    pub(super) fn wire_name(self) -> &'static str {
        match self {
            Self::PreKey => "pkmsg",
            Self::Session => "msg",
            Self::SenderKey => "skmsg",
        }
    }
}

/// Profile of a business.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BusinessProfile {
    /// A description.
    #[serde(default)]
    pub description: Option<String>,
    /// A postal address.
    #[serde(default)]
    pub address: Option<String>,
    /// An e-mail address.
    #[serde(default)]
    pub email: Option<String>,
}

/// A person with a phone.
#[derive(Serialize, Deserialize)]
pub(super) struct Person {
    /// The number without `+`.
    pub(super) number: String,
    /// The user part of the LID.
    pub(super) lid: String,
    /// The push name.
    pub(super) name: String,
    /// The verified name of a business.
    #[serde(default)]
    pub(super) verified_name: Option<String>,
    /// The profile, of a business.
    #[serde(default)]
    pub(super) business: Option<BusinessProfile>,
    pub(super) identities: Identities,
    pub(super) sessions: Sessions,
    one_time: OneTimeKeys,
    signed: SignedKey,
    sender_keys: SenderKeys,
    next_one_time: u32,
    /// The chats and devices for which our sender key was handed over.
    shared_with: BTreeSet<(String, u16)>,
}

impl Person {
    pub(super) fn new(number: &str, lid: &str, name: &str) -> Result<Self> {
        let mut rng = rand::rng();
        let own = KeyPair::generate(&mut rng);
        let pair = KeyPair::generate(&mut rng);
        let signature = own
            .private_key
            .calculate_signature(&pair.public_key.serialize(), &mut rng)
            .doing("signing a person's key")?
            .to_vec();
        let registration = u32::from_be_bytes(random::secret()) & 0x3fff;
        Ok(Self {
            number: number.to_owned(),
            lid: lid.to_owned(),
            name: name.to_owned(),
            verified_name: None,
            business: None,
            identities: Identities::new(own, registration.max(1)),
            sessions: Sessions::default(),
            one_time: OneTimeKeys::default(),
            signed: SignedKey { pair, signature },
            sender_keys: SenderKeys::default(),
            next_one_time: 1,
            shared_with: BTreeSet::new(),
        })
    }

    /// The same person after installing anew: other keys, and no session or sender key of before.
    pub(super) fn reinstall(&mut self) -> Result<()> {
        *self = Self {
            verified_name: self.verified_name.take(),
            business: self.business.take(),
            ..Self::new(&self.number, &self.lid, &self.name)?
        };
        Ok(())
    }

    pub(super) fn pn_jid(&self) -> Jid {
        Jid::pn(self.number.as_str())
    }

    pub(super) fn lid_jid(&self) -> Jid {
        Jid::lid(self.lid.as_str())
    }

    /// True when a JID, by number or by LID and of any device, is this person's.
    pub(super) fn is(&self, jid: &Jid) -> bool {
        (jid.is_lid() && jid.user == self.lid) || (jid.is_pn() && jid.user == self.number)
    }

    /// A bundle to start a session with this person; its one-time key is never given out again.
    pub(super) fn bundle(&mut self) -> Result<PreKeyBundle> {
        let id = self.next_one_time;
        self.next_one_time += 1;
        let pair = KeyPair::generate(&mut rand::rng());
        let bundle = PreKeyBundle::new(
            self.identities.registration,
            0.into(),
            Some((id.into(), pair.public_key)),
            1.into(),
            self.signed.pair.public_key,
            self.signed.signature.clone(),
            IdentityKey::new(self.identities.own.public_key),
        )
        .doing("making a person's key bundle")?;
        self.one_time.0.insert(id, pair);
        Ok(bundle)
    }

    /// Starts a session with a device.
    pub(super) async fn start_session(
        &mut self,
        device: &ProtocolAddress,
        bundle: &PreKeyBundle,
    ) -> Result<()> {
        process_prekey_bundle(
            device,
            &mut self.sessions,
            &mut self.identities,
            bundle,
            &mut random::rng(),
            UsePQRatchet::No,
        )
        .await
        .doing("starting a session with a linked device")?;
        Ok(())
    }

    /// Encrypts for one device with which a session stands.
    pub(super) async fn encrypt(
        &mut self,
        device: &ProtocolAddress,
        message: &wa::Message,
    ) -> Result<(CiphertextKind, Vec<u8>)> {
        let padded = MessageUtils::pad_message_v2(message.encode_to_vec());
        let sealed = message_encrypt(&padded, device, &mut self.sessions, &mut self.identities)
            .await
            .doing("encrypting for a linked device")?;
        match sealed {
            CiphertextMessage::PreKeySignalMessage(message) => {
                Ok((CiphertextKind::PreKey, message.serialized().to_vec()))
            }
            CiphertextMessage::SignalMessage(message) => {
                Ok((CiphertextKind::Session, message.serialized().to_vec()))
            }
            _ => Err(SimulatorError::Stanza("a Signal message")),
        }
    }

    /// Decrypts a message that a device encrypted for this person alone.
    pub(super) async fn decrypt(
        &mut self,
        device: &ProtocolAddress,
        sealing: &str,
        sealed: &[u8],
    ) -> Result<wa::Message> {
        let step = "reading a message from a linked device";
        let sealed = match sealing {
            "pkmsg" => {
                CiphertextMessage::PreKeySignalMessage(PreKeySignalMessage::try_from(sealed).doing(step)?)
            }
            "msg" => CiphertextMessage::SignalMessage(SignalMessage::try_from(sealed).doing(step)?),
            other => {
                return Err(SimulatorError::invalid(
                    "type of enc",
                    other,
                    "pkmsg, msg and skmsg are understood",
                ));
            }
        };
        let opened = message_decrypt(
            &sealed,
            device,
            &mut self.sessions,
            &mut self.identities,
            &mut self.one_time,
            &self.signed,
            &mut random::rng(),
            UsePQRatchet::No,
        )
        .await
        .doing(step)?;
        plain(&opened.plaintext)
    }

    /// The message that hands our sender key of a chat to a device. `None` when the device has it.
    pub(super) async fn share_sender_key(&mut self, chat: &str, device: u16) -> Result<Option<wa::Message>> {
        if !self.shared_with.insert((chat.to_owned(), device)) {
            return Ok(None);
        }
        self.sender_key_message(chat).await.map(Some)
    }

    /// The message that hands our sender key of a chat over.
    pub(super) async fn sender_key_message(&mut self, chat: &str) -> Result<wa::Message> {
        let name = SenderKeyName::from_parts(chat, &self.lid);
        let key = create_sender_key_distribution_message(&name, &mut self.sender_keys, &mut random::rng())
            .await
            .doing("sharing a sender key")?;
        Ok(wa::Message {
            sender_key_distribution_message: MessageField::some(wa::message::SenderKeyDistributionMessage {
                group_id: Some(chat.to_owned()),
                axolotl_sender_key_distribution_message: Some(key.serialized().to_vec()),
            }),
            ..Default::default()
        })
    }

    /// Encrypts for a chat under our sender key, which some device must have been given.
    pub(super) async fn encrypt_for_chat(&mut self, chat: &str, message: &wa::Message) -> Result<Vec<u8>> {
        let name = SenderKeyName::from_parts(chat, &self.lid);
        let padded = MessageUtils::pad_message_v2(message.encode_to_vec());
        let sealed = group_encrypt(&mut self.sender_keys, &name, &padded, &mut random::rng())
            .await
            .doing("encrypting for a chat")?;
        Ok(sealed.serialized().to_vec())
    }

    /// Stores a device's sender key of a chat.
    pub(super) async fn accept_sender_key(&mut self, chat: &str, device: u16, key: &[u8]) -> Result<()> {
        let step = "taking a linked device's sender key";
        let name = SenderKeyName::from_parts(chat, &device.to_string());
        let key = SenderKeyDistributionMessage::try_from(key).doing(step)?;
        process_sender_key_distribution_message(&name, &key, &mut self.sender_keys)
            .await
            .doing(step)
    }

    /// True when a device has handed over its sender key of a chat.
    pub(super) async fn holds_sender_key(&self, chat: &str, device: u16) -> bool {
        let name = SenderKeyName::from_parts(chat, &device.to_string());
        let key = self.sender_keys.load_sender_key(&name).await;
        key.is_ok_and(|key| key.is_some())
    }

    /// Decrypts a message that a device encrypted for a chat.
    pub(super) async fn decrypt_from_chat(
        &mut self,
        chat: &str,
        device: u16,
        sealed: &[u8],
    ) -> Result<wa::Message> {
        let name = SenderKeyName::from_parts(chat, &device.to_string());
        let opened = group_decrypt(sealed, &mut self.sender_keys, &name)
            .await
            .doing("reading a chat message from a linked device")?;
        plain(&opened)
    }

    /// Forgets everything about a device that was unlinked.
    pub(super) fn forget_device(&mut self, device: u16, address: &ProtocolAddress) {
        self.sessions.forget(address);
        self.shared_with.retain(|(_, holder)| *holder != device);
    }
}

fn plain(padded: &[u8]) -> Result<wa::Message> {
    let step = "reading the content of a message";
    let bytes = MessageUtils::unpad_message_ref(padded, 2).doing(step)?;
    wa::Message::decode_from_slice(bytes).doing(step)
}
