use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::{fault, service};
use crate::features::users::store::{LoginRow, UserRow};
use crate::graphql::Viewer;

/// What a user is called, and where they are logged in.
#[derive(Debug, Clone)]
pub struct UserFields(pub UserRow);

#[Object(name = "UsersUserFields")]
impl UserFields {
    /// Opaque and global.
    async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The address to log in with.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// Whether the user proved that the address is theirs.
    async fn is_email_verified(&self) -> bool {
        self.0.email_verified_at.is_some()
    }

    /// What to call the user; null when they gave no name.
    async fn display_name(&self) -> Option<&str> {
        self.0.display_name.as_deref()
    }

    /// The user's language, as a BCP 47 tag.
    async fn locale(&self) -> &str {
        &self.0.locale
    }

    /// The user's time zone, as the IANA database names it. Calendar months and schedules go by it.
    async fn time_zone(&self) -> &str {
        &self.0.time_zone
    }

    /// When the user registered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Where the user is logged in, the newest first, 100 at most.
    async fn logins(&self, ctx: &Context<'_>) -> Result<Vec<Login>> {
        let rows = service(ctx).logins(self.0.id).await.map_err(|e| fault(ctx, e))?;
        Ok(rows.into_iter().map(Login).collect())
    }
}

/// A client on which the user gave their password.
#[derive(Debug, Clone)]
pub struct Login(pub LoginRow);

/// A client on which the user gave their password.
#[Object]
impl Login {
    /// Opaque and global.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// What the client called itself; null when it did not.
    async fn user_agent(&self) -> Option<&str> {
        self.0.user_agent.as_deref()
    }

    /// Where the client connected from; null where that is unknown.
    async fn ip_address(&self) -> Option<&str> {
        self.0.ip_address.as_deref()
    }

    /// When the password was given.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When the session was last begun or refreshed.
    async fn last_used_at(&self) -> DateTime<Utc> {
        self.0.last_used_at
    }

    /// When the login ends unless it is refreshed before.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// Whether this is the login that asks.
    async fn is_current(&self, ctx: &Context<'_>) -> bool {
        ctx.data_opt::<Viewer>()
            .is_some_and(|viewer| viewer.login == self.0.id)
    }
}
