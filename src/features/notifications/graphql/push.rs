use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::super::push::{Browser, PushService};
use super::super::store::pushes;
use crate::features::notifications::PushSubscriptionId;
use crate::graphql::{Entity, ReadError, Reader, internal, viewer};
use crate::id::UserId;
use crate::work::WorkError;

/// Fields that web push adds to the viewer.
#[derive(Debug, Clone, Copy)]
pub struct PushViewerFields(pub UserId);

#[Object(name = "PushViewerFields")]
impl PushViewerFields {
    /// Public key of the server, in base64url: `applicationServerKey` of the browser's `pushManager.subscribe`.
    async fn push_public_key(&self, ctx: &Context<'_>) -> String {
        ctx.data_unchecked::<PushService>().public_key()
    }

    /// Push subscriptions of the viewer, newest first, 20 at most. A push subscription ends with the session that created
    /// it.
    async fn push_subscriptions(&self, ctx: &Context<'_>) -> Result<Vec<PushSubscription>> {
        let found = ctx.data_unchecked::<PushService>().browsers(self.0).await;
        let browsers = found.map_err(|e| internal(ctx, e))?;
        Ok(browsers.into_iter().map(PushSubscription).collect())
    }
}

/// Browser that receives pushes. A push is JSON with `id`, `kind`, `title`, `createdAt` and `body`, where `body` is null
/// unless `showsPushDetails` is true. Show the push with `id` as its tag, so that a repeated push is shown once.
#[derive(Debug, Clone)]
pub struct PushSubscription(pub Browser);

/// Browser that receives pushes. A push is JSON with `id`, `kind`, `title`, `createdAt` and `body`, where `body` is null
/// unless `showsPushDetails` is true. Show the push with `id` as its tag, so that a repeated push is shown once.
#[Object]
impl PushSubscription {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Host of the browser's push service, such as `fcm.googleapis.com`.
    async fn service(&self) -> &str {
        &self.0.service
    }

    /// Name of the browser, such as its `User-Agent`; null when unknown.
    async fn user_agent(&self) -> Option<&str> {
        self.0.user_agent.as_deref()
    }

    /// True when the session of the request subscribed the browser.
    async fn is_current(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(viewer(ctx)?.session() == Some(self.0.session))
    }

    /// Time at which the browser was subscribed.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Time at which the push service last accepted a push; null before the first push.
    async fn pushed_at(&self) -> Option<DateTime<Utc>> {
        self.0.pushed_at
    }
}

impl Entity for PushSubscription {
    type Id = PushSubscriptionId;
    type Row = Browser;
    const NAME: &'static str = "push subscription";

    fn of(_: &Context<'_>, row: Browser) -> Self {
        Self(row)
    }
}

impl Loader<PushSubscriptionId> for Reader {
    type Value = Browser;
    type Error = ReadError;

    async fn load(
        &self,
        keys: &[PushSubscriptionId],
    ) -> Result<HashMap<PushSubscriptionId, Browser>, ReadError> {
        self.read(async |work| {
            let now = work.now;
            let mut found = HashMap::with_capacity(keys.len());
            for row in pushes::load_live(work, keys, now).await? {
                let browser = row.browser(&work.key).map_err(WorkError::unreadable)?;
                found.insert(browser.id, browser);
            }
            Ok(found)
        })
        .await
    }
}
