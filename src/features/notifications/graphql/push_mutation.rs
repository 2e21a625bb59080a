use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result, SimpleObject};

use super::super::push::{
    Browser, NewBrowser, PushError, PushService, PushSubscriptionRef, WrongBrowser, WrongTarget,
};
use super::push::PushSubscription;
use crate::features::notifications::PushSubscriptionId;
use crate::features::schema::Viewer;
use crate::graphql::{ClientInfo, Link, UserError, internal, unauthenticated, viewer};
use crate::id::UserId;

/// Input of `addPushSubscription`: the browser, from its `PushSubscription.toJSON()`. A browser that is subscribed already
/// keeps its id and gets the new keys.
#[derive(InputObject)]
pub struct AddPushSubscriptionInput {
    /// Endpoint of the browser at its push service, `https://…`.
    endpoint: Link,
    /// Keys of the browser.
    keys: PushSubscriptionKeysInput,
    /// Name of the browser in the list, of which 500 characters are kept; the request's `User-Agent` when absent.
    user_agent: Option<String>,
}

/// Keys of a browser, as `keys` of its `PushSubscription.toJSON()`.
#[derive(InputObject)]
pub struct PushSubscriptionKeysInput {
    /// Public key of the browser: a point of the curve P-256 in base64url.
    #[graphql(name = "p256dh")]
    p256dh: String,
    /// Secret that the browser shares with the servers that may push: 16 bytes in base64url.
    auth: String,
}

/// Input of `removePushSubscription`: the browser, by its id or by its endpoint.
#[derive(OneofObject)]
pub enum RemovePushSubscriptionInput {
    /// Id of the push subscription.
    PushSubscriptionId(ID),
    /// Endpoint of the browser at its push service, as the browser itself knows it.
    Endpoint(Link),
}

/// Defines the payload of a change of the push subscriptions.
macro_rules! push_payload {
    ($(#[$doc:meta])* $name:ident { $(#[$field_doc:meta])* push_subscription }) => {
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            $(#[$field_doc])*
            push_subscription: Option<PushSubscription>,
            /// The viewer, with their new `pushSubscriptions`; null when there are errors.
            viewer: Option<Viewer>,
            /// Errors in the input; empty when the change was made.
            errors: Vec<UserError>,
        }

        impl $name {
            async fn of(ctx: &Context<'_>, user: UserId, done: Result<Browser, Vec<UserError>>) -> Result<Self> {
                Ok(match done {
                    Ok(browser) => Self {
                        push_subscription: Some(PushSubscription(browser)),
                        viewer: Viewer::find(ctx, user).await?,
                        errors: Vec::new(),
                    },
                    Err(errors) => Self { push_subscription: None, viewer: None, errors },
                })
            }
        }
    };
}

push_payload! {
    /// Payload of `addPushSubscription`.
    AddPushSubscriptionPayload {
        /// The browser that was subscribed; null when there are errors.
        push_subscription
    }
}

push_payload! {
    /// Payload of `removePushSubscription`.
    RemovePushSubscriptionPayload {
        /// The browser that was unsubscribed; null when there are errors.
        push_subscription
    }
}

/// Mutations of push subscriptions.
#[derive(Debug, Clone, Copy, Default)]
pub struct PushMutation;

#[Object(name = "PushMutation")]
impl PushMutation {
    /// Subscribes a browser, which then receives the notifications that the switches of `PUSH` allow. A user may have 20
    /// browsers.
    async fn add_push_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Browser to subscribe.")] input: AddPushSubscriptionInput,
    ) -> Result<AddPushSubscriptionPayload> {
        let viewer = viewer(ctx)?;
        // The server refuses a personal access token before: it has no session that the browser could follow.
        let session = viewer.session().ok_or_else(unauthenticated)?;
        let of_request = || ctx.data_opt::<ClientInfo>()?.user_agent.clone();
        let new = NewBrowser {
            endpoint: input.endpoint.into_text(),
            p256dh: input.keys.p256dh,
            auth: input.keys.auth,
            user_agent: input.user_agent.or_else(of_request),
        };
        let service = ctx.data_unchecked::<PushService>();
        let added = service.add(viewer.user, session, new).await;
        AddPushSubscriptionPayload::of(ctx, viewer.user, judge(ctx, added, &[])?).await
    }

    /// Unsubscribes a browser.
    async fn remove_push_subscription(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Browser to unsubscribe.")] input: RemovePushSubscriptionInput,
    ) -> Result<RemovePushSubscriptionPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<PushService>();
        let removed = match input {
            RemovePushSubscriptionInput::PushSubscriptionId(id) => {
                let path = ["pushSubscriptionId"];
                match PushSubscriptionId::from_global(&id) {
                    Ok(id) => judge(
                        ctx,
                        service.remove(user, PushSubscriptionRef::Id(id)).await,
                        &path,
                    )?,
                    Err(error) => Err(vec![UserError::no_id(&path, &error)]),
                }
            }
            RemovePushSubscriptionInput::Endpoint(endpoint) => {
                let which = PushSubscriptionRef::Endpoint(endpoint.into_text());
                judge(ctx, service.remove(user, which).await, &["endpoint"])?
            }
        };
        RemovePushSubscriptionPayload::of(ctx, user, removed).await
    }
}

/// Splits a failure into the errors of the payload, and what the client can do nothing about. `named` is the place of what
/// named the browser.
fn judge(
    ctx: &Context<'_>,
    done: Result<Browser, PushError>,
    named: &[&str],
) -> Result<Result<Browser, Vec<UserError>>> {
    let error = match done {
        Ok(browser) => return Ok(Ok(browser)),
        Err(error) => error,
    };
    Ok(Err(match error {
        PushError::Wrong(wrong) => wrong.iter().map(wrong_value).collect(),
        PushError::TooMany { limit, used } => {
            let [limit, used] = [limit, used].map(|count| i32::try_from(count).unwrap_or(i32::MAX));
            vec![UserError::limit(&[], "subscribed browsers", limit, used, None)]
        }
        PushError::Unknown => vec![unsubscribed(named)],
        PushError::Work(_) | PushError::Kept(_) => return Err(internal(ctx, error)),
    }))
}

/// The error of what named no browser: an id, or an endpoint that the browser knows.
fn unsubscribed(named: &[&str]) -> UserError {
    if named == ["endpoint"] {
        let message = "there is no push subscription with this endpoint; pass the endpoint of a browser that was subscribed";
        UserError::not_found(named, message)
    } else {
        UserError::unknown(named, "push subscription")
    }
}

fn wrong_value(wrong: &WrongBrowser) -> UserError {
    let path: &[&str] = match wrong {
        WrongBrowser::Address(_) | WrongBrowser::Keys(WrongTarget::Endpoint) => &["endpoint"],
        WrongBrowser::Keys(WrongTarget::PublicKey) => &["keys", "p256dh"],
        WrongBrowser::Keys(WrongTarget::Secret) => &["keys", "auth"],
    };
    UserError::invalid(path, wrong.to_string())
}
