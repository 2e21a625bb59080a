use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::debug;
use ulid::Ulid;

use super::local::MOST_ANNOUNCED;
use super::notice::{self, Newest};
use super::{LocalHub, log};
use crate::db::{Db, DbError};
use crate::id::UserId;
use crate::redis::{Heard, Redis, Subscription};

/// Interval at which the table is asked for events that no notice told of.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// Maximum number of users in one look into the table and in one round of notices.
const MAX_USERS: usize = 5_000;
/// Number of users whose events are read at the same time.
const CONCURRENT_READS: usize = 4;

/// Exchanges notices with other nodes.
#[derive(Debug)]
pub struct NoticeExchange {
    feed: Feed,
    redis: Option<Redis>,
    node: Ulid,
    outgoing: mpsc::Receiver<(UserId, i64)>,
}

impl NoticeExchange {
    pub(super) fn new(
        local: Arc<LocalHub>,
        db: Db,
        redis: Option<Redis>,
        node: Ulid,
        outgoing: mpsc::Receiver<(UserId, i64)>,
    ) -> Self {
        Self {
            feed: Feed { local, db },
            redis,
            node,
            outgoing,
        }
    }

    /// Exchanges notices until `stop`, and looks into the table while `has_others`.
    pub async fn run(self, has_others: watch::Receiver<bool>, stop: CancellationToken) {
        let Self {
            feed,
            redis,
            node,
            outgoing,
        } = self;
        let incoming = redis.as_ref().map(|redis| {
            let channels = notice::channels().map(|name| redis.channel(&name)).collect();
            redis.subscribe(channels)
        });
        tokio::select! {
            () = stop.cancelled() => {}
            () = send(redis, node, outgoing) => {}
            () = feed.run(incoming, node, has_others) => {}
        }
    }
}

/// Publishes the notices of this node, those that gathered meanwhile together.
async fn send(redis: Option<Redis>, node: Ulid, mut outgoing: mpsc::Receiver<(UserId, i64)>) {
    while let Some((user, newest)) = outgoing.recv().await {
        let mut gathered = Newest::from([(user, newest)]);
        while gathered.len() < MAX_USERS
            && let Ok((user, newest)) = outgoing.try_recv()
        {
            let known = gathered.entry(user).or_insert(newest);
            *known = newest.max(*known);
        }
        let Some(redis) = &redis else { continue };
        let notices = notice::write(node, &gathered);
        let notices = notices
            .into_iter()
            .map(|(name, line)| (redis.channel(&name), line));
        // Redis logs its absence itself; the others look into the table.
        let _ = redis.publish(notices.collect()).await;
    }
    // The hub ends with the server.
    std::future::pending::<()>().await;
}

/// Tells the subscribers of this node of events that other nodes wrote.
#[derive(Debug)]
struct Feed {
    local: Arc<LocalHub>,
    db: Db,
}

impl Feed {
    async fn run(self, mut incoming: Option<Subscription>, node: Ulid, has_others: watch::Receiver<bool>) {
        let mut look = interval(LOOK_INTERVAL);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let newest = tokio::select! {
                _ = look.tick() => {
                    if !*has_others.borrow() {
                        continue;
                    }
                    None
                }
                heard = hear(&mut incoming) => match heard {
                    Heard::Message(line) => Some(notice::read(node, &line)),
                    Heard::Gap => None,
                },
            };
            let newest = match newest {
                Some(newest) => newest,
                None => self.look().await,
            };
            futures::stream::iter(newest)
                .for_each_concurrent(CONCURRENT_READS, async |(user, newest)| {
                    self.catch_up(user, newest).await;
                })
                .await;
        }
    }

    /// The newest events of all users who have subscribers here, by the table.
    async fn look(&self) -> Newest {
        let mut newest = Newest::new();
        for users in self.local.subscribed_users().chunks(MAX_USERS) {
            match self.load_newest(users).await {
                Ok(loaded) => newest.extend(loaded),
                // The database logs its absence itself.
                Err(error) => debug!("the newest events of users cannot be looked up now: {error}"),
            }
        }
        newest
    }

    async fn load_newest(&self, users: &[UserId]) -> Result<Vec<(UserId, i64)>, DbError> {
        let mut tx = self.db.begin_without_user().await?;
        let newest = log::load_newest_of(&mut tx, users).await?;
        tx.commit().await?;
        Ok(newest)
    }

    /// Tells the subscribers to `user` of the events up to `newest`, unless they were told already.
    async fn catch_up(&self, user: UserId, newest: i64) {
        let Some(told) = self.local.told_before(user, newest) else {
            return;
        };
        if let Err(error) = self.tell(user, told, newest).await {
            debug!(user.id = %user, "the newest events of user {user} cannot be read now: {error}");
        }
    }

    /// Reads the events after `told` once for all subscribers. Of many, or when it is not known what
    /// they were told, the last ones do: a subscriber that sees a gap reads the table.
    async fn tell(&self, user: UserId, told: i64, newest: i64) -> Result<(), DbError> {
        let most = i64::try_from(MOST_ANNOUNCED).unwrap_or(i64::MAX);
        let mut tx = self.db.begin_without_limits(user).await?;
        // Whoever can write to Redis must not have events counted as told that are still to come.
        let newest = newest.min(log::load_newest(&mut tx, user).await?);
        let after = if told == 0 {
            newest - 1
        } else {
            told.max(newest - most)
        };
        let rows = log::load_after(&mut tx, user, after, most).await?;
        tx.commit().await?;
        self.local.announce_to(user, &rows, None, true);
        self.local.count_as_told(user, newest);
        Ok(())
    }
}

/// What is heard next on `incoming`; never, without it.
async fn hear(incoming: &mut Option<Subscription>) -> Heard {
    match incoming {
        Some(subscription) => subscription.next().await,
        None => std::future::pending().await,
    }
}
