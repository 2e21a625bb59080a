//! Two-factor authentication: a code that only the user's phone shows, asked for after their password.
//!
//! ```text
//! start (password) -> a secret, pending for 15 minutes -> confirm (its first code) -> on, and ten recovery codes
//! log-in, or an act that could cost a user -> password -> code -> done, in the unit of work that used the code up
//! ```
//!
//! - Nothing of the second factor is told before the password was right, so nobody learns who has one.
//! - A code is good once: the step of the last one is kept, and no code of it or of an earlier one is good again. A recovery
//!   code is deleted as it is used.
//! - Guesses are counted for each user, and only behind the right password: strangers lock nobody out.
//! - Another password, chosen by a mail or by the operator, leaves the second factor as it is.
//! - The secret is sealed with the user's key; of a recovery code only a hash is kept.

mod check;
mod code;
mod error;
mod management;
mod notices;
mod recovery_codes;
mod setup;
mod totp;

pub use error::TwoFactorError;
pub use setup::TwoFactorSetup;

pub(super) use code::Code;
pub(super) use management::turn_off;
pub(super) use notices::{RecoveryCodeUsed, TwoFactorDisabled, TwoFactorEnabled, left_in_words};
pub(super) use setup::SETUP_LIFE;

use super::ids::TwoFactorMethodId;
use crate::text_enum::text_enum;

text_enum! {
    /// Kind of a second factor.
    pub(super) enum TwoFactorKind {
        /// An app that shows another code every 30 seconds, by RFC 6238.
        Totp = "TOTP",
    }
}
