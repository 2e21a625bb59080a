//! The connection of a server with the other nodes of its installation.

use std::sync::Arc;

use anyhow::Context as _;
use secrecy::SecretString;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::features::users::UsersService;
use crate::hub::{NodesHub, NoticeExchange};
use crate::limiter::Limiters;
use crate::redis::Redis;
use crate::work::Core;

/// What connects this server with the other nodes.
pub(super) struct OtherNodes {
    pub(super) redis: Redis,
    exchange: NoticeExchange,
    /// True while there may be others.
    presence: watch::Sender<bool>,
}

impl OtherNodes {
    /// Connects `core` with the other nodes by the Redis at `url`: its hub and its limiters.
    ///
    /// # Errors
    /// When Redis cannot be used; one that is away is no error.
    pub(super) async fn join(core: &mut Core, url: &SecretString) -> anyhow::Result<Self> {
        let secret = core.vault.master().derive("redis");
        let redis = Redis::open(url, &*secret)
            .await
            .context("the Redis of REDIS_URL cannot be used")?;
        let (hub, exchange) = NodesHub::new(core.db.clone(), Some(redis.clone()), core.ids.next());
        core.hub = Arc::new(hub);
        core.limiters = Limiters::across_nodes(Arc::clone(&core.clock), redis.clone());
        Ok(Self {
            redis,
            exchange,
            // Who gives a Redis has, or will have, several.
            presence: watch::Sender::new(true),
        })
    }

    /// Spawns what tells this server of the others, until `stop`.
    pub(super) fn spawn(self, users: UsersService, tasks: &TaskTracker, stop: &CancellationToken) {
        let Self {
            redis,
            exchange,
            presence,
        } = self;
        let exchange = exchange.run(presence.subscribe(), stop.clone());
        tasks.spawn(async move {
            exchange.await;
            redis.close().await;
        });
        tasks.spawn(users.follow_revocations(presence.subscribe(), stop.clone()));
    }
}
