//! One server at a time per database: two would run two clients of each linked device and break its Signal sessions.
//!
//! A server holds an advisory lock on a connection of its own. PostgreSQL releases the lock with the connection, so a
//! killed server does not block the next one. A connection that is lost while the server runs is replaced as soon as
//! the database can be reached; when another server has taken the lock meanwhile, this one must stop.

use std::pin::pin;
use std::time::Duration;

use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures::StreamExt as _;
use secrecy::SecretString;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{error, info, warn};

use super::DbError;
use super::connection::connect;

/// The number of the lock, the same in every release.
const LOCK: i64 = 4_702_985_232;
/// TCP keep-alive of PostgreSQL's end: by default, the connection of a machine that vanished lasts for hours.
const TCP_KEEP_ALIVE: &str =
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";
/// Interval at which the lock is tried while another server has it, or while there is no connection.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);
/// Interval at which the connection is checked.
const CHECK_INTERVAL: Duration = Duration::from_secs(15);
/// Time limit of each statement on the connection.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(10);

/// The lock that makes this process the only server of a database, until [`SingleServer::release`] or drop.
#[derive(Debug)]
pub struct SingleServer {
    released: CancellationToken,
    lost: CancellationToken,
    holder: AbortOnDropHandle<()>,
}

impl SingleServer {
    /// Takes the lock of the database of `url`; waits until no other server has it.
    ///
    /// # Errors
    /// [`DbError::Connect`] or [`DbError::Query`].
    pub async fn claim(url: &SecretString) -> Result<Self, DbError> {
        let mut conn = connect_to_lock(url).await?;
        if !try_lock(&mut conn).await? {
            info!("waiting for the AMDA that serves this database to stop");
            while !try_lock(&mut conn).await? {
                sleep(RETRY_INTERVAL).await;
            }
        }
        let (released, lost) = (CancellationToken::new(), CancellationToken::new());
        let holder = hold(url.clone(), conn, released.clone(), lost.clone());
        Ok(Self {
            released,
            lost,
            holder: AbortOnDropHandle::new(tokio::spawn(holder)),
        })
    }

    /// Returns when another server has taken the lock, which it can after the connection was lost.
    pub async fn lost(&self) {
        self.lost.cancelled().await;
    }

    /// Releases the lock; returns when another server can take it.
    pub async fn release(self) {
        self.released.cancel();
        // A panic of the task has closed the connection too.
        let _ = self.holder.await;
    }
}

/// Holds the lock, and replaces its connection when that is lost, until `released`.
async fn hold(
    url: SecretString,
    mut conn: AsyncPgConnection,
    released: CancellationToken,
    lost: CancellationToken,
) {
    loop {
        tokio::select! {
            () = released.cancelled() => {
                // Unlocked explicitly, because PostgreSQL notices the end of a connection somewhat later.
                let _ = timeout(STATEMENT_TIMEOUT, conn.batch_execute("SELECT pg_advisory_unlock_all()")).await;
                return;
            }
            () = until_closed(&mut conn) => {}
        }
        warn!("lost the connection that holds the lock of this database; taking the lock again");
        conn = tokio::select! {
            () = released.cancelled() => return,
            reconnected = reconnect(&url) => match reconnected {
                Some(conn) => conn,
                None => {
                    error!("another AMDA serves this database now; this one stops");
                    lost.cancel();
                    return;
                }
            }
        };
    }
}

async fn until_closed(conn: &mut AsyncPgConnection) {
    loop {
        let is_closed = tokio::select! {
            () = notifications_end(conn) => true,
            () = sleep(CHECK_INTERVAL) => false,
        };
        if is_closed || !is_alive(conn).await {
            return;
        }
    }
}

/// Returns when the stream of notifications ends, which it does with the connection: no channel is listened to.
async fn notifications_end(conn: &mut AsyncPgConnection) {
    let mut notifications = pin!(conn.notifications_stream());
    while let Some(Ok(_)) = notifications.next().await {}
}

async fn is_alive(conn: &mut AsyncPgConnection) -> bool {
    let answer = timeout(STATEMENT_TIMEOUT, conn.batch_execute("SELECT 1")).await;
    matches!(answer, Ok(Ok(())))
}

/// Takes the lock on another connection, as soon as there is one; none when another server has it.
async fn reconnect(url: &SecretString) -> Option<AsyncPgConnection> {
    loop {
        let locked = async {
            let mut conn = connect_to_lock(url).await?;
            let is_ours = try_lock(&mut conn).await?;
            Ok::<_, DbError>(is_ours.then_some(conn))
        };
        if let Ok(Ok(locked)) = timeout(STATEMENT_TIMEOUT, locked).await {
            return locked;
        }
        sleep(RETRY_INTERVAL).await;
    }
}

async fn connect_to_lock(url: &SecretString) -> Result<AsyncPgConnection, DbError> {
    let mut conn = connect(url).await?;
    conn.batch_execute(TCP_KEEP_ALIVE).await?;
    Ok(conn)
}

/// True when a server has the lock of this database. Takes no lock, so that no server waits for who asks.
///
/// # Errors
/// The database's.
pub async fn is_served(conn: &mut AsyncPgConnection) -> QueryResult<bool> {
    let query = format!(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND (classid::bigint << 32) | objid::bigint = {LOCK}) AS is_held"
    );
    let Answer { is_held } = diesel::sql_query(query).get_result(conn).await?;
    Ok(is_held)
}

#[derive(diesel::QueryableByName)]
struct Answer {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    is_held: bool,
}

async fn try_lock(conn: &mut AsyncPgConnection) -> Result<bool, DbError> {
    let query = format!("SELECT pg_try_advisory_lock({LOCK}) AS is_held");
    let Answer { is_held } = diesel::sql_query(query).get_result(conn).await?;
    Ok(is_held)
}
