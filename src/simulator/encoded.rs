//! Serialisation of foreign values in a snapshot: their own bytes, in base64.

use std::collections::{BTreeMap, VecDeque};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use buffa::Message as _;
use serde::de::Error as _;
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serializer};
use wacore::libsignal::protocol::{
    IdentityKey, KeyPair, PrivateKey, PublicKey, SenderKeyRecord, SessionRecord,
};
use wacore_binary::Node;
use wacore_binary::marshal::{marshal, unmarshal_ref};
use waproto::whatsapp as wa;

/// A value with a byte form of its own.
pub(super) trait Encoded: Sized {
    /// Its bytes, or the reason why it has none.
    fn to_bytes(&self) -> Result<Vec<u8>, String>;
    /// The value of these bytes.
    fn from_bytes(bytes: &[u8]) -> Result<Self, String>;
}

pub(super) fn serialize<T: Encoded, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    let bytes = value.to_bytes().map_err(S::Error::custom)?;
    to.serialize_str(&BASE64_STANDARD.encode(bytes))
}

pub(super) fn deserialize<'de, T: Encoded, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    decode(&String::deserialize(from)?).map_err(D::Error::custom)
}

fn decode<T: Encoded>(text: &str) -> Result<T, String> {
    let bytes = BASE64_STANDARD.decode(text).map_err(|error| error.to_string())?;
    T::from_bytes(&bytes)
}

/// A map whose values are encoded.
pub(super) mod map {
    use super::{BASE64_STANDARD, BTreeMap, Encoded};
    use base64::Engine as _;
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<K, T, S>(map: &BTreeMap<K, T>, to: S) -> Result<S::Ok, S::Error>
    where
        K: Serialize + Ord,
        T: Encoded,
        S: Serializer,
    {
        let bytes = map.iter().map(|(key, value)| {
            let bytes = value.to_bytes().map_err(S::Error::custom)?;
            Ok((key, BASE64_STANDARD.encode(bytes)))
        });
        to.collect_map(bytes.collect::<Result<Vec<_>, S::Error>>()?)
    }

    pub(crate) fn deserialize<'de, K, T, D>(from: D) -> Result<BTreeMap<K, T>, D::Error>
    where
        K: Deserialize<'de> + Ord,
        T: Encoded,
        D: Deserializer<'de>,
    {
        BTreeMap::<K, String>::deserialize(from)?
            .into_iter()
            .map(|(key, text)| Ok((key, super::decode(&text).map_err(D::Error::custom)?)))
            .collect()
    }
}

impl Encoded for Vec<u8> {
    fn to_bytes(&self) -> Result<Vec<u8>, String> {
        Ok(self.clone())
    }
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        Ok(bytes.to_vec())
    }
}

impl Encoded for KeyPair {
    fn to_bytes(&self) -> Result<Vec<u8>, String> {
        Ok(self.private_key.serialize().to_vec())
    }
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let private = PrivateKey::deserialize(bytes).map_err(|error| error.to_string())?;
        KeyPair::try_from(private).map_err(|error| error.to_string())
    }
}

impl Encoded for PublicKey {
    fn to_bytes(&self) -> Result<Vec<u8>, String> {
        Ok(self.public_key_bytes().to_vec())
    }
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        PublicKey::from_djb_public_key_bytes(bytes).map_err(|error| error.to_string())
    }
}

impl Encoded for IdentityKey {
    fn to_bytes(&self) -> Result<Vec<u8>, String> {
        self.public_key().to_bytes()
    }
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        PublicKey::from_bytes(bytes).map(IdentityKey::new)
    }
}

impl Encoded for SessionRecord {
    fn to_bytes(&self) -> Result<Vec<u8>, String> {
        self.serialize().map_err(|error| error.to_string())
    }
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        Self::deserialize(bytes).map_err(|error| error.to_string())
    }
}

impl Encoded for SenderKeyRecord {
    fn to_bytes(&self) -> Result<Vec<u8>, String> {
        self.serialize().map_err(|error| error.to_string())
    }
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        Self::deserialize(bytes).map_err(|error| error.to_string())
    }
}

impl Encoded for Node {
    fn to_bytes(&self) -> Result<Vec<u8>, String> {
        marshal(self).map_err(|error| error.to_string())
    }
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        // The first byte says whether the rest is compressed; `marshal` writes it, `unmarshal_ref` wants it gone.
        let body = bytes.get(1..).unwrap_or_default();
        unmarshal_ref(body)
            .map(|node| node.to_owned())
            .map_err(|error| error.to_string())
    }
}

impl Encoded for wa::Message {
    fn to_bytes(&self) -> Result<Vec<u8>, String> {
        Ok(self.encode_to_vec())
    }
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        Self::decode_from_slice(bytes).map_err(|error| error.to_string())
    }
}

impl Encoded for wa::SyncdPatch {
    fn to_bytes(&self) -> Result<Vec<u8>, String> {
        Ok(self.encode_to_vec())
    }
    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        Self::decode_from_slice(bytes).map_err(|error| error.to_string())
    }
}

/// A queue whose entries are encoded.
pub(super) mod queue {
    use super::{Encoded, VecDeque};
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<T: Encoded, S: Serializer>(
        queue: &VecDeque<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        use base64::Engine as _;
        use serde::ser::Error as _;
        let texts = queue.iter().map(|value| {
            let bytes = value.to_bytes().map_err(S::Error::custom)?;
            Ok(super::BASE64_STANDARD.encode(bytes))
        });
        to.collect_seq(texts.collect::<Result<Vec<_>, S::Error>>()?)
    }

    pub(crate) fn deserialize<'de, T: Encoded, D: Deserializer<'de>>(
        from: D,
    ) -> Result<VecDeque<T>, D::Error> {
        Vec::<String>::deserialize(from)?
            .iter()
            .map(|text| super::decode(text).map_err(D::Error::custom))
            .collect()
    }
}
