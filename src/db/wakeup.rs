//! Wake-ups after commits: subscribers learn at once, in this process and on other nodes, that there is committed work.
//!
//! ```text
//! Tx::wake_on_commit -> COMMIT -> subscribers in this process
//!                              -> (debounced) NOTIFY -> subscribers on every other node
//! ```
//!
//! A wake-up carries no data and may be lost, so subscribers also poll the table. A node that a pooler gives no session to
//! listen in polls more often instead. The `NOTIFY` is not part of the
//! committing transactions: PostgreSQL lets only one transaction at a time commit that has one.

use std::pin::pin;
use std::time::Duration;

use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures::StreamExt as _;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::connection::{backend_pid, connect};
use super::outage::Outage;
use super::{Db, DbError};

/// The channel of `NOTIFY`. The name is the same in every release.
const CHANNEL: &str = "amda_bell";
/// Time for which wake-ups gather before other nodes are notified.
const DEBOUNCE: Duration = Duration::from_millis(50);
/// Time after which everybody looks again on a node that cannot listen.
const POLL_INTERVAL: Duration = Duration::from_secs(2);
/// Delay before a lost connection is replaced. This also ends an outage of the database, because it wakes everybody.
const RECONNECT_DELAY: Duration = Duration::from_secs(2);

/// The wake-ups of one [`Db`] and its clones.
#[derive(Debug)]
pub(super) struct Wakeup {
    subscribers: watch::Sender<()>,
    /// The subscribers to the wake-ups of other processes alone.
    subscribers_to_others: watch::Sender<()>,
    /// Notified when other nodes have to be notified.
    to_forward: Notify,
    /// The absence of the database, whose end wakes everybody here.
    pub(super) outage: Outage,
}

impl Wakeup {
    pub(super) fn new() -> Self {
        Self {
            subscribers: watch::Sender::new(()),
            subscribers_to_others: watch::Sender::new(()),
            to_forward: Notify::new(),
            outage: Outage::default(),
        }
    }

    /// Wakes the subscribers here and on other nodes.
    pub(super) fn wake(&self) {
        self.wake_here();
        self.wake_others();
    }

    /// Wakes the subscribers on other nodes.
    pub(super) fn wake_others(&self) {
        self.to_forward.notify_one();
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.subscribers.subscribe()
    }

    pub(super) fn subscribe_to_others(&self) -> watch::Receiver<()> {
        self.subscribers_to_others.subscribe()
    }

    /// Wakes the subscribers here, and those to other processes: one of those may have committed.
    fn heard(&self) {
        self.wake_here();
        self.subscribers_to_others.send_replace(());
    }

    /// Wakes the subscribers here.
    pub(super) fn wake_here(&self) {
        self.subscribers.send_replace(());
    }
}

/// Wakes the subscribers of every node when the transaction of `conn` commits, for a process that forwards no wake-ups.
///
/// # Errors
/// The database's.
pub async fn notify_on_commit(conn: &mut AsyncPgConnection) -> diesel::QueryResult<()> {
    conn.batch_execute(&format!("NOTIFY {CHANNEL}")).await
}

impl Db {
    /// Forwards wake-ups to and from other nodes until `stop`. Holds a connection of its own, which is replaced when it
    /// is lost.
    pub async fn forward_wakeups(self, stop: CancellationToken) {
        loop {
            let forward = async {
                if self.can_listen() {
                    self.forward().await
                } else {
                    self.forward_and_poll().await
                }
            };
            let ended = tokio::select! {
                () = stop.cancelled() => return,
                ended = forward => ended,
            };
            let Err(error) = ended;
            error.warn("wake-ups are not exchanged with other nodes until the connection is back");
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(RECONNECT_DELAY) => {}
            }
        }
    }

    async fn forward(&self) -> Result<std::convert::Infallible, DbError> {
        let mut conn = match &self.shared.direct_url {
            Some(direct) => connect(direct).await?,
            None => self.detached().await?,
        };
        let own_pid = backend_pid(&mut conn).await?;
        conn.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
        // For what was missed before `LISTEN`.
        self.shared.wakeup.wake_here();
        loop {
            tokio::select! {
                () = self.shared.wakeup.to_forward.notified() => {
                    tokio::time::sleep(DEBOUNCE).await;
                    conn.batch_execute(&format!("NOTIFY {CHANNEL}")).await?;
                }
                sender_pid = next_notification(&mut conn) => {
                    if sender_pid? != own_pid {
                        self.shared.wakeup.heard();
                    }
                }
            }
        }
    }

    /// As [`Self::forward`] without hearing the others.
    async fn forward_and_poll(&self) -> Result<std::convert::Infallible, DbError> {
        let mut look = tokio::time::interval(POLL_INTERVAL);
        loop {
            tokio::select! {
                () = self.shared.wakeup.to_forward.notified() => {
                    tokio::time::sleep(DEBOUNCE).await;
                    let mut tx = self.begin_without_user().await?;
                    notify_on_commit(&mut tx).await?;
                    tx.commit().await?;
                }
                _ = look.tick() => self.shared.wakeup.heard(),
            }
        }
    }
}

/// Waits for the next notification; returns the process id of the backend that sent it.
async fn next_notification(conn: &mut AsyncPgConnection) -> Result<i32, DbError> {
    let mut notifications = pin!(conn.notifications_stream());
    match notifications.next().await {
        Some(notification) => Ok(notification?.process_id),
        None => Err(DbError::connect("the connection was closed")),
    }
}
