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

/// What to change of an account's view-once settings. What is absent stays as it is.
#[derive(Debug, InputObject)]
pub struct UpdateViewOnceInput {
    /// The account.
    account_id: ID,
    /// Whether content that WhatsApp delivers is captured. Show the payload's `notice` to whoever turns it on.
    is_enabled: Option<bool>,
}

/// The settings after a change, or what was wrong.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ViewOncePayload {
    /// The settings as they are now; null when nothing was changed.
    view_once: Option<ViewOnceSettings>,
    /// What somebody should know before they capture view-once messages: what the sender expects, and what the law may
    /// say. In English.
    notice: &'static str,
    /// What was wrong; empty when the change was made.
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

/// Which view-once message.
#[derive(Debug, InputObject)]
pub struct ViewOnceIdInput {
    /// The message.
    view_once_id: ID,
}

/// A view-once message after a mutation, or what was wrong.
#[derive(SimpleObject)]
pub struct ViewOnceMessagePayload {
    /// The message as it is now; null when nothing was done.
    message: Option<ViewOnceMessage>,
    /// What was wrong; empty when all was well.
    errors: Vec<UserError>,
}

/// What users change about view-once messages.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "ViewOnceMutation")]
impl Mutation {
    /// Turns the capture of view-once messages on or off for an account.
    async fn update_view_once(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to change.")] input: UpdateViewOnceInput,
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

    /// Fetches the content of a message once more that the quota refused, or that failed. Answers at once with
    /// `isCapturing`; what comes of it is told by `viewOnceCaptured`.
    async fn retry_capture(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which message.")] input: ViewOnceIdInput,
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
