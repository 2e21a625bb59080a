use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::{fault, service};
use crate::features::schema::PlanType;
use crate::features::users::store::{LoginRow, UserRow};
use crate::graphql::{LanguageTag, TimeZone, Viewer, read};
use crate::id::ViewerId;
use crate::plan;

/// Profile of a user, and their sessions.
#[derive(Debug, Clone)]
pub struct ViewerFields(pub UserRow);

#[Object(name = "UsersViewerFields")]
impl ViewerFields {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    async fn id(&self) -> ID {
        let id = ViewerId::from(self.0.id.as_uuid());
        ID(id.to_global())
    }

    /// Profile and plan of the user.
    async fn user(&self) -> User {
        User(self.0.clone())
    }

    /// Logins of the user, newest first, 100 at most.
    async fn logins(&self, ctx: &Context<'_>) -> Result<Vec<Login>> {
        let rows = service(ctx).logins(self.0.id).await.map_err(|e| fault(ctx, e))?;
        Ok(rows.into_iter().map(Login).collect())
    }
}

/// A registered person.
#[derive(Debug, Clone)]
pub struct User(pub UserRow);

/// A registered person.
#[Object]
impl User {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// E-mail address that the user logs in with.
    async fn email(&self) -> &str {
        &self.0.email
    }

    /// True when the user proved that the e-mail address is theirs.
    async fn is_email_verified(&self) -> bool {
        self.0.email_verified_at.is_some()
    }

    /// Display name; null when the user gave none.
    async fn display_name(&self) -> Option<&str> {
        self.0.display_name.as_deref()
    }

    /// Language of the user.
    async fn locale(&self) -> LanguageTag {
        LanguageTag(self.0.locale.clone())
    }

    /// Time zone of the user. Calendar months and schedules go by it.
    async fn time_zone(&self) -> TimeZone {
        TimeZone(self.0.time_zone.clone())
    }

    /// Time at which the user registered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Plan of the user, with its entitlements.
    async fn plan(&self, ctx: &Context<'_>) -> Result<PlanType> {
        let plan = read(ctx, self.0.id, async |conn| plan::of(conn, self.0.id).await).await?;
        Ok(PlanType(plan))
    }
}

/// A client on which the user gave their password.
#[derive(Debug, Clone)]
pub struct Login(pub LoginRow);

/// A client on which the user gave their password.
#[Object]
impl Login {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Name of the client; null when it gave none.
    async fn user_agent(&self) -> Option<&str> {
        self.0.user_agent.as_deref()
    }

    /// Address from which the client connected; null when unknown.
    async fn ip_address(&self) -> Option<&str> {
        self.0.ip_address.as_deref()
    }

    /// Time of the login with the password.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Time at which the session was last begun or refreshed.
    async fn last_used_at(&self) -> DateTime<Utc> {
        self.0.last_used_at
    }

    /// Time at which the login expires unless it is refreshed before.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }

    /// True when this is the login of the request.
    async fn is_current(&self, ctx: &Context<'_>) -> bool {
        ctx.data_opt::<Viewer>()
            .is_some_and(|viewer| viewer.login == self.0.id)
    }
}
