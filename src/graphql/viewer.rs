use std::net::IpAddr;

use async_graphql::{Context, Result};
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::error::unauthenticated;
use crate::id::{AccessTokenId, SessionId, UserId};

/// The proof by which a request is its user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// An access token of this session, which may do everything.
    Session(SessionId),
    /// This personal access token, which may do what its [`Grant`](super::Grant) allows.
    AccessToken(AccessTokenId),
}

/// The signed-in user of a request, proven by an access token. Part of every request that carried a valid one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Viewer {
    /// The user.
    pub user: UserId,
    /// The session or the personal access token.
    pub credential: Credential,
    /// The time at which the token expires.
    pub expires_at: DateTime<Utc>,
}

impl Viewer {
    /// The session of the request; none when it came with a personal access token.
    pub const fn session(&self) -> Option<SessionId> {
        match self.credential {
            Credential::Session(session) => Some(session),
            Credential::AccessToken(_) => None,
        }
    }
}

/// The name of the cookie that holds a browser's refresh token.
pub const REFRESH_COOKIE: &str = "amda_refresh";

/// The client of a request, besides its access token. Part of every request.
#[derive(Debug, Clone, Default)]
pub struct ClientInfo {
    /// Its address, behind any proxy that the operator trusts. None when a proxy on this machine passed the request on
    /// and the operator named none: then nothing says who called.
    pub ip: Option<IpAddr>,
    /// True when a program of the server's own machine called, and not for somebody else.
    pub is_local: bool,
    /// Its `User-Agent` header.
    pub user_agent: Option<String>,
    /// The value of [`REFRESH_COOKIE`], when it sent one.
    pub refresh_cookie: Option<SecretString>,
    /// Cancelled when nobody waits for the answer any more. A mutation goes on then; only what has no effect is given up.
    pub gone: CancellationToken,
}

/// The id of a request, in logs and in the errors that its client sees.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(pub String);

/// The viewer of the request.
///
/// # Errors
/// `UNAUTHENTICATED` when nobody is signed in.
pub fn viewer(ctx: &Context<'_>) -> Result<Viewer> {
    ctx.data_opt::<Viewer>().copied().ok_or_else(unauthenticated)
}
