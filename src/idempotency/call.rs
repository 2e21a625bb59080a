use async_graphql::InputType;
use thiserror::Error;

use crate::crypto::{DataKey, KeyPrint};
use crate::graphql::UserError;

/// Maximum number of characters of a key.
const LONGEST_KEY: usize = 64;

/// A call of a mutation with a key, by which it may be repeated. The key is kept as the client gave it, so that a malformed
/// one is told together with the other mistakes in the input.
#[derive(Debug)]
pub struct Call {
    mutation: &'static str,
    key: String,
    input: String,
}

/// Refusal of the key of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum KeyRefusal {
    /// The key is empty, too long, or not of visible ASCII characters.
    #[error("pass 1 to {LONGEST_KEY} visible ASCII characters, such as a new UUID")]
    Malformed,
    /// The key was used for another input.
    #[error("this idempotencyKey was used for another input; pass a new key for each thing to be made")]
    OtherInput,
    /// What the first call made is there no more.
    #[error("what this idempotencyKey made was removed since; pass a new key to make another")]
    Gone,
}

impl Call {
    /// The call of `mutation` with `key` and `input`; none when there is no key.
    pub fn with_key(mutation: &'static str, key: Option<&str>, input: &impl InputType) -> Option<Self> {
        key.map(|key| Self {
            mutation,
            key: key.to_owned(),
            input: input.to_value().to_string(),
        })
    }

    /// Checks the form of the key.
    ///
    /// # Errors
    /// [`KeyRefusal::Malformed`].
    pub fn check(&self) -> Result<(), KeyRefusal> {
        let is_of_right_length = (1..=LONGEST_KEY).contains(&self.key.len());
        if is_of_right_length && self.key.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(())
        } else {
            Err(KeyRefusal::Malformed)
        }
    }

    pub(super) fn key_print(&self, key: &DataKey) -> KeyPrint {
        key.print(
            "idempotency key",
            &[self.mutation.as_bytes(), self.key.as_bytes()],
        )
    }

    pub(super) fn input_print(&self, key: &DataKey) -> KeyPrint {
        key.print("input of an idempotency key", &[self.input.as_bytes()])
    }
}

impl KeyRefusal {
    /// The refusal as the payload of the mutation tells it.
    pub fn user_error(self) -> UserError {
        let path = &["idempotencyKey"];
        match self {
            Self::Malformed => UserError::invalid(path, self.to_string()),
            Self::OtherInput | Self::Gone => UserError::conflict(path, self.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_visible() {
        let check = |key: &str| Call::with_key("linkAccount", Some(key), &1).unwrap().check();

        for right in ["k", "9b2f6d1e-7c53-4f0e-9d42-1f1c7a0e5b11", &"x".repeat(64)] {
            assert_eq!(check(right), Ok(()), "{right}");
        }
        for wrong in ["", "two words", "é", "\u{200B}", &"x".repeat(65)] {
            assert_eq!(check(wrong), Err(KeyRefusal::Malformed), "{wrong}");
        }
        assert!(Call::with_key("linkAccount", None, &1).is_none());
    }
}
