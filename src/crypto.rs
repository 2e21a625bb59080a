//! Encryption at rest: the operator's master key wraps one data key per user, and the data key seals values.
//!
//! Everything is XChaCha20-Poly1305 with a random nonce. The place of a value (`table:column:row`) is its associated
//! data, so a ciphertext that is moved to another row does not open.

use std::fmt;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use data_encoding::{BASE64, HEXLOWER};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use thiserror::Error;
use zeroize::Zeroizing;

const FORMAT: u8 = 1;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;

/// The place of the installation's secret.
const INSTALLATION_SECRET: &str = "installation_secrets:sealed";

/// Number of bytes that sealing adds to a value.
pub const OVERHEAD_BYTES: usize = 1 + NONCE_BYTES + TAG_BYTES;

/// Error of opening a key or a sealed value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CryptoError {
    /// The key is not 32 bytes of base64.
    #[error("a key is 32 bytes in base64 (44 characters); this one is not")]
    MalformedKey,
    /// Too short to be a sealed value, or of an unknown format.
    #[error("this is not a sealed value")]
    Malformed,
    /// Tampered with, sealed for another row, or by another key.
    #[error("the sealed value of {0} does not open: it was changed, or sealed with another key")]
    Tampered(String),
    /// The key was wrapped by a master key that this server does not hold.
    #[error("the key was wrapped by master key {wanted}; this server holds {held}")]
    OtherMasterKey {
        /// The key that wrapped it.
        wanted: String,
        /// The keys that this server holds.
        held: String,
    },
}

/// The place of a sealed value: table, column and row.
pub fn belongs_to(table: &str, column: &str, row: impl fmt::Display) -> String {
    format!("{table}:{column}:{row}")
}

/// Fills `bytes` with the operating system's randomness.
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .expect("the operating system has randomness");
    bytes
}

/// A key of the operator's: wraps the users' data keys and the secret of the installation.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// A new random key.
    pub fn generate() -> Self {
        Self(Zeroizing::new(random_bytes()))
    }

    /// Parses a key that [`Self::to_base64`] encoded.
    ///
    /// # Errors
    /// [`CryptoError::MalformedKey`].
    pub fn from_base64(text: &str) -> Result<Self, CryptoError> {
        let bytes = Zeroizing::new(
            BASE64
                .decode(text.trim().as_bytes())
                .map_err(|_| CryptoError::MalformedKey)?,
        );
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| CryptoError::MalformedKey)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The key as text, for the key file.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(&*self.0))
    }

    /// A name for the key that reveals nothing of it, stored beside the keys it wrapped.
    pub fn id(&self) -> String {
        HEXLOWER.encode(&self.derive("key id")[..8])
    }

    /// Wraps a user's data key for storage.
    pub fn wrap(&self, owner: impl fmt::Display, key: &DataKey) -> Vec<u8> {
        self.seal(&belongs_to("user_keys", "wrapped", owner), &key.0)
    }

    /// Unwraps a key that [`Self::wrap`] wrapped for the same owner.
    ///
    /// # Errors
    /// [`CryptoError::Tampered`] or [`CryptoError::Malformed`].
    pub fn unwrap(&self, owner: impl fmt::Display, wrapped: &[u8]) -> Result<DataKey, CryptoError> {
        self.open(&belongs_to("user_keys", "wrapped", owner), wrapped)
            .map(DataKey)
    }

    /// Seals the secret of the installation for storage.
    pub fn seal_secret(&self, secret: &InstallationSecret) -> Vec<u8> {
        self.seal(INSTALLATION_SECRET, &secret.0)
    }

    /// Opens a secret that [`Self::seal_secret`] sealed.
    ///
    /// # Errors
    /// [`CryptoError::Tampered`] or [`CryptoError::Malformed`].
    pub fn open_secret(&self, sealed: &[u8]) -> Result<InstallationSecret, CryptoError> {
        self.open(INSTALLATION_SECRET, sealed).map(InstallationSecret)
    }

    fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        derive(&self.0, purpose)
    }

    fn seal(&self, belongs_to: &str, plain: &[u8; 32]) -> Vec<u8> {
        seal(&self.derive("wrap"), belongs_to, plain)
    }

    fn open(&self, belongs_to: &str, sealed: &[u8]) -> Result<Zeroizing<[u8; 32]>, CryptoError> {
        let bytes = Zeroizing::new(open(&self.derive("wrap"), belongs_to, sealed)?);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| CryptoError::Malformed)?;
        Ok(Zeroizing::new(key))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

/// The secret from which the server derives its others: those of links, of hashes and of messages between servers. It stays
/// when the master key changes.
#[derive(Clone)]
pub struct InstallationSecret(Zeroizing<[u8; 32]>);

impl InstallationSecret {
    /// A new random secret.
    pub fn generate() -> Self {
        Self(Zeroizing::new(random_bytes()))
    }

    /// A secret for one purpose, different for each `purpose`.
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        derive(&self.0, purpose)
    }
}

/// The secret of an installation that is older than secrets of their own: it derived everything from its master key.
impl From<&MasterKey> for InstallationSecret {
    fn from(master: &MasterKey) -> Self {
        Self(master.0.clone())
    }
}

impl fmt::Debug for InstallationSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InstallationSecret(secret)")
    }
}

/// A user's key, which seals their stored data.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// A new random key.
    pub fn generate() -> Self {
        Self(Zeroizing::new(random_bytes()))
    }

    /// Seals `plain` for the place that `belongs_to` names. [`OVERHEAD_BYTES`] longer than `plain`.
    pub fn seal(&self, belongs_to: &str, plain: &[u8]) -> Vec<u8> {
        seal(&self.0, belongs_to, plain)
    }

    /// Opens a value that [`Self::seal`] sealed for the same place.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] or [`CryptoError::Tampered`].
    pub fn open(&self, belongs_to: &str, sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
        open(&self.0, belongs_to, sealed)
    }

    /// Seals a text for `column` of the row `id` of `table`.
    pub fn seal_text(&self, table: &str, column: &str, id: impl fmt::Display, text: &str) -> Vec<u8> {
        self.seal(&belongs_to(table, column, id), text.as_bytes())
    }

    /// Opens a text that [`Self::seal_text`] sealed for the same place.
    ///
    /// # Errors
    /// [`CryptoError::Malformed`] or [`CryptoError::Tampered`].
    pub fn open_text(
        &self,
        table: &str,
        column: &str,
        id: impl fmt::Display,
        sealed: &[u8],
    ) -> Result<String, CryptoError> {
        let plain = self.open(&belongs_to(table, column, id), sealed)?;
        String::from_utf8(plain).map_err(|_| CryptoError::Malformed)
    }

    /// A keyed fingerprint of `term`: equal for equal terms of one user and `purpose`, meaningless without the
    /// user's key. Search indexes consist of these.
    pub fn fingerprint(&self, purpose: &str, term: &str) -> i64 {
        self.fingerprints(purpose).of(term)
    }

    /// A keyed hash of `parts` for `purpose`, wide enough to be a key of a table: equal for equal parts, meaningless
    /// without the user's key.
    pub fn print(&self, purpose: &str, parts: &[&[u8]]) -> KeyPrint {
        let mut hash =
            hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &*derive(&self.0, purpose)));
        for part in parts {
            // The length keeps two lists of parts from being one.
            hash.update(&(part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let tag = hash.sign();
        *tag.as_ref().first_chunk().expect("a SHA-256 tag has 32 bytes")
    }

    /// Makes many fingerprints for `purpose`, as [`Self::fingerprint`] makes one.
    pub fn fingerprints(&self, purpose: &str) -> Fingerprints {
        Fingerprints(hmac::Key::new(hmac::HMAC_SHA256, &*derive(&self.0, purpose)))
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(secret)")
    }
}

/// Keyed hash of a row's key, see [`DataKey::print`].
pub type KeyPrint = [u8; 16];

/// Makes keyed fingerprints for one purpose.
#[derive(Debug)]
pub struct Fingerprints(hmac::Key);

impl Fingerprints {
    /// The fingerprint of `term`.
    pub fn of(&self, term: &str) -> i64 {
        let tag = hmac::sign(&self.0, term.as_bytes());
        let first = tag
            .as_ref()
            .first_chunk::<8>()
            .expect("a SHA-256 tag has 32 bytes");
        i64::from_le_bytes(*first)
    }
}

fn derive(key: &[u8; 32], purpose: &str) -> Zeroizing<[u8; 32]> {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), purpose.as_bytes());
    Zeroizing::new(*tag.as_ref().first_chunk().expect("a SHA-256 tag has 32 bytes"))
}

fn seal(key: &[u8; 32], belongs_to: &str, plain: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE_BYTES] = random_bytes();
    let sealed = XChaCha20Poly1305::new(key.into())
        .encrypt(
            &XNonce::from(nonce),
            Payload {
                msg: plain,
                aad: belongs_to.as_bytes(),
            },
        )
        .expect("a value in memory is shorter than the cipher's limit of 256 GiB");
    let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
    out.push(FORMAT);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&sealed);
    out
}

fn open(key: &[u8; 32], belongs_to: &str, sealed: &[u8]) -> Result<Vec<u8>, CryptoError> {
    let (format, rest) = sealed.split_first().ok_or(CryptoError::Malformed)?;
    let (nonce, body) = rest
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(CryptoError::Malformed)?;
    if *format != FORMAT {
        return Err(CryptoError::Malformed);
    }
    XChaCha20Poly1305::new(key.into())
        .decrypt(
            &XNonce::from(*nonce),
            Payload {
                msg: body,
                aad: belongs_to.as_bytes(),
            },
        )
        .map_err(|_| CryptoError::Tampered(belongs_to.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_only_in_its_place_with_its_key_and_unchanged() {
        let key = DataKey::generate();
        let place = belongs_to("messages", "content", 7);
        let sealed = key.seal(&place, b"hello");

        assert_eq!(key.open(&place, &sealed).unwrap(), b"hello");
        assert_eq!(sealed.len(), 5 + OVERHEAD_BYTES);
        assert!(matches!(
            key.open(&belongs_to("messages", "content", 8), &sealed),
            Err(CryptoError::Tampered(_))
        ));
        assert!(matches!(
            DataKey::generate().open(&place, &sealed),
            Err(CryptoError::Tampered(_))
        ));
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(matches!(
            key.open(&place, &changed),
            Err(CryptoError::Tampered(_))
        ));
        assert_eq!(key.open(&place, &sealed[..10]), Err(CryptoError::Malformed));
    }

    #[test]
    fn a_data_key_survives_wrapping_and_belongs_to_its_owner() {
        let master = MasterKey::generate();
        let key = DataKey::generate();
        let wrapped = master.wrap("alice", &key);

        let again = MasterKey::from_base64(&master.to_base64())
            .unwrap()
            .unwrap("alice", &wrapped)
            .unwrap();

        assert_eq!(
            again.fingerprint("search", "hello"),
            key.fingerprint("search", "hello")
        );
        assert!(master.unwrap("bob", &wrapped).is_err());
        assert!(matches!(
            MasterKey::from_base64("short"),
            Err(CryptoError::MalformedKey)
        ));
    }

    #[test]
    fn the_secret_of_an_installation_stays_when_another_key_seals_it() {
        let (old, new) = (MasterKey::generate(), MasterKey::generate());
        let before = InstallationSecret::from(&old);

        let sealed = new.seal_secret(&old.open_secret(&old.seal_secret(&before)).unwrap());

        let after = new.open_secret(&sealed).unwrap();
        assert_eq!(after.derive("media links"), before.derive("media links"));
        assert_eq!(after.derive("media links"), old.derive("media links"));
        assert_ne!(after.derive("media links"), after.derive("redis"));
        assert!(old.open_secret(&sealed).is_err());
        assert_eq!(sealed.len(), 73, "as the table demands");
    }

    #[test]
    fn debug_output_shows_no_key() {
        let master = MasterKey::generate();
        let secret = InstallationSecret::from(&master);
        let shown = format!("{master:?} {:?} {secret:?}", DataKey::generate());
        assert!(!shown.contains(master.to_base64().as_str()));
    }
}
