use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::super::push::{Browser, NewBrowser, PushError, PushService, PushSubscriptionRef, WrongTarget};
use crate::features::notifications::PushSubscriptionId;
use crate::graphql::{ClientInfo, UserError, internal, viewer};
use crate::id::UserId;

/// Fields that web push adds to a user.
#[derive(Debug, Clone, Copy)]
pub struct PushViewerFields(pub UserId);

#[Object(name = "PushViewerFields")]
impl PushViewerFields {
    /// The key to subscribe a browser with: `applicationServerKey` of `pushManager.subscribe`.
    async fn push_public_key(&self, ctx: &Context<'_>) -> String {
        ctx.data_unchecked::<PushService>().public_key()
    }

    /// Push subscriptions of the user, newest first, at most 20. A subscription ends with the session that created it.
    async fn push_subscriptions(&self, ctx: &Context<'_>) -> Result<Vec<PushSubscription>> {
        let found = ctx.data_unchecked::<PushService>().browsers(self.0).await;
        let browsers = found.map_err(|e| internal(ctx, e))?;
        Ok(browsers.into_iter().map(PushSubscription).collect())
    }
}

/// Browser that receives pushes. It gets JSON with `id`, `kind`, `title`, `createdAt` and `body`, which is null
/// unless `pushShowsDetails` is on. Show it with `id` as the tag: a repeated push is then shown once.
#[derive(Debug, Clone)]
pub struct PushSubscription(pub Browser);

/// Browser that receives pushes. It gets JSON with `id`, `kind`, `title`, `createdAt` and `body`, which is null
/// unless `pushShowsDetails` is on. Show it with `id` as the tag: a repeated push is then shown once.
#[Object]
impl PushSubscription {
    /// Opaque global id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The host of its push service, such as `fcm.googleapis.com`.
    async fn service(&self) -> &str {
        &self.0.service
    }

    /// Name of the browser, such as its `User-Agent`; null when unknown.
    async fn user_agent(&self) -> Option<&str> {
        self.0.user_agent.as_deref()
    }

    /// True when the session of this request subscribed it.
    async fn is_current(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(viewer(ctx)?.session == self.0.session)
    }

    /// Time at which it was subscribed.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Time at which its push service last accepted a push; null before the first.
    async fn pushed_at(&self) -> Option<DateTime<Utc>> {
        self.0.pushed_at
    }
}

/// Browser to subscribe, from its `PushSubscription.toJSON()`. A subscribed one keeps its id and gets the new keys.
#[derive(InputObject)]
pub struct AddPushSubscriptionInput {
    /// Endpoint at its push service: https.
    endpoint: String,
    /// Public key: `keys.p256dh`.
    #[graphql(name = "p256dh")]
    p256dh: String,
    /// Shared secret: `keys.auth`.
    auth: String,
    /// Name in the list; the request's `User-Agent` when absent.
    user_agent: Option<String>,
}

/// Browser to unsubscribe: pass exactly one of the two fields.
#[derive(InputObject)]
pub struct RemovePushSubscriptionInput {
    /// Id of the subscription.
    id: Option<ID>,
    /// Endpoint at its push service, as the browser itself knows it.
    endpoint: Option<String>,
}

impl RemovePushSubscriptionInput {
    fn parse(self) -> Result<PushSubscriptionRef, UserError> {
        match (self.id, self.endpoint) {
            (Some(id), None) => PushSubscriptionId::from_global(&id)
                .map(PushSubscriptionRef::Id)
                .map_err(|e| UserError::invalid(&["id"], e.to_string())),
            (None, Some(endpoint)) => Ok(PushSubscriptionRef::Endpoint(endpoint)),
            (None, None) | (Some(_), Some(_)) => Err(UserError::invalid(
                &[],
                "pass either `id` or `endpoint`, not both",
            )),
        }
    }
}

/// Result of a change of the push subscriptions.
#[derive(Debug, SimpleObject)]
pub struct PushSubscriptionPayload {
    /// The browser that was subscribed or unsubscribed; null when nothing was changed.
    push_subscription: Option<PushSubscription>,
    /// Errors in the input; empty when the change was made.
    errors: Vec<UserError>,
}

impl PushSubscriptionPayload {
    fn of(ctx: &Context<'_>, done: Result<Browser, PushError>) -> Result<Self> {
        match done {
            Ok(browser) => Ok(Self {
                push_subscription: Some(PushSubscription(browser)),
                errors: Vec::new(),
            }),
            Err(error) => refused(ctx, error).map(Self::wrong),
        }
    }

    fn wrong(error: UserError) -> Self {
        Self {
            push_subscription: None,
            errors: vec![error],
        }
    }
}

fn refused(ctx: &Context<'_>, error: PushError) -> Result<UserError> {
    let message = error.to_string();
    Ok(match error {
        PushError::Address(_) | PushError::Keys(WrongTarget::Endpoint) => {
            UserError::invalid(&["endpoint"], message)
        }
        PushError::Keys(WrongTarget::PublicKey) => UserError::invalid(&["p256dh"], message),
        PushError::Keys(WrongTarget::Secret) => UserError::invalid(&["auth"], message),
        PushError::TooMany { .. } => {
            let message = format!("{message}; remove one first");
            UserError::conflict(&[], message)
        }
        PushError::Unknown => UserError::unknown(&[], "push subscription"),
        PushError::Work(_) | PushError::Kept(_) => return Err(internal(ctx, error)),
    })
}

/// Mutations of push subscriptions.
#[derive(Debug, Clone, Copy, Default)]
pub struct PushMutation;

#[Object(name = "PushMutation")]
impl PushMutation {
    /// Subscribes a browser, which then receives the notifications that the user's switches allow.
    async fn add_push_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The browser.")] input: AddPushSubscriptionInput,
    ) -> Result<PushSubscriptionPayload> {
        let viewer = viewer(ctx)?;
        let of_request = || ctx.data_opt::<ClientInfo>()?.user_agent.clone();
        let new = NewBrowser {
            endpoint: input.endpoint,
            p256dh: input.p256dh,
            auth: input.auth,
            user_agent: input.user_agent.or_else(of_request),
        };
        let added = ctx.data_unchecked::<PushService>().add(viewer, new).await;
        PushSubscriptionPayload::of(ctx, added)
    }

    /// Unsubscribes a browser.
    async fn remove_push_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The browser.")] input: RemovePushSubscriptionInput,
    ) -> Result<PushSubscriptionPayload> {
        let user = viewer(ctx)?.user;
        let which = match input.parse() {
            Ok(which) => which,
            Err(wrong) => return Ok(PushSubscriptionPayload::wrong(wrong)),
        };
        let removed = ctx.data_unchecked::<PushService>().remove(user, which).await;
        PushSubscriptionPayload::of(ctx, removed)
    }
}
