use async_graphql::{ComplexObject, Context, ID, InputObject, Object, Result, SimpleObject};

use super::super::error::Refusal;
use super::super::model::{LEGAL_NOTICE, ViewOnceSettings};
use super::super::service::ViewOnceService;
use super::errors::refused;
use super::object::ViewOnceMessage;
use crate::account::AccountRef;
use crate::features::schema::Account;
use crate::features::view_once::ViewOnceId;
use crate::graphql::{Entity, UserError, viewer};
use crate::id::AccountId;

/// Change of the view-once settings of an account. Fields that are absent leave their setting unchanged.
#[derive(Debug, InputObject)]
pub struct UpdateViewOnceInput {
    /// The account.
    account_id: ID,
    /// True to capture content that WhatsApp delivers. Show the payload's `notice` to a user who turns this on.
    is_enabled: Option<bool>,
}

/// Result of `updateViewOnce`.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ViewOncePayload {
    /// The settings after the change; null when nothing was changed.
    view_once: Option<ViewOnceSettings>,
    /// Legal and privacy notice to show before a user captures view-once messages. In English.
    notice: &'static str,
    /// Errors in the input; empty when the change was made.
    errors: Vec<UserError>,
    #[graphql(skip)]
    account_id: Option<AccountId>,
}

#[ComplexObject]
impl ViewOncePayload {
    /// The account; null when nothing was changed.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.account_id {
            Some(id) => Account::load(ctx, id).await.map(Some),
            None => Ok(None),
        }
    }
}

impl ViewOncePayload {
    fn wrong(error: UserError) -> Self {
        Self {
            view_once: None,
            notice: LEGAL_NOTICE,
            errors: vec![error],
            account_id: None,
        }
    }
}

/// A view-once message, by its id.
#[derive(Debug, InputObject)]
pub struct ViewOnceIdInput {
    /// Id of the message.
    view_once_id: ID,
}

/// Result of a mutation of a view-once message.
#[derive(SimpleObject)]
pub struct ViewOnceMessagePayload {
    /// The message after the mutation; null when nothing was done.
    message: Option<ViewOnceMessage>,
    /// Errors in the input; empty when the mutation succeeded.
    errors: Vec<UserError>,
}

/// Mutations of the view-once feature.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "ViewOnceMutation")]
impl Mutation {
    /// Turns the capture of view-once messages on or off for an account.
    async fn update_view_once(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: UpdateViewOnceInput,
    ) -> Result<ViewOncePayload> {
        let user = viewer(ctx)?.user;
        let Ok(id) = AccountId::from_global(&input.account_id) else {
            return refused(ctx, Refusal::UnknownAccount.into()).map(ViewOncePayload::wrong);
        };
        let service = ctx.data_unchecked::<ViewOnceService>();
        match service.update(AccountRef { id, user }, input.is_enabled).await {
            Ok(settings) => Ok(ViewOncePayload {
                view_once: Some(settings),
                notice: LEGAL_NOTICE,
                errors: Vec::new(),
                account_id: Some(id),
            }),
            Err(error) => refused(ctx, error).map(ViewOncePayload::wrong),
        }
    }

    /// Retries the capture of a message whose outcome is `QUOTA_EXHAUSTED` or `FAILED`. Answers at once with
    /// `isCapturing` true; `viewOnceMessageChanged` announces the outcome.
    async fn retry_capture(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The message.")] input: ViewOnceIdInput,
    ) -> Result<ViewOnceMessagePayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<ViewOnceService>();
        let retried = match ViewOnceId::from_global(&input.view_once_id) {
            Ok(id) => service.retry(user, id).await,
            Err(_) => Err(Refusal::UnknownMessage.into()),
        };
        match retried {
            Ok(message) => Ok(ViewOnceMessagePayload {
                message: Some(ViewOnceMessage(message)),
                errors: Vec::new(),
            }),
            Err(error) => Ok(ViewOnceMessagePayload {
                message: None,
                errors: vec![refused(ctx, error)?],
            }),
        }
    }
}
