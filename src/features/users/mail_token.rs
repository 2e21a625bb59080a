//! Tokens of links in mails: each proves that its holder reads a user's mail, for one purpose.

use data_encoding::BASE64URL_NOPAD;
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use uuid::Uuid;

use crate::crypto::random_bytes;
use crate::id::UserId;
use crate::text_enum::text_enum;

const ID_BYTES: usize = 16;
const CHANCE_BYTES: usize = 32;

text_enum! {
    /// The one thing that a token is good for.
    pub enum Purpose {
        /// Proves that the address is the user's.
        VerifyEmail = "VERIFY_EMAIL",
        /// Gives the user another password.
        ResetPassword = "RESET_PASSWORD",
        /// Makes the address that the mail went to the user's.
        ConfirmEmailChange = "CONFIRM_EMAIL_CHANGE",
        /// Takes a change of the address back.
        RevertEmailChange = "REVERT_EMAIL_CHANGE",
        /// Takes the deletion of the user back.
        CancelDeletion = "CANCEL_DELETION",
        /// Links an external identity to the user.
        LinkExternalIdentity = "LINK_EXTERNAL_IDENTITY",
    }
}

impl Purpose {
    /// The page of links for this purpose, below the server's address.
    pub const fn page(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify-email",
            Self::ResetPassword => "reset-password",
            Self::ConfirmEmailChange => "confirm-email",
            Self::RevertEmailChange => "take-back-email",
            Self::CancelDeletion => "keep",
            Self::LinkExternalIdentity => "link",
        }
    }

    /// The purpose of the links to this page.
    pub fn of_page(page: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.page() == page)
    }

    /// Returns true when the link's page lets its reader choose another password.
    pub const fn asks_for_password(self) -> bool {
        match self {
            Self::VerifyEmail
            | Self::ConfirmEmailChange
            | Self::CancelDeletion
            | Self::LinkExternalIdentity => false,
            Self::ResetPassword | Self::RevertEmailChange => true,
        }
    }
}

/// A token: the id of its user and 256 bits of chance.
#[derive(Debug)]
pub(super) struct MailToken {
    pub(super) user: UserId,
    text: SecretString,
}

impl MailToken {
    pub(super) fn generate(user: UserId) -> Self {
        let chance: [u8; CHANCE_BYTES] = random_bytes();
        let bytes = [user.as_uuid().as_bytes().as_slice(), &chance].concat();
        Self {
            user,
            text: BASE64URL_NOPAD.encode(&bytes).into(),
        }
    }

    /// Reads a token that somebody presents; none for a text that cannot be one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let id = bytes
            .get(..ID_BYTES)
            .filter(|_| bytes.len() == ID_BYTES + CHANCE_BYTES)?;
        Some(Self {
            user: Uuid::from_slice(id).ok()?.into(),
            text: text.into(),
        })
    }

    /// The stored hash of the token. It is of the purpose too, so that a token is unknown for every other one.
    pub(super) fn hash(&self, purpose: Purpose) -> Vec<u8> {
        let text = format!("{}\n{}", purpose.as_str(), self.text.expose_secret());
        digest(&SHA256, text.as_bytes()).as_ref().to_vec()
    }

    /// The link in the mail, to the server at `home`. It is a secret.
    pub(super) fn link(&self, home: &Url, purpose: Purpose) -> Url {
        let mut link = home.clone();
        if let Ok(mut path) = link.path_segments_mut() {
            path.pop_if_empty().extend(["account", purpose.page()]);
        }
        link.set_query(Some(&format!("token={}", self.text.expose_secret())));
        link
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::id::Ids;

    fn token() -> MailToken {
        MailToken::generate(Ids::new(Arc::new(SystemClock)).next())
    }

    #[test]
    fn a_token_reads_back_from_its_link_and_names_its_user() {
        let token = token();

        let link = token.link(
            &"https://amda.example/below/".parse().unwrap(),
            Purpose::VerifyEmail,
        );

        assert_eq!(link.path(), "/below/account/verify-email");
        let (name, text) = link.query_pairs().next().unwrap();
        let read = MailToken::parse(&text).unwrap();
        assert_eq!((name.as_ref(), read.user), ("token", token.user));
        assert_eq!(read.hash(Purpose::VerifyEmail), token.hash(Purpose::VerifyEmail));
    }

    #[test]
    fn a_token_is_another_for_each_purpose() {
        let token = token();

        let hashes: std::collections::HashSet<_> = Purpose::ALL.map(|purpose| token.hash(purpose)).into();

        assert_eq!(hashes.len(), Purpose::ALL.len());
    }

    #[test]
    fn a_text_of_another_form_is_no_token() {
        let right = token().text.expose_secret().to_owned();

        assert!(MailToken::parse(&format!(" {right}\n")).is_some());
        for wrong in [
            "",
            "!",
            "AAAA",
            &right[1..],
            &format!("{right}AAAA"),
            &"é".repeat(32),
        ] {
            assert!(MailToken::parse(wrong).is_none(), "{wrong}");
        }
    }
}
