use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{ConsumeError, EventConsumer, store};
use crate::hub;
use crate::id::UserId;
use crate::telemetry;
use crate::work::{Core, WorkError};

/// Maximum number of events consumed in one transaction.
const PAGE_SIZE: i64 = 500;
/// Number of users whose events are consumed at the same time.
const CONCURRENT_USERS: usize = 4;
/// Time for which announcements gather before they are consumed, so that a burst costs few transactions.
const DEBOUNCE: Duration = Duration::from_millis(100);
/// Delay before the events of a user are looked for again whose events another node consumes: it may have begun before
/// the newest one was there.
const BUSY_DELAY: Duration = Duration::from_millis(250);
/// Time after the news that another process wrote something until the table is asked: a server has consumed its own
/// events by then, and those of a command are left.
const OTHERS_DELAY: Duration = Duration::from_secs(1);
/// Interval at which the table is asked for users with unconsumed events.
const SWEEP_INTERVAL: Duration = Duration::from_secs(30);

/// News of events.
#[derive(Debug)]
enum News {
    /// This node wrote events of these users.
    Own(HashSet<UserId>),
    /// This node wrote events, and the table tells of which users.
    OwnLost,
    /// Other processes may have written events, and the table tells of which users.
    OfOthers,
}

/// What became of a user's page of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    /// There are no more events.
    Last,
    /// There may be more.
    More,
    /// Another node consumes the user's events.
    Busy,
}

/// Passes the events of all users to the consumers.
#[derive(Debug)]
pub struct ConsumerLoop {
    core: Core,
    consumers: Vec<Arc<dyn EventConsumer>>,
}

impl ConsumerLoop {
    /// A loop over `consumers`, called in order.
    pub fn new(core: Core, consumers: Vec<Arc<dyn EventConsumer>>) -> Self {
        Self { core, consumers }
    }

    /// Consumes events until `stop`; what is left then is consumed after the next start. Events that no announcement told
    /// of, such as those of a command in another process, are announced to the subscribers here.
    pub async fn run(self, stop: CancellationToken) {
        let mut announcements = self.core.hub.subscribe_to_all();
        let others = self.core.db.subscribe_to_wakeups_of_others();
        let mut others = Box::pin(until_others_wrote(others));
        let mut sweep = tokio::time::interval(SWEEP_INTERVAL);
        let mut behind: HashSet<UserId> = HashSet::new();
        let mut busy: HashSet<UserId> = HashSet::new();
        loop {
            let wait = match (behind.is_empty(), busy.is_empty()) {
                (true, true) => None,
                (true, false) => Some(BUSY_DELAY),
                // While a user is behind, nothing waits for new announcements.
                (false, _) => Some(Duration::ZERO),
            };
            let news = tokio::select! {
                biased;
                () = stop.cancelled() => return,
                _ = sweep.tick() => News::OfOthers,
                again = &mut others => {
                    others.set(until_others_wrote(again));
                    News::OfOthers
                }
                news = gather(&mut announcements, wait) => news,
            };
            behind.extend(busy.drain());
            let mut of_others = HashSet::new();
            match news {
                News::Own(users) => behind.extend(users),
                News::OwnLost => behind.extend(self.find_behind_and_announce().await),
                News::OfOthers => {
                    of_others = self.find_behind_and_announce().await;
                    of_others.retain(|user| !behind.contains(user));
                    behind.extend(&of_others);
                }
            }
            let pages = self.consume_pages(std::mem::take(&mut behind), &stop).await;
            for (user, page) in pages {
                match page {
                    Page::Last => {}
                    Page::More => drop(behind.insert(user)),
                    // Who consumes them heard of them too.
                    Page::Busy if of_others.contains(&user) => {}
                    Page::Busy => drop(busy.insert(user)),
                }
            }
        }
    }

    /// Consumes a page of each of `users`, until `stop`.
    async fn consume_pages(&self, users: HashSet<UserId>, stop: &CancellationToken) -> Vec<(UserId, Page)> {
        futures::stream::iter(users)
            .take_until(stop.cancelled())
            .map(|user| async move { (user, self.consume_page_or_log(user).await) })
            .buffer_unordered(CONCURRENT_USERS)
            .collect()
            .await
    }

    /// Consumes one page of a user's events; logs a failure.
    async fn consume_page_or_log(&self, user: UserId) -> Page {
        self.consume_page(user).await.unwrap_or_else(|error| {
            // The next sweep finds the user again.
            let chain = telemetry::chain(&*error);
            warn!(user.id = %user, "the events of user {user} could not be consumed: {chain}");
            Page::Last
        })
    }

    /// Consumes one page of a user's events.
    async fn consume_page(&self, user: UserId) -> Result<Page, ConsumeError> {
        let mut work = self.core.begin(user).await?;
        let Some(position) = store::lock_position(&mut work, user).await? else {
            work.rollback().await?;
            return Ok(Page::Busy);
        };
        let events = hub::load_after(&mut work, user, position, PAGE_SIZE).await?;
        let Some(last) = events.last() else {
            work.rollback().await?;
            return Ok(Page::Last);
        };
        for consumer in &self.consumers {
            consumer.consume(&mut work, &events).await?;
        }
        store::save_position(&mut work, user, last.sequence).await?;
        work.commit().await?;
        let is_full = i64::try_from(events.len()).is_ok_and(|count| count == PAGE_SIZE);
        Ok(if is_full { Page::More } else { Page::Last })
    }

    /// The users with unconsumed events, by the table. The newest event of each is announced: its subscribers read from
    /// the table what they have not heard of.
    async fn find_behind_and_announce(&self) -> HashSet<UserId> {
        let behind = self.find_behind().await;
        for user in &behind {
            if let Err(error) = self.announce_newest(*user).await {
                let chain = telemetry::chain(&error);
                warn!(user.id = %user, "the newest event of user {user} could not be announced: {chain}");
            }
        }
        behind
    }

    async fn announce_newest(&self, user: UserId) -> Result<(), WorkError> {
        let mut tx = self.core.db.begin(user).await?;
        let newest = hub::load_newest(&mut tx, user).await?;
        let rows = hub::load_after(&mut tx, user, newest - 1, 1).await?;
        tx.commit().await?;
        self.core.hub.tell_subscribers(user, &rows);
        Ok(())
    }

    /// The users with unconsumed events, by the table.
    async fn find_behind(&self) -> HashSet<UserId> {
        let asked = async {
            let mut tx = self.core.db.begin_without_user().await?;
            let users = store::users_behind(&mut tx).await?;
            tx.commit().await?;
            Ok::<_, WorkError>(users)
        };
        asked
            .await
            .inspect_err(|error| {
                let chain = telemetry::chain(error);
                warn!("users with unconsumed events could not be loaded: {chain}");
            })
            .map(HashSet::from_iter)
            .unwrap_or_default()
    }
}

/// Returns a while after another process wrote something.
async fn until_others_wrote(mut others: watch::Receiver<()>) -> watch::Receiver<()> {
    // The sender lives as long as the database's handle.
    let _ = others.changed().await;
    tokio::time::sleep(OTHERS_DELAY).await;
    others
}

/// Takes the announcements that came; waits for the first one, at most for `wait` where that is given, and gathers more
/// for a moment after it.
async fn gather(announcements: &mut Receiver<UserId>, wait: Option<Duration>) -> News {
    let mut users: HashSet<UserId> = HashSet::new();
    let first = match wait {
        None => Some(announcements.recv().await),
        Some(wait) => timeout(wait, announcements.recv()).await.ok(),
    };
    match first {
        Some(Ok(user)) => {
            users.insert(user);
            if wait != Some(Duration::ZERO) {
                tokio::time::sleep(DEBOUNCE).await;
            }
        }
        Some(Err(RecvError::Lagged(_))) => return News::OwnLost,
        // The hub ends with the server; the sweep goes on until then.
        Some(Err(RecvError::Closed)) => std::future::pending().await,
        None => {}
    }
    loop {
        match announcements.try_recv() {
            Ok(user) => users.extend([user]),
            Err(TryRecvError::Lagged(_)) => return News::OwnLost,
            Err(TryRecvError::Empty | TryRecvError::Closed) => return News::Own(users),
        }
    }
}
