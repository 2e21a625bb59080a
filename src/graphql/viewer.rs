use async_graphql::{Context, Result};
use chrono::{DateTime, Utc};

use super::error::unauthenticated;
use crate::id::{LoginId, UserId};

/// Who asks: proven by an access token. Part of every request that carried a valid one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Viewer {
    /// The user.
    pub user: UserId,
    /// The login that the token belongs to.
    pub login: LoginId,
    /// When the token stops being good.
    pub expires_at: DateTime<Utc>,
}

/// Names one request in logs and in the errors that its client sees.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RequestId(pub String);

/// Who asks.
///
/// # Errors
/// `UNAUTHENTICATED` when nobody is signed in.
pub fn viewer(ctx: &Context<'_>) -> Result<Viewer> {
    ctx.data_opt::<Viewer>().copied().ok_or_else(unauthenticated)
}
