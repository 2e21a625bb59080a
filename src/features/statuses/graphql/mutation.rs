use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};

use super::super::change::AutoLikeChange;
use super::super::error::Refusal;
use super::super::service::StatusesService;
use super::errors::{refused, user_error};
use super::input::UpdateAutoLikeSettingsInput;
use super::media::{FetchStatusMediaInput, FetchStatusMediaPayload};
use super::objects::Status;
use super::settings::AutoLikeSettings;
use crate::account::AccountRef;
use crate::features::schema::Account;
use crate::features::statuses::StatusId;
use crate::graphql::{Entity, UserError, internal, viewer};
use crate::id::AccountId;

/// Result of `updateAutoLikeSettings`.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct UpdateAutoLikeSettingsPayload {
    /// Settings after the change; null when nothing was changed.
    auto_like_settings: Option<AutoLikeSettings>,
    /// Mistakes in the input, all of them; empty when the change was made.
    errors: Vec<UserError>,
}

#[ComplexObject]
impl UpdateAutoLikeSettingsPayload {
    /// Account of the settings; null when nothing was changed.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match &self.auto_like_settings {
            Some(settings) => Account::load(ctx, settings.account).await.map(Some),
            None => Ok(None),
        }
    }
}

impl UpdateAutoLikeSettingsPayload {
    const fn wrong(errors: Vec<UserError>) -> Self {
        Self {
            auto_like_settings: None,
            errors,
        }
    }
}

/// Mutations of the statuses feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "StatusesMutation")]
impl Mutation {
    /// Changes the auto-like settings of an account: all fields of the input, or none of them.
    async fn update_auto_like_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Account, and the new values of its settings.")] input: UpdateAutoLikeSettingsInput,
    ) -> Result<UpdateAutoLikeSettingsPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<StatusesService>();
        let change = AutoLikeChange::from(input.settings);
        let id = match AccountId::from_global(&input.account_id) {
            Ok(id) => id,
            Err(wrong) => {
                let found = service.mistakes(user, change).await;
                let refusals = found.map_err(|e| internal(ctx, e))?;
                let mut errors = vec![UserError::no_id(&["accountId"], &wrong)];
                errors.extend(refusals.iter().map(user_error));
                return Ok(UpdateAutoLikeSettingsPayload::wrong(errors));
            }
        };
        match service.update_settings(AccountRef { id, user }, change).await {
            Ok(settings) => Ok(UpdateAutoLikeSettingsPayload {
                auto_like_settings: Some(AutoLikeSettings {
                    account: id,
                    settings,
                }),
                errors: Vec::new(),
            }),
            Err(error) => refused(ctx, error).map(UpdateAutoLikeSettingsPayload::wrong),
        }
    }

    /// Fetches the picture, video or sound of a status from WhatsApp, which serves it for about as long as it shows
    /// the status. Also retries after a failed attempt. Answers at once; a `STATUS_MEDIA_CHANGED` event follows when
    /// `media.state` is final.
    async fn fetch_status_media(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Status whose media is to be fetched.")] input: FetchStatusMediaInput,
    ) -> Result<FetchStatusMediaPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<StatusesService>();
        let fetching = match StatusId::from_global(&input.status_id) {
            Ok(id) => service.fetch_media(user, id).await,
            Err(_) => Err(Refusal::UnknownStatus.into()),
        };
        let (status, errors) = match fetching {
            Ok(status) => (Some(Status(status)), Vec::new()),
            Err(error) => (None, refused(ctx, error)?),
        };
        Ok(FetchStatusMediaPayload { status, errors })
    }
}
