//! One server at a time works on a database: two would run two clients of each linked device, which tear one ratchet.
//!
//! An advisory lock of a connection of its own keeps the others off. It goes with its connection, so that a server that
//! was killed is in nobody's way. A connection that is lost while the server lives is replaced as soon as the database
//! can be reached; where another server was quicker, this one must end.

use std::pin::pin;
use std::time::Duration;

use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures::StreamExt as _;
use secrecy::SecretString;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{error, info, warn};

use super::{DbError, connect_as_owner};

/// Takes the lock, unless another has it. The number is the same in every release.
const TRY: &str = "SELECT pg_try_advisory_lock(4702985232) AS is_ours";
/// The server's own end of the connection must not outlive a machine that went away, for hours by its default.
const KEEP_ALIVE: &str =
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";
/// How often the lock is tried while another has it, or while there is no connection.
const TRY_AGAIN: Duration = Duration::from_millis(500);
/// How often the connection is asked whether it still is one.
const ASK_EVERY: Duration = Duration::from_secs(15);
/// How long it may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// The right to be the only server of a database, until [`SingleServer::release`] or the end of the value.
#[derive(Debug)]
pub struct SingleServer {
    is_over: CancellationToken,
    lost: CancellationToken,
    keeper: AbortOnDropHandle<()>,
}

impl SingleServer {
    /// Waits until no other server works on the database of `url`, and keeps others off from then on.
    ///
    /// # Errors
    /// [`DbError::Connect`] or [`DbError::Query`].
    pub async fn claim(url: &SecretString) -> Result<Self, DbError> {
        let mut conn = connect(url).await?;
        if !try_lock(&mut conn).await? {
            info!("waiting for the AMDA that serves this database to stop");
            while !try_lock(&mut conn).await? {
                sleep(TRY_AGAIN).await;
            }
        }
        let (is_over, lost) = (CancellationToken::new(), CancellationToken::new());
        let keeper = keep(url.clone(), conn, is_over.clone(), lost.clone());
        Ok(Self {
            is_over,
            lost,
            keeper: AbortOnDropHandle::new(tokio::spawn(keeper)),
        })
    }

    /// Returns when another server has taken the database, which it can after the connection was lost.
    pub async fn lost(&self) {
        self.lost.cancelled().await;
    }

    /// Lets others in; returns when they can come.
    pub async fn release(self) {
        self.is_over.cancel();
        // A panic of the keeper's has closed the connection too.
        let _ = self.keeper.await;
    }
}

async fn keep(
    url: SecretString,
    mut conn: AsyncPgConnection,
    is_over: CancellationToken,
    lost: CancellationToken,
) {
    loop {
        tokio::select! {
            () = is_over.cancelled() => {
                // The server notices the end of a connection somewhat later.
                let _ = timeout(ANSWER_WITHIN, conn.batch_execute("SELECT pg_advisory_unlock_all()")).await;
                return;
            }
            () = until_gone(&mut conn) => {}
        }
        warn!("the connection that keeps other servers off this database was lost");
        conn = tokio::select! {
            () = is_over.cancelled() => return,
            again = connect_again(&url) => match again {
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

async fn until_gone(conn: &mut AsyncPgConnection) {
    loop {
        let is_closed = tokio::select! {
            () = closed(conn) => true,
            () = sleep(ASK_EVERY) => false,
        };
        if is_closed || !answers(conn).await {
            return;
        }
    }
}

/// Nothing is listened for, so the stream of notices tells of the end alone.
async fn closed(conn: &mut AsyncPgConnection) {
    let mut notices = pin!(conn.notifications_stream());
    while let Some(Ok(_)) = notices.next().await {}
}

async fn answers(conn: &mut AsyncPgConnection) -> bool {
    let answer = timeout(ANSWER_WITHIN, conn.batch_execute("SELECT 1")).await;
    matches!(answer, Ok(Ok(())))
}

/// The lock on another connection, as soon as there is one; none when somebody else has it.
async fn connect_again(url: &SecretString) -> Option<AsyncPgConnection> {
    loop {
        let locked = async {
            let mut conn = connect(url).await?;
            let is_ours = try_lock(&mut conn).await?;
            Ok::<_, DbError>(is_ours.then_some(conn))
        };
        if let Ok(Ok(locked)) = timeout(ANSWER_WITHIN, locked).await {
            return locked;
        }
        sleep(TRY_AGAIN).await;
    }
}

async fn connect(url: &SecretString) -> Result<AsyncPgConnection, DbError> {
    let mut conn = connect_as_owner(url).await?;
    conn.batch_execute(KEEP_ALIVE).await?;
    Ok(conn)
}

#[derive(diesel::QueryableByName)]
struct Tried {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    is_ours: bool,
}

async fn try_lock(conn: &mut AsyncPgConnection) -> Result<bool, DbError> {
    let Tried { is_ours } = diesel::sql_query(TRY).get_result(conn).await?;
    Ok(is_ours)
}
