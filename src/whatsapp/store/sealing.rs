//! Rows as they stand in the table: values sealed, and keys that are addresses replaced by their prints.

use data_encoding::HEXLOWER;
use whatsapp_rust::wacore::store::error::Result;

use super::account_store::Store;
use super::keyspace::{Keyspace, RowKey};
use crate::crypto::{KeyPrint, belongs_to};

/// Key of a row as it stands in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredKey {
    pub(super) space: Keyspace,
    pub(super) scope: Vec<u8>,
    pub(super) key: Vec<u8>,
}

impl Store {
    pub(super) fn stored_key(&self, row_key: &RowKey) -> StoredKey {
        StoredKey {
            space: row_key.space,
            scope: self.stored_scope(row_key.space, &row_key.scope),
            key: self.stored_part(row_key.space, &row_key.key),
        }
    }

    /// Scope as it stands in the table; an empty one is empty there too.
    pub(super) fn stored_scope(&self, space: Keyspace, scope: &[u8]) -> Vec<u8> {
        if scope.is_empty() {
            return Vec::new();
        }
        self.stored_part(space, scope)
    }

    /// Key as it stands in the table, in whichever scope.
    pub(super) fn stored_part(&self, space: Keyspace, part: &[u8]) -> Vec<u8> {
        if space.has_addresses() {
            self.print(space.as_str(), &[part]).to_vec()
        } else {
            part.to_vec()
        }
    }

    /// Print of the key `parts` in `space`. It is the same in each of the user's accounts: a row that was moved to another
    /// one is found there and does not open.
    pub(super) fn print(&self, space: &str, parts: &[&[u8]]) -> KeyPrint {
        self.key.print(&format!("whatsapp store:{space}"), parts)
    }

    /// Seals a value for the row at `stored`. A key that is an address is sealed with its value.
    pub(super) fn seal_at(&self, stored: &StoredKey, key: &[u8], plain: &[u8]) -> Vec<u8> {
        let context = self.value_context(stored);
        if stored.space.has_addresses() {
            self.key.seal(&context, &with_key(key, plain))
        } else {
            self.key.seal(&context, plain)
        }
    }

    /// Opens a value of the row at `stored`: its key, and the value.
    pub(super) fn unseal_at(&self, stored: &StoredKey, sealed: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
        let plain = self.unseal(stored.space.as_str(), &self.value_context(stored), sealed)?;
        if stored.space.has_addresses() {
            split_key(&plain).ok_or_else(|| self.malformed(stored.space.as_str()))
        } else {
            Ok((stored.key.clone(), plain))
        }
    }

    /// Context that a value is sealed for: its row.
    pub(super) fn value_context(&self, stored: &StoredKey) -> String {
        let row = format_args!(
            "{}:{}:{}:{}",
            self.account.id,
            stored.space.as_str(),
            HEXLOWER.encode(&stored.scope),
            HEXLOWER.encode(&stored.key),
        );
        belongs_to("whatsapp_store", "value", row)
    }
}

/// The key's length in four bytes, the key, and the value.
fn with_key(key: &[u8], plain: &[u8]) -> Vec<u8> {
    let length = u32::try_from(key.len()).expect("a key is shorter than 4 GiB");
    [&length.to_be_bytes()[..], key, plain].concat()
}

/// Key and value of [`with_key`]; None when the bytes are not such a pair.
fn split_key(bytes: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (key, plain) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
    Some((key.to_vec(), plain.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_and_its_value_are_split_as_they_were_joined() {
        for (key, plain) in [
            (&b"1002@lid"[..], &b"value"[..]),
            (b"", b""),
            (b"k", b""),
            (b"", b"v"),
        ] {
            assert_eq!(
                split_key(&with_key(key, plain)),
                Some((key.to_vec(), plain.to_vec()))
            );
        }
    }

    #[test]
    fn bytes_that_are_no_pair_are_refused() {
        for bytes in [&b""[..], b"\0\0\0", b"\0\0\0\x02x"] {
            assert_eq!(split_key(bytes), None, "{bytes:?}");
        }
    }
}
