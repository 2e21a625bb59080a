//! PostgreSQL: connections, transactions that name their user, and the embedded migrations.
//!
//! Every connection works as the role `amda_app`, which row-level security binds. A transaction is opened for one
//! user ([`Db::begin`]) and then sees and writes that user's rows and nobody else's; one opened for nobody
//! ([`Db::begin_for_nobody`]) sees none at all, only the few functions that answer with ids. Code that forgets a
//! `WHERE` therefore returns nothing of other users.
//!
//! A transaction that is dropped, by an error or a cancelled future, takes its connection with it: the server rolls
//! back, and the pool never hands out a connection with somebody's unfinished work
//! (<https://github.com/weiznich/diesel_async/issues/198>).

pub mod embedded;
pub mod inspect;
#[expect(missing_docs, reason = "generated from the migrations")]
pub mod schema;
pub mod server;
mod single_server;
mod wakeup;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use diesel::ConnectionError;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::sync::watch;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::id::UserId;

pub use single_server::SingleServer;

use wakeup::Bell;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// The oldest PostgreSQL that AMDA works with.
pub const OLDEST_VERSION: u32 = 15;

/// Why the database did not do what was asked.
#[derive(Debug, Error)]
pub enum DbError {
    /// No connection: wrong address, refused, wrong password, or none free in time.
    #[error("cannot connect to PostgreSQL ({0}); check that it runs and that DATABASE_URL names it")]
    Connect(String),
    /// Too old a server.
    #[error("PostgreSQL {found} is too old; version {OLDEST_VERSION} or newer is needed")]
    TooOld {
        /// The server's own words.
        found: String,
    },
    /// A migration failed; nothing after it was applied.
    #[error("a migration failed: {0}")]
    Migrate(String),
    /// A statement failed.
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
}

/// A pool of connections to one database.
#[derive(Clone)]
pub struct Db {
    pool: Pool<AsyncPgConnection>,
    bell: Arc<Bell>,
}

impl Db {
    /// A pool of at most `size` connections to `url`. Connects lazily.
    ///
    /// # Errors
    /// [`DbError::Connect`] when the pool cannot be built.
    pub fn connect(url: &SecretString, size: usize) -> Result<Self, DbError> {
        let mut config = ManagerConfig::default();
        config.custom_setup = Box::new(|url| Box::pin(connect_as_app(url)));
        // The first statement of a transaction tells as well as a question before it.
        config.recycling_method = RecyclingMethod::Fast;
        let manager = AsyncDieselConnectionManager::new_with_config(url.expose_secret(), config);
        let pool = Pool::builder(manager)
            .max_size(size)
            .build()
            .map_err(|e| DbError::Connect(e.to_string()))?;
        Ok(Self {
            pool,
            bell: Arc::new(Bell::new()),
        })
    }

    /// Opens a transaction that sees and writes the rows of `user`.
    ///
    /// # Errors
    /// [`DbError::Connect`] or [`DbError::Query`].
    pub async fn begin(&self, user: UserId) -> Result<Tx, DbError> {
        self.open(&begin(user)).await
    }

    /// As [`Db::begin`], but the commit does not wait for the disk. A loss of power may undo the last moments of such
    /// work, in order: whatever commits later and does wait takes all of it along.
    ///
    /// # Errors
    /// [`DbError::Connect`] or [`DbError::Query`].
    pub async fn begin_unhurried(&self, user: UserId) -> Result<Tx, DbError> {
        self.open(&format!("{}; SET LOCAL synchronous_commit TO off", begin(user)))
            .await
    }

    /// Opens a transaction that sees no user's rows: for the functions that answer with ids, and for jobs.
    ///
    /// # Errors
    /// [`DbError::Connect`] or [`DbError::Query`].
    pub async fn begin_for_nobody(&self) -> Result<Tx, DbError> {
        self.open("BEGIN").await
    }

    /// How many connections are open, and how many are waited for: for health and metrics.
    pub fn usage(&self) -> (usize, usize) {
        let status = self.pool.status();
        (status.size, status.waiting)
    }

    async fn open(&self, begin: &str) -> Result<Tx, DbError> {
        // A connection may have died in the pool, and says so only now. Then another is tried, and in the end a new one.
        let mut tries = self.pool.status().max_size + 1;
        loop {
            let mut tx = Tx {
                conn: Some(self.connection().await?),
                rings: false,
                bell: Arc::clone(&self.bell),
            };
            tries -= 1;
            match tx.batch_execute(begin).await {
                Ok(()) => return Ok(tx),
                Err(error) if tries == 0 => return Err(error.into()),
                Err(_) => {}
            }
        }
    }

    async fn connection(&self) -> Result<Object<AsyncPgConnection>, DbError> {
        self.pool.get().await.map_err(|e| DbError::Connect(e.to_string()))
    }

    /// Hears the bell from now on: [`Tx::wake_on_commit`].
    pub fn listen(&self) -> watch::Receiver<()> {
        self.bell.listen()
    }

    /// A connection that is no longer the pool's.
    async fn detached(&self) -> Result<AsyncPgConnection, DbError> {
        Ok(Object::take(self.connection().await?))
    }
}

/// One round trip for both; the id is 128 bits of ours and cannot carry SQL.
fn begin(user: UserId) -> String {
    format!(
        "BEGIN; SELECT set_config('amda.user_id', '{}', true)",
        user.as_uuid()
    )
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({:?})", self.usage())
    }
}

/// An open transaction. Dropped without [`Tx::commit`], it is rolled back.
pub struct Tx {
    conn: Option<Object<AsyncPgConnection>>,
    rings: bool,
    bell: Arc<Bell>,
}

impl Tx {
    /// Makes everything that was done durable.
    ///
    /// # Errors
    /// [`DbError::Query`]; then nothing was done.
    pub async fn commit(self) -> Result<(), DbError> {
        let bell = self.rings.then(|| Arc::clone(&self.bell));
        self.end("COMMIT").await?;
        if let Some(bell) = bell {
            bell.ring();
        }
        Ok(())
    }

    /// Rings the bell once this is committed: whoever waits for committed work has some.
    pub fn wake_on_commit(&mut self) {
        self.rings = true;
    }

    /// Undoes everything that was done and keeps the connection for the next user.
    ///
    /// # Errors
    /// [`DbError::Query`]; the server rolls back all the same.
    pub async fn rollback(self) -> Result<(), DbError> {
        self.end("ROLLBACK").await
    }

    async fn end(mut self, how: &str) -> Result<(), DbError> {
        self.deref_mut().batch_execute(how).await?;
        // Only a connection whose transaction is over goes back to the pool.
        drop(self.conn.take());
        Ok(())
    }
}

impl Deref for Tx {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        self.conn
            .as_ref()
            .expect("a transaction holds its connection until it ends")
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        self.conn
            .as_mut()
            .expect("a transaction holds its connection until it ends")
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            drop(Object::take(conn));
        }
    }
}

/// Applies the migrations that `url`'s database lacks, in order; answers with their names.
///
/// Connects as the owner of the tables: the role in `url` needs `CREATEROLE`, or `amda_app` granted to it.
///
/// # Errors
/// [`DbError::Connect`], [`DbError::TooOld`] or [`DbError::Migrate`].
pub async fn migrate(url: &SecretString) -> Result<Vec<String>, DbError> {
    let mut conn = connect_as_owner(url).await?;
    require_version(&mut conn).await?;
    // Two nodes that start together must not both migrate. The lock goes with the connection.
    conn.batch_execute("SELECT pg_advisory_lock(4702985231)").await?;
    tokio::task::spawn_blocking(move || {
        let mut harness = AsyncMigrationHarness::new(conn);
        let applied = harness
            .run_pending_migrations(MIGRATIONS)
            .map_err(|e| DbError::Migrate(e.to_string()))?;
        Ok(applied.iter().map(ToString::to_string).collect())
    })
    .await
    .map_err(|e| DbError::Migrate(e.to_string()))?
}

/// Undoes every migration; for the test that proves each one reversible.
///
/// # Errors
/// As [`migrate`].
pub async fn revert_all(url: &SecretString) -> Result<(), DbError> {
    let conn = connect_as_owner(url).await?;
    tokio::task::spawn_blocking(move || {
        AsyncMigrationHarness::new(conn)
            .revert_all_migrations(MIGRATIONS)
            .map(drop)
            .map_err(|e| DbError::Migrate(e.to_string()))
    })
    .await
    .map_err(|e| DbError::Migrate(e.to_string()))?
}

/// A connection as the role in `url`, which owns the tables: for migrations and the operator's commands only.
///
/// # Errors
/// [`DbError::Connect`].
pub async fn connect_as_owner(url: &SecretString) -> Result<AsyncPgConnection, DbError> {
    establish(url.expose_secret())
        .await
        .map_err(|e| DbError::Connect(e.to_string()))
}

#[derive(diesel::QueryableByName)]
struct Version {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

async fn require_version(conn: &mut AsyncPgConnection) -> Result<(), DbError> {
    let query = "SELECT current_setting('server_version') AS version";
    let Version { version: found } = diesel::sql_query(query).get_result(conn).await?;
    let major = found
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .and_then(|digits| digits.parse::<u32>().ok());
    if major.is_some_and(|major| major >= OLDEST_VERSION) {
        Ok(())
    } else {
        Err(DbError::TooOld { found })
    }
}

async fn connect_as_app(url: &str) -> diesel::ConnectionResult<AsyncPgConnection> {
    let mut conn = establish(url).await?;
    conn.batch_execute("SET ROLE amda_app; SET TIME ZONE 'UTC'; SET lock_timeout = '10s'")
        .await
        .map_err(|e| {
            ConnectionError::BadConnection(format!("cannot work as role amda_app: {e}; run `amda migrate`"))
        })?;
    Ok(conn)
}

async fn establish(url: &str) -> diesel::ConnectionResult<AsyncPgConnection> {
    let bad = |e: tokio_postgres::Error| {
        // The library's text is only "error connecting to server"; the cause says why.
        let cause = std::error::Error::source(&e)
            .map(|cause| format!(": {cause}"))
            .unwrap_or_default();
        ConnectionError::BadConnection(format!("{e}{cause}"))
    };
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let tls = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let (client, connection) = tokio_postgres::connect(url, MakeRustlsConnect::new(tls))
        .await
        .map_err(bad)?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}
