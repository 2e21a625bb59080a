//! Mails about a user's own sign-in: to confirm an address, to choose another password, and to hear of such
//! changes and of those of the second factor.
//!
//! ```text
//! enqueue (in the change's unit of work) -> COMMIT -> Letters: a new token, its hash stored -> COMMIT -> sent
//! ```
//!
//! A token is made as its mail is sent and is in no job and no log, so its time begins when the mail leaves. A try that
//! fails leaves a token that nobody was told; the next try makes another.
//!
//! Without a mail server nothing is sent, and the log says that a mail was due but nothing of its content.

mod identities;
mod job;
mod text;
mod two_factor_text;

pub(super) use job::{Letters, enqueue, enqueue_about, enqueue_about_identity, enqueue_about_link, request};

use crate::text_enum::text_enum;

text_enum! {
    /// Kind of a mail.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) enum LetterKind {
        /// Asks the user to prove that their address is theirs.
        VerifyEmail = "VERIFY_EMAIL",
        /// Lets the user choose another password.
        ResetPassword = "RESET_PASSWORD",
        /// Says that the password was changed.
        PasswordChanged = "PASSWORD_CHANGED",
        /// Asks at a new address to confirm a change to it.
        ConfirmEmailChange = "CONFIRM_EMAIL_CHANGE",
        /// Says at the old address that it was changed.
        EmailChanged = "EMAIL_CHANGED",
        /// Says that a personal access token was created.
        AccessTokenCreated = "ACCESS_TOKEN_CREATED",
        /// Says that the user is going to be deleted, and lets them take it back.
        DeletionPlanned = "DELETION_PLANNED",
        /// Says that two-factor authentication was turned on.
        TwoFactorEnabled = "TWO_FACTOR_ENABLED",
        /// Says that two-factor authentication was turned off.
        TwoFactorDisabled = "TWO_FACTOR_DISABLED",
        /// Says that a recovery code was used, and how many are left.
        RecoveryCodeUsed = "RECOVERY_CODE_USED",
        /// Asks whether an external identity is the user's.
        LinkExternalIdentity = "LINK_EXTERNAL_IDENTITY",
        /// Says that an external identity was linked.
        ExternalIdentityLinked = "EXTERNAL_IDENTITY_LINKED",
    }
}
