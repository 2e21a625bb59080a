use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::external_identity::ExternalIdentity;
use super::service;
use super::session::Session;
use super::two_factor::TwoFactor;
use crate::features::schema::PlanType;
use crate::features::users::store::{self, UserRow};
use crate::graphql::{LanguageTag, TimeZone, internal, read};
use crate::id::{UserId, ViewerId};
use crate::plan;
use crate::user::Role;

/// Profile of a user, and their sessions.
#[derive(Debug, Clone)]
pub struct ViewerFields {
    /// The user.
    pub id: UserId,
    /// Their row; none when nobody read it yet, as few operations want it.
    row: Option<UserRow>,
}

impl From<UserRow> for ViewerFields {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.id,
            row: Some(row),
        }
    }
}

impl From<UserId> for ViewerFields {
    fn from(id: UserId) -> Self {
        Self { id, row: None }
    }
}

#[Object(name = "UsersViewerFields")]
impl ViewerFields {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    async fn id(&self) -> ID {
        let id = ViewerId::from(self.id.as_uuid());
        ID(id.to_global())
    }

    /// Profile and plan of the user.
    async fn user(&self, ctx: &Context<'_>) -> Result<User> {
        match &self.row {
            Some(row) => Ok(User(row.clone())),
            None => User::load(ctx, self.id).await,
        }
    }

    /// Sessions of the user that have not ended, newest first, 100 at most.
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<Session>> {
        let rows = service(ctx)
            .sessions(self.id)
            .await
            .map_err(|e| internal(ctx, e))?;
        Ok(rows.into_iter().map(Session).collect())
    }

    /// Identities at the issuer of external tokens by which the user can sign in, oldest first, 20 at most.
    async fn external_identities(&self, ctx: &Context<'_>) -> Result<Vec<ExternalIdentity>> {
        let user = self.id;
        let rows = read(ctx, user, async |conn| store::list_identities(conn, user).await).await?;
        Ok(rows.into_iter().map(ExternalIdentity).collect())
    }
}

/// Reason for which no notifications are mailed to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum NoMailReason {
    /// The user did not prove yet that the e-mail address is theirs. `sendVerificationEmail` sends another mail for that.
    EmailNotVerified,
    /// The server's operator configured no mail server.
    NoMailServer,
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

    /// False when the user signs in by external tokens alone: mutations that ask for the password take a sign-in of the last
    /// 10 minutes in its place, and `requestPasswordReset` mails a link that sets a password.
    async fn has_password(&self) -> bool {
        self.0.has_password
    }

    /// True when the user proved that the e-mail address is theirs, or the issuer of external tokens says so.
    async fn is_email_verified(&self) -> bool {
        self.0.email_verified_at.is_some()
    }

    /// Reason for which no notifications are mailed to the user, whatever their notification settings say; null when they
    /// are. Show it as a banner.
    async fn no_mail_reason(&self, ctx: &Context<'_>) -> Option<NoMailReason> {
        match (service(ctx).config.has_mail_server, self.0.email_verified_at) {
            (false, _) => Some(NoMailReason::NoMailServer),
            (true, None) => Some(NoMailReason::EmailNotVerified),
            (true, Some(_)) => None,
        }
    }

    /// E-mail address that takes the place of `email` when the mail to it is confirmed; null when no change waits for that.
    async fn pending_email(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        let (user, now) = (self.0.id, service(ctx).core.clock.now());
        read(ctx, user, async |conn| {
            store::find_pending_email(conn, user, now).await
        })
        .await
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

    /// Time at which the user is deleted with everything of theirs, as they asked by `deleteUser`; null when no deletion is
    /// planned. `cancelUserDeletion` takes it back.
    async fn deletion_at(&self) -> Option<DateTime<Utc>> {
        self.0.deletion_at
    }

    /// Two-factor authentication of the user.
    async fn two_factor(&self, ctx: &Context<'_>) -> Result<TwoFactor> {
        let user = self.0.id;
        let state = read(ctx, user, async |conn| {
            store::find_two_factor_state(conn, user).await
        });
        Ok(state.await?.into())
    }

    /// Role of the user. Show administration to an `ADMIN` only.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// Plan of the user, with its entitlements.
    async fn plan(&self, ctx: &Context<'_>) -> Result<PlanType> {
        let plan = read(ctx, self.0.id, async |conn| plan::of(conn, self.0.id).await).await?;
        Ok(PlanType(plan))
    }
}
