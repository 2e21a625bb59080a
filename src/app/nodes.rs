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

/// What connects this server with the other nodes: the database, and a Redis that makes it faster.
pub(super) struct OtherNodes {
    pub(super) redis: Option<Redis>,
    exchange: NoticeExchange,
}

impl OtherNodes {
    /// Connects `core` with the other nodes: its hub and, with the Redis at `url`, its limiters.
    ///
    /// # Errors
    /// When Redis cannot be used; one that is away is no error.
    pub(super) async fn join(core: &mut Core, url: Option<&SecretString>) -> anyhow::Result<Self> {
        let redis = match url {
            Some(url) => {
                let secret = core.vault.secret().derive("redis");
                let redis = Redis::open(url, &*secret).await;
                Some(redis.context("the Redis of REDIS_URL cannot be used")?)
            }
            None => None,
        };
        let (hub, exchange) = NodesHub::new(core.db.clone(), redis.clone(), core.ids.next());
        core.hub = Arc::new(hub);
        if let Some(redis) = &redis {
            core.limiters =
                Limiters::across_nodes(Arc::clone(&core.clock), core.metrics.clone(), redis.clone());
        }
        Ok(Self { redis, exchange })
    }

    /// Spawns what tells this server of the others while it `has_others`, until `stop`.
    pub(super) fn spawn(
        self,
        users: UsersService,
        has_others: &watch::Receiver<bool>,
        tasks: &TaskTracker,
        stop: &CancellationToken,
    ) {
        let Self { redis, exchange } = self;
        let exchange = exchange.run(has_others.clone(), stop.clone());
        tasks.spawn(async move {
            exchange.await;
            if let Some(redis) = redis {
                redis.close().await;
            }
        });
        tasks.spawn(users.follow_revocations(has_others.clone(), stop.clone()));
    }
}
