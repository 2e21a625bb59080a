use async_graphql::{Context, ID, Object, Result};

use super::loaders::SettingsRow;
use crate::features::deleted_messages::DeletedMessageSettingsId;
use crate::features::schema::Account;
use crate::graphql::Entity;
use crate::id::AccountId;
use crate::messages::MediaBackup;

/// Settings of an account for holding messages in case they are deleted or edited.
#[derive(Debug, Clone, Copy)]
pub struct DeletedMessageSettings(SettingsRow);

/// Settings of an account for holding messages in case they are deleted or edited.
#[Object]
impl DeletedMessageSettings {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(settings_of(self.0.account).to_global())
    }

    /// The account that the settings apply to.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// True when messages are held, encrypted, so that a later deletion or edit does not lose them. On by default.
    /// Messages of channels and of the account's owner are never held.
    async fn is_enabled(&self) -> bool {
        self.0.holding.is_enabled
    }

    /// True when messages of groups are held too.
    async fn includes_groups(&self) -> bool {
        self.0.holding.includes_groups
    }

    /// Time at which pictures, videos, sounds and files are fetched.
    async fn media_backup(&self) -> MediaBackup {
        self.0.holding.media_backup
    }

    /// Number of days for which a message is held, by the user's plan.
    async fn window_days(&self) -> i32 {
        self.0.window_days
    }
}

impl Entity for DeletedMessageSettings {
    type Id = DeletedMessageSettingsId;
    type Row = SettingsRow;
    const NAME: &'static str = "deleted message settings";

    fn of(_: &Context<'_>, row: SettingsRow) -> Self {
        Self(row)
    }
}

/// Returns the id of the settings of `account`.
pub(super) fn settings_of(account: AccountId) -> DeletedMessageSettingsId {
    account.as_uuid().into()
}
