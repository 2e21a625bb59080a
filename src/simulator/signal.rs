//! The Signal stores of one simulated person: plain maps that a snapshot can hold.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use wacore::libsignal::protocol::{
    Direction, GenericSignedPreKey as _, IdentityChange, IdentityKey, IdentityKeyPair, IdentityKeyStore,
    KeyPair, PreKeyId, PreKeyRecord, PreKeyStore, ProtocolAddress, SenderKeyName, SenderKeyRecord,
    SenderKeyStore, SessionRecord, SessionStore, SignalProtocolError, SignedPreKeyId, SignedPreKeyRecord,
    SignedPreKeyStore, Timestamp,
};

use super::encoded;

type Result<T> = std::result::Result<T, SignalProtocolError>;

/// The person's own identity, and the identities of its peers.
#[derive(Serialize, Deserialize)]
pub(super) struct Identities {
    #[serde(with = "encoded")]
    pub(super) own: KeyPair,
    pub(super) registration: u32,
    #[serde(with = "encoded::map")]
    known: BTreeMap<String, IdentityKey>,
}

impl Identities {
    pub(super) fn new(own: KeyPair, registration: u32) -> Self {
        Self {
            own,
            registration,
            known: BTreeMap::new(),
        }
    }
}

#[async_trait]
impl IdentityKeyStore for Identities {
    async fn get_identity_key_pair(&self) -> Result<IdentityKeyPair> {
        Ok(IdentityKeyPair::new(
            IdentityKey::new(self.own.public_key),
            self.own.private_key.clone(),
        ))
    }

    async fn get_local_registration_id(&self) -> Result<u32> {
        Ok(self.registration)
    }

    async fn save_identity(
        &mut self,
        address: &ProtocolAddress,
        identity: &IdentityKey,
    ) -> Result<IdentityChange> {
        self.known.insert(address.as_str().to_owned(), *identity);
        Ok(IdentityChange::NewOrUnchanged)
    }

    async fn is_trusted_identity(&self, _: &ProtocolAddress, _: &IdentityKey, _: Direction) -> Result<bool> {
        Ok(true)
    }

    async fn get_identity(&self, address: &ProtocolAddress) -> Result<Option<IdentityKey>> {
        Ok(self.known.get(address.as_str()).copied())
    }
}

/// Sessions by address.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Sessions(#[serde(with = "encoded::map")] BTreeMap<String, SessionRecord>);

impl Sessions {
    /// Forgets a session, so that the next message starts a new one.
    pub(super) fn forget(&mut self, address: &ProtocolAddress) {
        self.0.remove(address.as_str());
    }

    pub(super) fn has(&self, address: &ProtocolAddress) -> bool {
        self.0.contains_key(address.as_str())
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn load_session(&self, address: &ProtocolAddress) -> Result<Option<SessionRecord>> {
        Ok(self.0.get(address.as_str()).cloned())
    }

    async fn has_session(&self, address: &ProtocolAddress) -> Result<bool> {
        Ok(self.has(address))
    }

    async fn store_session(&mut self, address: &ProtocolAddress, record: SessionRecord) -> Result<()> {
        self.0.insert(address.as_str().to_owned(), record);
        Ok(())
    }
}

/// One-time keys that were given out and not yet used.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct OneTimeKeys(#[serde(with = "encoded::map")] pub(super) BTreeMap<u32, KeyPair>);

#[async_trait]
impl PreKeyStore for OneTimeKeys {
    async fn get_pre_key(&self, id: PreKeyId) -> Result<PreKeyRecord> {
        self.0
            .get(&u32::from(id))
            .map(|pair| PreKeyRecord::new(id, pair))
            .ok_or(SignalProtocolError::InvalidPreKeyId)
    }

    async fn save_pre_key(&mut self, _: PreKeyId, _: &PreKeyRecord) -> Result<()> {
        Ok(())
    }

    async fn remove_pre_key(&mut self, id: PreKeyId) -> Result<()> {
        self.0.remove(&u32::from(id));
        Ok(())
    }
}

/// The signed key, which never rotates here.
#[derive(Serialize, Deserialize)]
pub(super) struct SignedKey {
    #[serde(with = "encoded")]
    pub(super) pair: KeyPair,
    #[serde(with = "encoded")]
    pub(super) signature: Vec<u8>,
}

#[async_trait]
impl SignedPreKeyStore for SignedKey {
    async fn get_signed_pre_key(&self, id: SignedPreKeyId) -> Result<SignedPreKeyRecord> {
        Ok(SignedPreKeyRecord::new(
            id,
            Timestamp::from_epoch_millis(1),
            &self.pair,
            &self.signature,
        ))
    }

    async fn save_signed_pre_key(&mut self, _: SignedPreKeyId, _: &SignedPreKeyRecord) -> Result<()> {
        Ok(())
    }
}

/// Sender keys by chat and sender.
#[derive(Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct SenderKeys(#[serde(with = "encoded::map")] BTreeMap<String, SenderKeyRecord>);

#[async_trait]
impl SenderKeyStore for SenderKeys {
    async fn store_sender_key(&mut self, name: &SenderKeyName, record: SenderKeyRecord) -> Result<()> {
        self.0.insert(name.cache_key().to_owned(), record);
        Ok(())
    }

    async fn load_sender_key(&self, name: &SenderKeyName) -> Result<Option<SenderKeyRecord>> {
        Ok(self.0.get(name.cache_key()).cloned())
    }
}
