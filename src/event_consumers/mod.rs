//! Whoever acts on a user's events after the fact: notices, webhooks, analytics.
//!
//! ```text
//! commit -> hub tells who -> one transaction: the events after the mark, each follower in order, the mark moved
//! ```
//!
//! The mark moves with what the followers wrote, so each event is followed exactly once, whatever crashes. A follower
//! writes rows and jobs of the same user and calls no other system. What the hub did not tell is found by a sweep. In each
//! round everybody who has news gets one page, so that nobody's backlog holds up the others.

mod store;

use std::collections::HashSet;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt as _;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::hub::{self, EventRow};
use crate::id::UserId;
use crate::work::{Core, Work, WorkError};

/// How many events are followed in one transaction.
const PAGE: i64 = 500;
/// How many users are followed at once.
const AT_ONCE: usize = 4;
/// How long news gathers before it is followed, so that a burst costs few transactions.
const GATHER: Duration = Duration::from_millis(100);
/// How often the table is asked who was forgotten.
const SWEEP: Duration = Duration::from_secs(30);

/// Why events were not followed: the follower's own error, kept whole for the log.
pub type ConsumeError = Box<dyn std::error::Error + Send + Sync>;

/// Acts on events that are durable.
#[async_trait]
pub trait EventConsumer: Debug + Send + Sync {
    /// The name of its folder.
    fn name(&self) -> &'static str;

    /// Takes note of what happened to one user, in order. What it emits comes to it again, with the next events.
    ///
    /// # Errors
    /// The database's, mostly: then nothing of it was done, and the same events come again.
    async fn follow(&self, work: &mut Work, events: &[EventRow]) -> Result<(), ConsumeError>;
}

/// Follows the events of all users.
#[derive(Debug)]
pub struct ConsumerLoop {
    core: Core,
    followers: Vec<Arc<dyn EventConsumer>>,
}

impl ConsumerLoop {
    /// Followers, in the order in which they are told.
    pub fn new(core: Core, followers: Vec<Arc<dyn EventConsumer>>) -> Self {
        Self { core, followers }
    }

    /// Follows until `stop`; what is left then is followed after the next start.
    pub async fn run(self, stop: CancellationToken) {
        let mut news = self.core.hub.subscribe_to_all();
        let mut sweep = tokio::time::interval(SWEEP);
        let mut behind: HashSet<UserId> = HashSet::new();
        loop {
            let fresh = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = sweep.tick() => None,
                // Whoever has more waits for nobody's news.
                users = gather(&mut news, behind.is_empty()) => users,
            };
            behind.extend(match fresh {
                Some(users) => users,
                None => self.forgotten().await,
            });
            behind = self.round(behind, &stop).await;
        }
    }

    /// Follows a page of each of `users`, as long as nobody says `stop`; answers with those who have more.
    async fn round(&self, users: HashSet<UserId>, stop: &CancellationToken) -> HashSet<UserId> {
        futures::stream::iter(users)
            .take_until(stop.cancelled())
            .map(|user| async move { self.follow_one(user).await.then_some(user) })
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready)
            .collect()
            .await
    }

    /// Follows one page of a user's events. True when there is more for now.
    async fn follow_one(&self, user: UserId) -> bool {
        self.follow(user).await.unwrap_or_else(|error| {
            // The sweep comes by again.
            warn!(user.id = %user, error, "the events of user {user} could not be followed");
            false
        })
    }

    /// Follows one page of a user's events. True when there may be more.
    async fn follow(&self, user: UserId) -> Result<bool, ConsumeError> {
        let mut work = self.core.begin(user).await?;
        let Some(followed) = store::lock(&mut work, user).await? else {
            // Another node is at it.
            work.rollback().await?;
            return Ok(false);
        };
        let events = hub::load_after(&mut work, user, followed, PAGE).await?;
        let Some(last) = events.last() else {
            work.rollback().await?;
            return Ok(false);
        };
        for follower in &self.followers {
            follower.follow(&mut work, &events).await?;
        }
        store::mark(&mut work, user, last.sequence).await?;
        work.commit().await?;
        Ok(i64::try_from(events.len()).is_ok_and(|count| count == PAGE))
    }

    async fn forgotten(&self) -> HashSet<UserId> {
        let asked = async {
            let mut tx = self.core.db.begin_for_nobody().await?;
            let users = store::users_behind(&mut tx).await?;
            tx.commit().await?;
            Ok::<_, WorkError>(users)
        };
        asked
            .await
            .inspect_err(|error| warn!(%error, "it could not be asked whose events were not followed"))
            .map(HashSet::from_iter)
            .unwrap_or_default()
    }
}

/// Takes the news that came, or, when it `waits`, waits for some and gathers more for a moment. None when some were
/// lost, so that the table must be asked.
async fn gather(news: &mut Receiver<UserId>, waits: bool) -> Option<HashSet<UserId>> {
    let mut users: HashSet<UserId> = HashSet::new();
    if waits {
        match news.recv().await {
            Ok(user) => users.extend([user]),
            Err(RecvError::Lagged(_)) => return None,
            // The hub goes with the server; the sweep goes on until then.
            Err(RecvError::Closed) => std::future::pending().await,
        }
        tokio::time::sleep(GATHER).await;
    }
    loop {
        match news.try_recv() {
            Ok(user) => users.extend([user]),
            Err(TryRecvError::Lagged(_)) => return None,
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(users),
        }
    }
}
