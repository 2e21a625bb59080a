use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::loaders::AccountsOf;
use crate::features::accounts::AdminAccountId;
use crate::features::accounts::model::{AccountState, AccountStateReason};
use crate::features::accounts::store::AdminAccountRow;
use crate::features::schema::user_id_for_admins;
use crate::graphql::{Entity, PageCursor, find};
use crate::id::UserId;

/// A linked WhatsApp account as admins see it: its state, without names and numbers.
#[derive(Debug, Clone)]
pub struct AdminAccount(pub AdminAccountRow);

/// A linked WhatsApp account as admins see it: its state, without names and numbers.
#[Object]
impl AdminAccount {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(AdminAccountId::from(self.0.id.as_uuid()).to_global())
    }

    /// Id of the `AdminUser` who owns the account.
    async fn user_id(&self) -> ID {
        user_id_for_admins(self.0.user_id)
    }

    /// State of the link.
    async fn state(&self) -> AccountState {
        AccountState::parse(&self.0.state).unwrap_or(AccountState::Stopped)
    }

    /// Reason for the state; null when the state says everything.
    async fn state_reason(&self) -> Option<AccountStateReason> {
        self.0.state_reason.as_deref().map(AccountStateReason::read)
    }

    /// Time at which the state last changed.
    async fn state_changed_at(&self) -> DateTime<Utc> {
        self.0.state_changed_at
    }

    /// Time at which the account was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Time at which the phone agreed to the link; null while it was never linked.
    async fn linked_at(&self) -> Option<DateTime<Utc>> {
        self.0.linked_at
    }

    /// Time of the last data from WhatsApp, to the minute; null before the first.
    async fn last_traffic_at(&self) -> Option<DateTime<Utc>> {
        self.0.last_traffic_at
    }
}

impl Entity for AdminAccount {
    type Id = AdminAccountId;
    type Row = AdminAccountRow;
    const NAME: &'static str = "account";

    fn of(_: &Context<'_>, row: AdminAccountRow) -> Self {
        Self(row)
    }
}

impl AdminAccount {
    /// The accounts of a user, the oldest first; none for a viewer who is no admin.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails.
    pub async fn of_user(ctx: &Context<'_>, user: UserId) -> Result<Vec<Self>> {
        let rows = find(ctx, AccountsOf(user)).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Self).collect())
    }

    /// Cursor of its position in the list of all accounts.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.created_at,
            id: self.0.id.into(),
        }
    }
}
