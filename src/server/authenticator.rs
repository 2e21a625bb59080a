use async_trait::async_trait;
use thiserror::Error;

use crate::graphql::{ClientInfo, ErrorCode, Identity, Viewer};

/// Recognises viewers by their access tokens.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// The viewer to whom the access token `token` belongs, which `client` shows, and what it allows.
    ///
    /// # Errors
    /// [`AuthFailure`].
    async fn authenticate(&self, token: &str, client: &ClientInfo) -> Result<Identity, AuthFailure>;

    /// Returns when the session or the personal access token of a recognised viewer is revoked, which may be before the
    /// token expires.
    async fn until_revoked(&self, viewer: Viewer);
}

/// Failure to recognise a viewer.
#[derive(Debug, Error)]
pub enum AuthFailure {
    /// The token is not this server's, or its session was revoked.
    #[error("the access token is not valid; sign in again")]
    Invalid,
    /// The token was valid and has expired.
    #[error(
        "the access token has expired; refresh the session, or create another token, and use the new one"
    )]
    Expired,
    /// The token is good, and its holder is not let in for a reason that they can do something about.
    #[error("{message}")]
    Refused {
        /// Code of the error.
        code: ErrorCode,
        /// What would be right.
        message: String,
    },
    /// The check itself failed.
    #[error("the access token could not be checked")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}
