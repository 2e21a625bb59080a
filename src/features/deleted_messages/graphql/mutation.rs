use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::super::error::DeletedMessagesError;
use super::super::service::{DeletedMessagesService, SettingsChange};
use super::errors::refused;
use super::objects::DeletedMessage;
use super::settings::{DeletedMessageSettings, settings_of};
use crate::account::AccountRef;
use crate::features::deleted_messages::DeletedMessageId;
use crate::features::schema::Account;
use crate::graphql::{Entity, UserError, viewer};
use crate::id::AccountId;
use crate::messages::MediaBackup;

/// Settings for holding messages to change. A field that is absent or null leaves its setting unchanged.
#[derive(Debug, InputObject)]
pub struct DeletedMessageSettingsInput {
    /// True to hold messages. False also removes the held messages within minutes; messages that were deleted before
    /// stay.
    is_enabled: Option<bool>,
    /// True to hold messages of groups too. False also removes the held messages of groups within minutes.
    includes_groups: Option<bool>,
    /// Time at which pictures, videos, sounds and files are fetched.
    media_backup: Option<MediaBackup>,
}

/// Input of `updateDeletedMessageSettings`.
#[derive(Debug, InputObject)]
pub struct UpdateDeletedMessageSettingsInput {
    /// Id of the account.
    account_id: ID,
    /// The settings to change.
    settings: DeletedMessageSettingsInput,
}

/// Result of `updateDeletedMessageSettings`.
#[derive(Debug)]
pub struct UpdateDeletedMessageSettingsPayload(Result<AccountId, UserError>);

/// Result of `updateDeletedMessageSettings`.
#[Object]
impl UpdateDeletedMessageSettingsPayload {
    /// The settings after the change; null when nothing was changed.
    async fn deleted_message_settings(&self, ctx: &Context<'_>) -> Result<Option<DeletedMessageSettings>> {
        match self.0 {
            Ok(account) => DeletedMessageSettings::load(ctx, settings_of(account))
                .await
                .map(Some),
            Err(_) => Ok(None),
        }
    }

    /// The account; null when nothing was changed.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.0 {
            Ok(account) => Account::load(ctx, account).await.map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Errors in the input; empty when the change was made.
    async fn errors(&self) -> Vec<UserError> {
        self.0.as_ref().err().cloned().into_iter().collect()
    }
}

/// Input of `fetchDeletedMessageMedia`.
#[derive(Debug, InputObject)]
pub struct FetchDeletedMessageMediaInput {
    /// Id of the deleted message.
    deleted_message_id: ID,
}

/// Result of `fetchDeletedMessageMedia`.
#[derive(Debug, SimpleObject)]
pub struct FetchDeletedMessageMediaPayload {
    /// The message as it is now; null when there is nothing to fetch.
    deleted_message: Option<DeletedMessage>,
    /// Errors in the input; empty when the fetch was queued.
    errors: Vec<UserError>,
}

/// Mutations of the deleted messages feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "DeletedMessagesMutation")]
impl Mutation {
    /// Changes the settings of an account for holding messages: all fields of the input, or nothing.
    async fn update_deleted_message_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account and the settings to change.")] input: UpdateDeletedMessageSettingsInput,
    ) -> Result<UpdateDeletedMessageSettingsPayload> {
        let user = viewer(ctx)?.user;
        let change = SettingsChange {
            is_enabled: input.settings.is_enabled,
            includes_groups: input.settings.includes_groups,
            media_backup: input.settings.media_backup,
        };
        let service = ctx.data_unchecked::<DeletedMessagesService>();
        let updated = match AccountId::from_global(&input.account_id) {
            Ok(id) => service.update(AccountRef { id, user }, change).await.map(|()| id),
            Err(_) => Err(DeletedMessagesError::UnknownAccount),
        };
        Ok(UpdateDeletedMessageSettingsPayload(match updated {
            Ok(id) => Ok(id),
            Err(error) => Err(refused(ctx, error)?),
        }))
    }

    /// Retries to fetch the picture, video, sound or file of a deleted message: from WhatsApp while it still serves
    /// it, or by way of the phone. Answers at once; `deletedMessageChanged` announces the message again when `media.state`
    /// is final.
    async fn fetch_deleted_message_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The deleted message.")] input: FetchDeletedMessageMediaInput,
    ) -> Result<FetchDeletedMessageMediaPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<DeletedMessagesService>();
        let fetching = match DeletedMessageId::from_global(&input.deleted_message_id) {
            Ok(id) => service.fetch_media(user, id).await,
            Err(_) => Err(DeletedMessagesError::UnknownMessage),
        };
        let (deleted_message, errors) = match fetching {
            Ok(message) => (Some(DeletedMessage(message)), Vec::new()),
            Err(error) => (None, vec![refused(ctx, error)?]),
        };
        Ok(FetchDeletedMessageMediaPayload {
            deleted_message,
            errors,
        })
    }
}
