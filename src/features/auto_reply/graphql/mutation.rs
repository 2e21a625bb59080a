//! Mutation of the settings.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};

use super::errors::{refused, user_error};
use super::input::UpdateAutoReplySettingsInput;
use super::settings::AutoReplySettings;
use crate::account::AccountRef;
use crate::features::auto_reply::change::AutoReplyChange;
use crate::features::auto_reply::service::AutoReplyService;
use crate::features::schema::Account;
use crate::graphql::{Entity, UserError, internal, viewer};
use crate::id::AccountId;

/// Result of `updateAutoReplySettings`.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct UpdateAutoReplySettingsPayload {
    /// Settings after the change; null when nothing was changed.
    auto_reply_settings: Option<AutoReplySettings>,
    /// Mistakes in the input, all of them; empty when the change was made.
    errors: Vec<UserError>,
}

#[ComplexObject]
impl UpdateAutoReplySettingsPayload {
    /// Account of the settings; null when nothing was changed.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match &self.auto_reply_settings {
            Some(settings) => Account::load(ctx, settings.account).await.map(Some),
            None => Ok(None),
        }
    }
}

impl UpdateAutoReplySettingsPayload {
    const fn wrong(errors: Vec<UserError>) -> Self {
        Self {
            auto_reply_settings: None,
            errors,
        }
    }
}

/// The mutations of automatic replies.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "AutoReplyMutation")]
impl Mutation {
    /// Changes the auto-reply settings of an account: all fields of the input, or none of them.
    async fn update_auto_reply_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Account, and the new values of its settings.")] input: UpdateAutoReplySettingsInput,
    ) -> Result<UpdateAutoReplySettingsPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<AutoReplyService>();
        let change = AutoReplyChange::from(input.settings);
        let id = match AccountId::from_global(&input.account_id) {
            Ok(id) => id,
            Err(wrong) => {
                let found = service.mistakes(user, change).await;
                let refusals = found.map_err(|e| internal(ctx, e))?;
                let mut errors = vec![UserError::no_id(&["accountId"], &wrong)];
                errors.extend(refusals.iter().map(user_error));
                return Ok(UpdateAutoReplySettingsPayload::wrong(errors));
            }
        };
        match service.update_settings(AccountRef { id, user }, change).await {
            Ok(settings) => Ok(UpdateAutoReplySettingsPayload {
                auto_reply_settings: Some(AutoReplySettings {
                    account: id,
                    settings,
                }),
                errors: Vec::new(),
            }),
            Err(error) => refused(ctx, error).map(UpdateAutoReplySettingsPayload::wrong),
        }
    }
}
