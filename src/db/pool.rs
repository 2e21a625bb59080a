use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::QueueMode;
use diesel_async::pooled_connection::deadpool::{Object, Pool, PoolError};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;
use tokio::time::timeout;

use super::account_limits::AccountLimits;
use super::connection::{BEGIN_POOLED, connect_for_pool, is_pooled};
use super::fence::{END_WHEN_IDLE, Fence};
use super::slow_queries::{SlowQueries, StatementTimer};
use super::transaction::name_statement;
use super::wakeup::Wakeup;
use super::{DbError, Tx, privileges};
use crate::id::UserId;

/// Time for which a caller waits for a connection: until one is free, or made.
const WAIT_TIMEOUT: Duration = Duration::from_secs(30);

/// A further column of the `SELECT` that names a transaction's user, which keeps one plan of each statement: PostgreSQL would plan a
/// look-up by a list of keys anew each time, which takes longer than the look-up.
const KEEP_PLANS: &str = ", set_config('plan_cache_mode', 'force_generic_plan', true)";

/// A pool of connections to one database. When all are in use, callers wait in the order of arrival, for 30 s at most.
#[derive(Clone)]
pub struct Db {
    // One pointer, because every service and every session holds it.
    pub(super) shared: Arc<Shared>,
}

#[derive(Clone)]
pub(super) struct Shared {
    url: SecretString,
    /// The address at which a connection keeps its session, where `url` is a pooler's.
    pub(super) direct_url: Option<SecretString>,
    is_pooled: bool,
    pool: Pool<AsyncPgConnection>,
    wait: Duration,
    slow: Arc<SlowQueries>,
    pub(super) wakeup: Arc<Wakeup>,
}

/// The use of a pool of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUsage {
    /// Connections that are open.
    pub open: usize,
    /// Those of them that nobody uses.
    pub idle: usize,
    /// Connections that may be open at most.
    pub max: usize,
    /// Callers that wait for one.
    pub waiting: usize,
}

impl Db {
    /// A pool of at most `size` connections to `url`, opened when they are first needed. Row-level security binds the role
    /// in `url`, which [`migrate`](super::migrate) has checked.
    ///
    /// # Errors
    /// [`DbError::Connect`] when the pool cannot be built.
    pub fn connect(url: &SecretString, size: usize) -> Result<Self, DbError> {
        Self::connect_timed(url, size, Arc::default())
    }

    fn connect_timed(url: &SecretString, size: usize, slow: Arc<SlowQueries>) -> Result<Self, DbError> {
        let mut config = ManagerConfig::default();
        let timed = Arc::clone(&slow);
        config.custom_setup = Box::new(move |url| {
            let timer = StatementTimer::new(Arc::clone(&timed));
            Box::pin(async move {
                let mut conn = connect_for_pool(url).await?;
                conn.set_instrumentation(timer);
                Ok(conn)
            })
        });
        // A test query before each use would find out nothing that the first statement of the transaction does not.
        config.recycling_method = RecyclingMethod::Fast;
        let manager = AsyncDieselConnectionManager::new_with_config(url.expose_secret(), config);
        let pool = Pool::builder(manager)
            .max_size(size)
            // The connection that was used last has the most statements prepared.
            .queue_mode(QueueMode::Lifo)
            .build()
            .map_err(DbError::connect)?;
        let shared = Shared {
            url: url.clone(),
            direct_url: None,
            is_pooled: is_pooled(url)?,
            pool,
            wait: WAIT_TIMEOUT,
            slow,
            wakeup: Arc::new(Wakeup::new()),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Hears of the commits of other processes by a connection to `direct`, the same database without the pooler between.
    #[must_use]
    pub fn listening_at(mut self, direct: Option<SecretString>) -> Self {
        Arc::make_mut(&mut self.shared).direct_url = direct;
        self
    }

    /// Lets callers wait for a connection for `wait` at most.
    #[must_use]
    pub fn waiting_at_most(mut self, wait: Duration) -> Self {
        Arc::make_mut(&mut self.shared).wait = wait;
        self
    }

    /// Warns in the log of statements that take `limit` or longer, by their text; none for never.
    #[must_use]
    pub fn warning_of_slow_queries(self, limit: Option<Duration>) -> Self {
        self.shared.slow.set_limit(limit);
        self
    }

    /// True when a connection keeps its session, which `LISTEN` needs.
    pub(super) fn can_listen(&self) -> bool {
        self.shared.direct_url.is_some() || !self.shared.is_pooled
    }

    /// The same database over at most `size` connections of its own, for work that must not wait for others.
    ///
    /// # Errors
    /// [`DbError::Connect`] when the pool cannot be built.
    pub fn apart(&self, size: usize) -> Result<Self, DbError> {
        let slow = Arc::clone(&self.shared.slow);
        let mut apart = Self::connect_timed(&self.shared.url, size, slow)?;
        let shared = Arc::make_mut(&mut apart.shared);
        shared.wakeup = Arc::clone(&self.shared.wakeup);
        shared.direct_url.clone_from(&self.shared.direct_url);
        Ok(apart)
    }

    /// Opens a transaction that sees and writes the rows of `user`, within the [`AccountLimits`] of the operation that asks.
    ///
    /// # Errors
    /// [`DbError::Connect`], [`DbError::Busy`] or [`DbError::Query`].
    pub async fn begin(&self, user: UserId) -> Result<Tx, DbError> {
        self.open(&begin_statements(user, &AccountLimits::current()))
            .await
    }

    /// As [`Db::begin`], for statements that find rows by their keys: each is planned once a connection, and not by the values
    /// of each call.
    ///
    /// # Errors
    /// [`DbError::Connect`], [`DbError::Busy`] or [`DbError::Query`].
    pub async fn begin_by_keys(&self, user: UserId) -> Result<Tx, DbError> {
        let begin = begin_statements(user, &AccountLimits::current());
        self.open(&format!("{begin}{KEEP_PLANS}")).await
    }

    /// As [`Db::begin`], whatever the operation is limited to: for reading what is not shown, or not before it was filtered.
    ///
    /// # Errors
    /// [`DbError::Connect`], [`DbError::Busy`] or [`DbError::Query`].
    pub async fn begin_without_limits(&self, user: UserId) -> Result<Tx, DbError> {
        self.open(&begin_statements(user, &AccountLimits::NONE)).await
    }

    /// As [`Db::begin`], with `synchronous_commit` off: the commit does not wait for the disk. A power failure may lose
    /// the last such commits, in order; a later commit that does wait makes all earlier ones durable.
    ///
    /// # Errors
    /// [`DbError::Connect`], [`DbError::Busy`] or [`DbError::Query`].
    pub async fn begin_async_commit(&self, user: UserId) -> Result<Tx, DbError> {
        self.open(&format!(
            "{}; SET LOCAL synchronous_commit TO off",
            begin_statements(user, &AccountLimits::current())
        ))
        .await
    }

    /// As [`Db::begin_by_keys`], for a session that runs under a lease: it commits only while `fence` holds.
    ///
    /// # Errors
    /// [`DbError::Connect`], [`DbError::Busy`] or [`DbError::Query`].
    pub async fn begin_fenced(&self, user: UserId, fence: &Fence) -> Result<Tx, DbError> {
        let begin = begin_statements(user, &AccountLimits::NONE);
        let mut tx = self.open(&format!("{begin}{END_WHEN_IDLE}{KEEP_PLANS}")).await?;
        tx.guard(fence);
        Ok(tx)
    }

    /// As [`Db::begin_fenced`], with `synchronous_commit` off; see [`Db::begin_async_commit`].
    ///
    /// # Errors
    /// [`DbError::Connect`], [`DbError::Busy`] or [`DbError::Query`].
    pub async fn begin_fenced_async_commit(&self, user: UserId, fence: &Fence) -> Result<Tx, DbError> {
        let begin = begin_statements(user, &AccountLimits::NONE);
        let begin = format!("{begin}{END_WHEN_IDLE}{KEEP_PLANS}; SET LOCAL synchronous_commit TO off");
        let mut tx = self.open(&begin).await?;
        tx.guard(fence);
        Ok(tx)
    }

    /// As [`Db::begin_without_user`], and the server ends the transaction when it hears nothing for some seconds: for rows
    /// that other nodes wait for.
    ///
    /// # Errors
    /// [`DbError::Connect`], [`DbError::Busy`] or [`DbError::Query`].
    pub async fn begin_brief(&self) -> Result<Tx, DbError> {
        self.open(
            "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '2s'; SET LOCAL lock_timeout = '1s'",
        )
        .await
    }

    /// Opens a transaction that sees no user's rows: for the SQL functions that return ids, and for jobs.
    ///
    /// # Errors
    /// [`DbError::Connect`], [`DbError::Busy`] or [`DbError::Query`].
    pub async fn begin_without_user(&self) -> Result<Tx, DbError> {
        self.open("BEGIN").await
    }

    /// Opens a transaction that only one node of the database has at a time, until it ends; the others wait. The lock goes
    /// with the transaction, as poolers of connections want it.
    ///
    /// # Errors
    /// [`DbError::Connect`], [`DbError::Busy`] or [`DbError::Query`].
    pub async fn begin_upgrade(&self) -> Result<Tx, DbError> {
        self.open("BEGIN; SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock(4702985233)")
            .await
    }

    /// Reads as the server does, and checks that its role has every privilege that it needs.
    ///
    /// # Errors
    /// [`DbError::Connect`], [`DbError::Busy`], [`DbError::NotGranted`] or [`DbError::Query`].
    pub async fn check_access(&self) -> Result<(), DbError> {
        let mut tx = self.begin_without_user().await?;
        privileges::require_granted(&mut tx).await?;
        tx.batch_execute("SELECT FROM users LIMIT 1").await?;
        tx.rollback().await
    }

    /// The present use of the pool.
    pub fn usage(&self) -> PoolUsage {
        let status = self.shared.pool.status();
        PoolUsage {
            open: status.size,
            idle: status.available,
            max: status.max_size,
            waiting: status.waiting,
        }
    }

    /// Opens a transaction by `BEGIN` and what `begin` has behind it.
    async fn open(&self, begin: &str) -> Result<Tx, DbError> {
        let pooled;
        let begin = if self.shared.is_pooled {
            pooled = begin.replacen("BEGIN", BEGIN_POOLED, 1);
            &pooled
        } else {
            begin
        };
        // A connection may have died in the pool, which shows only now. Then another is tried, and in the end a new one.
        let mut tries = self.shared.pool.status().max_size + 1;
        loop {
            let mut tx = Tx::new(self.connection().await?, Arc::clone(&self.shared.wakeup));
            tries -= 1;
            // Boxed, as in `connection`.
            match Box::pin(tx.batch_execute(begin)).await {
                Ok(()) => {
                    if self.shared.wakeup.outage.worked() {
                        self.shared.wakeup.wake_here();
                    }
                    return Ok(tx);
                }
                Err(error) if tries == 0 => return Err(error.into()),
                Err(_) => {}
            }
        }
    }

    async fn connection(&self) -> Result<Object<AsyncPgConnection>, DbError> {
        // Boxed, because it is part of every future that begins a transaction.
        match Box::pin(timeout(self.shared.wait, self.shared.pool.get())).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(PoolError::Backend(cause))) => {
                let error = DbError::connect(cause);
                self.shared.wakeup.outage.failed(&error);
                Err(error)
            }
            Ok(Err(other)) => Err(DbError::connect(other)),
            Err(_) => Err(DbError::Busy {
                waited: self.shared.wait,
            }),
        }
    }

    /// Receives the wake-ups of commits from now on; see [`Tx::wake_on_commit`].
    pub fn subscribe_to_wakeups(&self) -> watch::Receiver<()> {
        self.shared.wakeup.subscribe()
    }

    /// Subscribes to the wake-ups that other processes send: a command of the operator's, or another node.
    pub fn subscribe_to_wakeups_of_others(&self) -> watch::Receiver<()> {
        self.shared.wakeup.subscribe_to_others()
    }

    /// Wakes the subscribers of other processes.
    pub fn wake_others(&self) {
        self.shared.wakeup.wake_others();
    }

    /// Takes a connection out of the pool.
    pub(super) async fn detached(&self) -> Result<AsyncPgConnection, DbError> {
        Ok(Object::take(self.connection().await?))
    }
}

/// The statements that begin a transaction of `user`, for one round trip. The ids are UUIDs and cannot carry SQL.
fn begin_statements(user: UserId, limits: &AccountLimits) -> String {
    let begin = format!("BEGIN; {}", name_statement(user));
    match limits.setting() {
        None => begin,
        Some(accounts) => format!("{begin}, set_config('amda.account_ids', '{accounts}', true)"),
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({:?})", self.usage())
    }
}
