use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::super::error::Refusal;
use super::super::model::CaptureChange;
use super::super::service::ViewOnceService;
use super::errors::refused;
use super::object::ViewOnceMessage;
use super::settings::{ViewOnceSettings, settings_of};
use crate::features::schema::Account;
use crate::features::view_once::ViewOnceId;
use crate::graphql::{Entity, UserError, viewer};
use crate::id::AccountId;

/// View-once settings to change. A field that is absent or null leaves its setting unchanged.
#[derive(Debug, InputObject)]
pub struct ViewOnceSettingsInput {
    /// True to capture content that WhatsApp delivers.
    is_enabled: Option<bool>,
}

/// Input of `updateViewOnceSettings`.
#[derive(Debug, InputObject)]
pub struct UpdateViewOnceSettingsInput {
    /// Id of the account.
    account_id: ID,
    /// The settings to change.
    settings: ViewOnceSettingsInput,
    /// True when the user read `viewOnceSettings.privacyNotice` and agrees to it. Must be true to turn capturing on; not
    /// used otherwise.
    #[graphql(default)]
    acknowledges_privacy_notice: bool,
}

/// Result of `updateViewOnceSettings`.
#[derive(Debug)]
pub struct UpdateViewOnceSettingsPayload(Result<AccountId, Vec<UserError>>);

/// Result of `updateViewOnceSettings`.
#[Object]
impl UpdateViewOnceSettingsPayload {
    /// The settings after the change; null when nothing was changed.
    async fn view_once_settings(&self, ctx: &Context<'_>) -> Result<Option<ViewOnceSettings>> {
        match self.0 {
            Ok(account) => ViewOnceSettings::load(ctx, settings_of(account)).await.map(Some),
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
        self.0.as_ref().err().cloned().unwrap_or_default()
    }
}

/// Input of `retryViewOnceCapture`.
#[derive(Debug, InputObject)]
pub struct RetryViewOnceCaptureInput {
    /// Id of the view-once message.
    view_once_message_id: ID,
}

/// Result of `retryViewOnceCapture`.
#[derive(Debug, SimpleObject)]
pub struct RetryViewOnceCapturePayload {
    /// The message after the mutation; null when nothing was done.
    view_once_message: Option<ViewOnceMessage>,
    /// Errors in the input; empty when the capture was started.
    errors: Vec<UserError>,
}

/// Mutations of the view-once feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "ViewOnceMutation")]
impl Mutation {
    /// Changes the view-once settings of an account: all fields of the input, or nothing.
    async fn update_view_once_settings(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account and the settings to change.")] input: UpdateViewOnceSettingsInput,
    ) -> Result<UpdateViewOnceSettingsPayload> {
        let user = viewer(ctx)?.user;
        // What is not an id names no account.
        let account = AccountId::from_global(&input.account_id).ok();
        let change = CaptureChange {
            is_enabled: input.settings.is_enabled,
            acknowledges_notice: input.acknowledges_privacy_notice,
        };
        let service = ctx.data_unchecked::<ViewOnceService>();
        let updated = match service.update(user, account, change).await {
            Ok(account) => Ok(account),
            Err(error) => Err(refused(ctx, error)?),
        };
        Ok(UpdateViewOnceSettingsPayload(updated))
    }

    /// Retries the capture of a message whose `outcome` is `QUOTA_EXHAUSTED` or `FAILED`. Answers at once with
    /// `isCapturing` true; `viewOnceMessageChanged` announces the outcome.
    async fn retry_view_once_capture(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The view-once message.")] input: RetryViewOnceCaptureInput,
    ) -> Result<RetryViewOnceCapturePayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ViewOnceService>();
        let retried = match ViewOnceId::from_global(&input.view_once_message_id) {
            Ok(id) => service.retry(user, id).await,
            Err(_) => Err(Refusal::UnknownMessage.into()),
        };
        let (view_once_message, errors) = match retried {
            Ok(message) => (Some(ViewOnceMessage(message)), Vec::new()),
            Err(error) => (None, refused(ctx, error)?),
        };
        Ok(RetryViewOnceCapturePayload {
            view_once_message,
            errors,
        })
    }
}
