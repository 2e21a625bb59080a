//! A bell: whoever waits for committed work hears at once that there is some, in this process and on other nodes.
//!
//! ```text
//! Tx::wake_on_commit -> COMMIT -> whoever waits here
//!                              -> (gathered) NOTIFY -> the bell of every other node
//! ```
//!
//! It carries no news but that there is some, and it may be lost; whoever waits looks at the table from time to time as
//! well. The `NOTIFY` is not part of the transactions that ring: PostgreSQL lets one commit at a time that has any.

use std::pin::pin;
use std::time::Duration;

use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures::StreamExt as _;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::{Db, DbError};

const CHANNEL: &str = "amda_bell";
/// How long rings gather before other nodes are told.
const GATHER: Duration = Duration::from_millis(50);
/// How long after a lost connection another is tried.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// Rings for everybody who shares a [`Db`].
#[derive(Debug)]
pub(super) struct Bell {
    rings: watch::Sender<()>,
    /// It was rung here, so others are to be told.
    to_pass_on: Notify,
}

impl Bell {
    pub(super) fn new() -> Self {
        Self {
            rings: watch::Sender::new(()),
            to_pass_on: Notify::new(),
        }
    }

    pub(super) fn ring(&self) {
        self.rings.send_replace(());
        self.to_pass_on.notify_one();
    }

    pub(super) fn listen(&self) -> watch::Receiver<()> {
        self.rings.subscribe()
    }
}

diesel::define_sql_function! {
    /// The number of this connection's server process.
    fn pg_backend_pid() -> Integer;
}

impl Db {
    /// Tells other nodes when the bell rings here, and rings it when they tell, until `stop`. Takes a connection of its
    /// own, and another when that is lost.
    pub async fn pass_wakeups_on(self, stop: CancellationToken) {
        loop {
            let passed = tokio::select! {
                () = stop.cancelled() => return,
                passed = self.pass_on() => passed,
            };
            let Err(error) = passed;
            tracing::warn!("other nodes are not told of due work just now: {error}");
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(TRY_AGAIN) => {}
            }
        }
    }

    async fn pass_on(&self) -> Result<std::convert::Infallible, DbError> {
        let mut conn = self.detached().await?;
        let own_pid: i32 = diesel::select(pg_backend_pid()).get_result(&mut conn).await?;
        conn.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
        // What was missed while nobody listened.
        self.bell.rings.send_replace(());
        loop {
            tokio::select! {
                () = self.bell.to_pass_on.notified() => {
                    tokio::time::sleep(GATHER).await;
                    conn.batch_execute(&format!("NOTIFY {CHANNEL}")).await?;
                }
                heard_from = next_notice(&mut conn) => {
                    if heard_from? != own_pid {
                        self.bell.rings.send_replace(());
                    }
                }
            }
        }
    }
}

/// Waits for the next notice; answers with the server process of whoever gave it.
async fn next_notice(conn: &mut AsyncPgConnection) -> Result<i32, DbError> {
    let mut notices = pin!(conn.notifications_stream());
    match notices.next().await {
        Some(notice) => Ok(notice?.process_id),
        None => Err(DbError::Connect("the connection was closed".to_owned())),
    }
}
