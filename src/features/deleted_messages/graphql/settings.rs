use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};

use super::super::error::DeletedMessagesError;
use super::super::service::{DeletedMessagesService, SettingsChange};
use super::errors::refused;
use super::media::{FetchDeletedMediaInput, FetchDeletedMediaPayload};
use super::objects::DeletedMessage;
use crate::account::AccountRef;
use crate::features::deleted_messages::DeletedMessageId;
use crate::features::schema::Account;
use crate::graphql::{Entity, UserError, viewer};
use crate::id::AccountId;
use crate::messages::{Holding, MediaBackup};

/// Settings for holding the messages of an account in case they are deleted.
#[derive(Debug, Clone, SimpleObject)]
pub struct DeletedMessageSettings {
    /// True when messages are held, encrypted, so that a later deletion does not lose them. On by default. Messages of
    /// channels and of the account's owner are never held.
    is_enabled: bool,
    /// True when messages of groups are held too.
    include_groups: bool,
    /// Time at which pictures, videos, sounds and files are fetched.
    media_backup: MediaBackup,
    /// Number of days for which a message is held, by the user's plan.
    window_days: i32,
}

impl From<(Holding, i32)> for DeletedMessageSettings {
    fn from((settings, window_days): (Holding, i32)) -> Self {
        Self {
            is_enabled: settings.is_enabled,
            include_groups: settings.includes_groups,
            media_backup: settings.media_backup,
            window_days,
        }
    }
}

/// Change of the settings for holding messages. Fields that are absent leave their setting unchanged.
#[derive(Debug, InputObject)]
pub struct UpdateDeletedMessagesInput {
    /// The account.
    account_id: ID,
    /// True to hold messages. False also removes the held messages within minutes; messages that were deleted before
    /// stay.
    is_enabled: Option<bool>,
    /// True to hold messages of groups too. False also removes the held messages of groups within minutes.
    include_groups: Option<bool>,
    /// Time at which pictures, videos, sounds and files are fetched.
    media_backup: Option<MediaBackup>,
}

/// Result of `updateDeletedMessages`.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct DeletedMessagesPayload {
    /// The settings after the change; null when nothing was changed.
    deleted_messages: Option<DeletedMessageSettings>,
    /// Errors in the input; empty when the change was made.
    errors: Vec<UserError>,
    #[graphql(skip)]
    account_id: Option<AccountId>,
}

#[ComplexObject]
impl DeletedMessagesPayload {
    /// The account; null when nothing was changed.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.account_id {
            Some(id) => Account::load(ctx, id).await.map(Some),
            None => Ok(None),
        }
    }
}

impl DeletedMessagesPayload {
    fn wrong(error: UserError) -> Self {
        Self {
            deleted_messages: None,
            errors: vec![error],
            account_id: None,
        }
    }
}

/// Mutations of the deleted messages feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "DeletedMessagesMutation")]
impl Mutation {
    /// Changes the settings for holding the messages of an account.
    async fn update_deleted_messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: UpdateDeletedMessagesInput,
    ) -> Result<DeletedMessagesPayload> {
        let user = viewer(ctx)?.user;
        let id = match AccountId::from_global(&input.account_id) {
            Ok(id) => id,
            Err(e) => {
                return Ok(DeletedMessagesPayload::wrong(UserError::invalid(
                    &["accountId"],
                    e.to_string(),
                )));
            }
        };
        let change = SettingsChange {
            is_enabled: input.is_enabled,
            includes_groups: input.include_groups,
            media_backup: input.media_backup,
        };
        let service = ctx.data_unchecked::<DeletedMessagesService>();
        match service.update(AccountRef { id, user }, change).await {
            Ok(found) => Ok(DeletedMessagesPayload {
                deleted_messages: Some(found.into()),
                errors: Vec::new(),
                account_id: Some(id),
            }),
            Err(error) => refused(ctx, error).map(DeletedMessagesPayload::wrong),
        }
    }

    /// Retries to fetch the picture, video, sound or file of a deleted message: from WhatsApp while it still serves
    /// it, or by way of the phone. Answers at once; `deletedMessageChanged` announces the message again when `media.state`
    /// is final.
    async fn fetch_deleted_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The deleted message.")] input: FetchDeletedMediaInput,
    ) -> Result<FetchDeletedMediaPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<DeletedMessagesService>();
        let fetching = match DeletedMessageId::from_global(&input.deleted_message_id) {
            Ok(id) => service.fetch_media(user, id).await,
            Err(_) => Err(DeletedMessagesError::UnknownMessage),
        };
        let (message, errors) = match fetching {
            Ok(message) => (Some(DeletedMessage(message)), Vec::new()),
            Err(error) => (None, vec![refused(ctx, error)?]),
        };
        Ok(FetchDeletedMediaPayload { message, errors })
    }
}
