use async_graphql::{Context, ID, Object, Result};

use super::loaders::SettingsRow;
use crate::features::schema::Account;
use crate::features::view_once::{ViewOnceSettingsId, privacy_notice};
use crate::graphql::Entity;
use crate::id::AccountId;

/// View-once settings of an account.
#[derive(Debug, Clone, Copy)]
pub struct ViewOnceSettings(SettingsRow);

/// View-once settings of an account.
#[Object]
impl ViewOnceSettings {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(settings_of(self.0.account).to_global())
    }

    /// The account that the settings apply to.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// True when content that WhatsApp delivers is captured. Off by default. View-once messages that arrive while
    /// capturing is off are not listed.
    async fn is_enabled(&self) -> bool {
        self.0.settings.is_enabled
    }

    /// Legal and privacy notice in the language of the user: English, French or Portuguese. Show the notice before the
    /// user turns capturing on; `updateViewOnceSettings` requires that the user acknowledges it.
    async fn privacy_notice(&self) -> &'static str {
        privacy_notice(self.0.language)
    }
}

impl Entity for ViewOnceSettings {
    type Id = ViewOnceSettingsId;
    type Row = SettingsRow;
    const NAME: &'static str = "view-once settings";

    fn of(_: &Context<'_>, row: SettingsRow) -> Self {
        Self(row)
    }
}

/// Returns the id of the settings of `account`.
pub(super) fn settings_of(account: AccountId) -> ViewOnceSettingsId {
    account.as_uuid().into()
}
