//! Several nodes of one installation, on one database and one real Redis.

mod backlogs;
mod hub;
mod limits;
mod revocations;
pub(crate) mod server;
mod servers;
mod start;

use std::sync::Arc;

use amda::clock::{SharedClock, SystemClock};
use amda::hub::{EventKind, EventRow, EventStream, NodesHub};
use amda::id::{AccountId, Ids, UserId};
use amda::limiter::Limiters;
use amda::redis::Redis;
use amda::work::Core;
use secrecy::SecretString;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::support::core::core;
use crate::support::database::TestDatabase;
use crate::support::websocket::SOON;

/// The secret that the nodes of one installation share.
const SECRET: &[u8] = b"the same on every node of one installation";

/// Two nodes.
struct Nodes {
    here: Core,
    there: Core,
    _database: TestDatabase,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Nodes {
    /// Two nodes on one database and the Redis at `url`.
    async fn start(url: &SecretString) -> Self {
        let database = TestDatabase::create().await;
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let here = node(&database, url, &stop, &tasks).await;
        let mut there = node(&database, url, &stop, &tasks).await;
        there.vault = Arc::clone(&here.vault);
        Self {
            here,
            there,
            _database: database,
            stop,
            tasks,
        }
    }

    /// Emits one event of `user` on the first node.
    async fn emit_here(&self, user: UserId) {
        emit(&self.here, user).await;
    }

    async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// A node whose hub and limiters use the Redis at `url`.
async fn node(
    database: &TestDatabase,
    url: &SecretString,
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> Core {
    let clock: SharedClock = Arc::new(SystemClock);
    let mut core = core(database, Arc::clone(&clock));
    let redis = Redis::open(url, SECRET).await.unwrap();
    // Not by the seeded ids of the core, which are the same on both.
    let id = Ids::new(Arc::clone(&clock)).next();
    let (hub, exchange) = NodesHub::new(core.db.clone(), Some(redis.clone()), id);
    core.hub = Arc::new(hub);
    core.limiters = Limiters::across_nodes(clock, core.metrics.clone(), redis);
    tasks.spawn(exchange.run(watch::Sender::new(true).subscribe(), stop.clone()));
    core
}

async fn emit(core: &Core, user: UserId) {
    let mut work = core.begin(user).await.unwrap();
    work.emit(EventKind::ProfileChanged, None::<AccountId>, user);
    work.commit().await.unwrap();
}

/// The next event of a stream, which must come soon.
async fn next(events: &mut EventStream) -> EventRow {
    timeout(SOON, events.next())
        .await
        .expect("an event comes")
        .unwrap()
}
