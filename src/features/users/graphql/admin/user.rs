use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::loaders::SessionsOf;
use super::session::AdminSession;
use crate::features::schema::{AdminAccount, PlanType};
use crate::features::users::AdminUserId;
use crate::features::users::administration::AdminUserRow;
use crate::graphql::{Entity, PageCursor, find};
use crate::user::Role;

/// A user as admins see them: who they are, their plan and what keeps them out, and nothing that they keep.
#[derive(Debug, Clone)]
pub struct AdminUser(pub AdminUserRow);

/// A user as admins see them: who they are, their plan and what keeps them out, and nothing that they keep.
#[Object]
impl AdminUser {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(AdminUserId::from(self.0.id.as_uuid()).to_global())
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

    /// Role of the user.
    async fn role(&self) -> Role {
        self.0.role
    }

    /// Plan of the user, with its entitlements.
    async fn plan(&self) -> PlanType {
        PlanType(self.0.plan)
    }

    /// Time at which the user registered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Time at which the user is deleted, as they asked; null when no deletion is planned.
    async fn deletion_at(&self) -> Option<DateTime<Utc>> {
        self.0.deletion_at
    }

    /// Time since which the user is suspended; null when they are not.
    async fn suspended_at(&self) -> Option<DateTime<Utc>> {
        self.0.suspended_at
    }

    /// Reason for the suspension, which the user reads too; null without a suspension, and when none was given.
    async fn suspension_reason(&self) -> Option<&str> {
        self.0.suspension_reason.as_deref()
    }

    /// Number of WhatsApp accounts of the user that are not unlinked.
    async fn account_count(&self) -> i64 {
        self.0.linked_accounts
    }

    /// WhatsApp accounts of the user, oldest first, unlinked ones too. The user reads in their audit log that they were seen
    /// (`ACCOUNTS_VIEWED`).
    async fn accounts(&self, ctx: &Context<'_>) -> Result<Vec<AdminAccount>> {
        AdminAccount::of_user(ctx, self.0.id).await
    }

    /// Sessions of the user that have not ended, newest first. The user reads in their audit log that they were seen
    /// (`SESSIONS_VIEWED`).
    async fn sessions(&self, ctx: &Context<'_>) -> Result<Vec<AdminSession>> {
        let rows = find(ctx, SessionsOf(self.0.id)).await?.unwrap_or_default();
        Ok(rows.into_iter().map(AdminSession).collect())
    }
}

impl Entity for AdminUser {
    type Id = AdminUserId;
    type Row = AdminUserRow;
    const NAME: &'static str = "user";

    fn of(_: &Context<'_>, row: AdminUserRow) -> Self {
        Self(row)
    }
}

impl AdminUser {
    /// Cursor of their position in the list of all users.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.created_at,
            id: self.0.id.into(),
        }
    }
}
