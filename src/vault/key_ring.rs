use secrecy::ExposeSecret as _;

use crate::config::MasterKeys;
use crate::crypto::{CryptoError, MasterKey};

/// The master keys that a process holds.
#[derive(Debug)]
pub struct KeyRing {
    current: MasterKey,
    /// The others, each once.
    previous: Vec<MasterKey>,
}

impl KeyRing {
    /// The ring of these keys.
    ///
    /// # Errors
    /// [`CryptoError::MalformedKey`].
    pub fn new(keys: &MasterKeys) -> Result<Self, CryptoError> {
        let mut ring = Self::from(MasterKey::from_base64(keys.current.expose_secret())?);
        for key in &keys.previous {
            let key = MasterKey::from_base64(key.expose_secret())?;
            if ring.find(&key.id()).is_none() {
                ring.previous.push(key);
            }
        }
        Ok(ring)
    }

    /// The key that the operator, or the data folder, has as the current one.
    pub const fn current(&self) -> &MasterKey {
        &self.current
    }

    /// The key with the name `id`.
    pub fn find(&self, id: &str) -> Option<&MasterKey> {
        self.all().find(|key| key.id() == id)
    }

    /// The names of all keys, the current one first.
    pub fn ids(&self) -> Vec<String> {
        self.all().map(MasterKey::id).collect()
    }

    fn all(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

impl From<MasterKey> for KeyRing {
    fn from(current: MasterKey) -> Self {
        Self {
            current,
            previous: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_is_held_once_and_the_current_one_comes_first() {
        let (new, old) = (MasterKey::generate(), MasterKey::generate());
        let text = |key: &MasterKey| key.to_base64().as_str().into();
        let keys = MasterKeys {
            current: text(&new),
            previous: vec![text(&old), text(&new), text(&old)],
        };

        let ring = KeyRing::new(&keys).unwrap();

        assert_eq!(ring.ids(), [new.id(), old.id()]);
        assert_eq!(ring.current().id(), new.id());
        assert!(ring.find(&old.id()).is_some() && ring.find("other").is_none());
    }
}
