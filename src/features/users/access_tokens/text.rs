use data_encoding::BASE64URL_NOPAD;
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};

use crate::crypto::random_bytes;

/// The beginning of every token, by which it is told from the access token of a session.
const PREFIX: &str = "amda_";
const CHANCE_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 4;
/// Number of characters at the end of a token by which its owner tells it from others.
const SHOWN_CHARS: usize = 4;

/// The stored hash of a token. The token is random, so a plain hash gives nothing to guess.
pub(in crate::features::users) type TokenHash = [u8; 32];

/// Returns true for a text that begins as personal access tokens do.
pub fn is_access_token(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// A token as its holder knows it.
#[derive(Debug)]
pub(in crate::features::users) struct TokenText(SecretString);

impl TokenText {
    /// A new token.
    pub(super) fn generate() -> Self {
        let chance: [u8; CHANCE_BYTES] = random_bytes();
        let bytes = [chance.as_slice(), &checksum(&chance)].concat();
        Self(format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes)).into())
    }

    /// Reads a token that somebody presents; none when its checksum is wrong.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD
            .decode(text.strip_prefix(PREFIX)?.as_bytes())
            .ok()?;
        let (chance, check) = bytes.split_at_checked(CHANCE_BYTES)?;
        (check == checksum(chance)).then(|| Self(text.into()))
    }

    pub(super) fn hash(&self) -> TokenHash {
        sha256(self.0.expose_secret().as_bytes())
    }

    /// Its end. It is of the checksum, and tells nothing that helps to guess the rest.
    pub(super) fn last_four(&self) -> String {
        let text = self.0.expose_secret();
        text[text.len() - SHOWN_CHARS..].to_owned()
    }

    /// The token itself, for its owner.
    pub(in crate::features::users) fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

fn checksum(chance: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let [a, b, c, d, ..] = sha256(&[PREFIX.as_bytes(), chance].concat());
    [a, b, c, d]
}

fn sha256(bytes: &[u8]) -> TokenHash {
    let hash = digest(&SHA256, bytes);
    hash.as_ref().try_into().expect("a SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_ends_as_is_shown() {
        let token = TokenText::generate();

        let read = TokenText::parse(token.reveal()).unwrap();

        assert_eq!(read.hash(), token.hash());
        assert!(token.reveal().ends_with(&token.last_four()));
        assert_eq!(token.reveal().len(), PREFIX.len() + 48);
        assert!(is_access_token(token.reveal()));
        assert_ne!(TokenText::generate().reveal(), token.reveal());
    }

    #[test]
    fn a_token_with_one_wrong_character_is_none() {
        let right = TokenText::generate().reveal().to_owned();

        for place in PREFIX.len()..right.len() {
            let mut wrong = right.clone().into_bytes();
            wrong[place] = if wrong[place] == b'A' { b'B' } else { b'A' };
            let wrong = String::from_utf8(wrong).unwrap();
            assert!(TokenText::parse(&wrong).is_none(), "{place}");
        }
        for wrong in [
            "",
            "amda_",
            "amda_AAAA",
            &right[1..],
            &format!("{right}A"),
            &"é".repeat(20),
        ] {
            assert!(TokenText::parse(wrong).is_none(), "{wrong}");
        }
    }
}
