use async_graphql::InputType;
use thiserror::Error;

use crate::crypto::{DataKey, KeyPrint};
use crate::graphql::UserError;

/// Maximum number of characters of a key.
const LONGEST_KEY: usize = 64;

/// A call of a mutation with a key, by which it may be repeated.
#[derive(Debug)]
pub struct Call {
    mutation: &'static str,
    key: String,
    input: String,
}

/// Refusal of a call whose key was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Repeated {
    /// The key was used for another input.
    #[error("this idempotencyKey was used for another input; pass a new key for each thing to be made")]
    OtherInput,
    /// What the first call made is there no more.
    #[error("what this idempotencyKey made was removed since; pass a new key to make another")]
    Gone,
}

impl Call {
    /// The call of `mutation` with `key` and `input`; none when there is no key.
    ///
    /// # Errors
    /// The error at `idempotencyKey` when the key is malformed.
    pub fn parse(
        mutation: &'static str,
        key: Option<&str>,
        input: &impl InputType,
    ) -> Result<Option<Self>, UserError> {
        let Some(key) = key else {
            return Ok(None);
        };
        let is_of_right_length = (1..=LONGEST_KEY).contains(&key.len());
        if !is_of_right_length || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(UserError::invalid(
                &["idempotencyKey"],
                format!("pass 1 to {LONGEST_KEY} visible ASCII characters, such as a new UUID"),
            ));
        }
        Ok(Some(Self {
            mutation,
            key: key.to_owned(),
            input: input.to_value().to_string(),
        }))
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

impl Repeated {
    /// The refusal as the payload of the mutation tells it.
    pub fn user_error(self) -> UserError {
        UserError::conflict(&["idempotencyKey"], self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_visible() {
        let parse = |key: &str| Call::parse("linkAccount", Some(key), &1);

        for right in ["k", "9b2f6d1e-7c53-4f0e-9d42-1f1c7a0e5b11", &"x".repeat(64)] {
            assert!(parse(right).unwrap().is_some(), "{right}");
        }
        for wrong in ["", "two words", "é", "\u{200B}", &"x".repeat(65)] {
            parse(wrong).unwrap_err();
        }
        assert!(Call::parse("linkAccount", None, &1).unwrap().is_none());
    }
}
