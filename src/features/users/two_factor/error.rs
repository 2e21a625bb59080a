use thiserror::Error;

/// Refusal of two-factor authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TwoFactorError {
    /// The user has a second factor, and no code was given.
    #[error("a code of the second factor is needed")]
    CodeRequired,
    /// Not the code of the second factor, or one that was used before.
    #[error("this is not a code of the second factor that is good now")]
    WrongCode,
    /// No second factor waits for its first code, or not any more.
    #[error("no second factor waits for a code")]
    SetupExpired,
    /// The user has a second factor already.
    #[error("two-factor authentication is on already")]
    AlreadyEnabled,
    /// The user has no second factor.
    #[error("two-factor authentication is off")]
    NotEnabled,
}
