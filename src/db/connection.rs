//! Opening one connection, and a hint for each way in which that fails.

use std::error::Error;
use std::io;
use std::time::Duration;

use diesel::ConnectionError;
use diesel::connection::CacheSize;
use diesel::result::Error::DatabaseError;
use diesel_async::{AsyncConnection as _, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use rustls::CertificateError;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio_postgres::Config;
use tokio_postgres::error::SqlState;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::DbError;
use super::address::{Address, AddressError};
use super::tls::{self, TlsError, Verification};
use crate::telemetry;

/// The oldest PostgreSQL version that AMDA works with.
pub const OLDEST_VERSION: u32 = 15;

/// The session of a connection that works for users. A plan that is kept from the time when a table was small must not read
/// the whole table when it has grown. Nor is a plan compiled: up to version 17, PostgreSQL then takes one that has to read a whole
/// table for expensive, and compiling it takes half a second.
const APP_SESSION: &str =
    "SET TIME ZONE 'UTC'; SET lock_timeout = '10s'; SET enable_seqscan = off; SET jit = off";
/// The beginning of each transaction of a connection whose session a pooler changes: what [`APP_SESSION`] sets.
pub(super) const BEGIN_POOLED: &str = "BEGIN; SET LOCAL TIME ZONE 'UTC'; SET LOCAL lock_timeout = '10s'; \
     SET LOCAL enable_seqscan = off; SET LOCAL jit = off";
/// Longest wait for a server to accept a connection, unless the URL says another.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time after which a connection is given up whose bytes are not acknowledged, unless the URL says another.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(20);
/// Time without bytes after which the server is asked whether it is still there, unless the URL says another: what stands between
/// drops connections that are silent for some minutes, and does not say so.
const KEEPALIVE_AFTER: Duration = Duration::from_mins(1);
/// What the server says when two connections have the same session.
const SAME_SESSION: &str = "AMDA: the same session";
/// Number of times for which it is tried whether two connections get the same session.
const POOLER_TRIES: usize = 3;

/// Error of opening a connection.
#[derive(Debug, Error)]
enum OpenError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Connect(tokio_postgres::Error),
    /// A failure that is known, with its remedy.
    #[error("{hint}")]
    Hinted {
        hint: &'static str,
        #[source]
        source: tokio_postgres::Error,
    },
    #[error(transparent)]
    Setup(#[from] ConnectionError),
    #[error("the session cannot be set up")]
    Session(#[source] diesel::result::Error),
    /// Statements that the library had prepared were gone, or were there already.
    #[error(
        "the address leads to a pooler that gives each transaction another session; say so by pgbouncer=true in the URL"
    )]
    UnnamedPooler(#[source] ConnectionError),
    #[error("the connection was closed while it was set up")]
    Closed,
}

/// Opens a connection as the role in `url`.
///
/// # Errors
/// [`DbError::Connect`].
pub async fn connect(url: &SecretString) -> Result<AsyncPgConnection, DbError> {
    Box::pin(establish(url.expose_secret()))
        .await
        .map_err(DbError::connect)
}

/// True when connections to `url` check the server's certificate.
pub fn checks_certificate(url: &SecretString) -> bool {
    Address::parse(url.expose_secret()).is_ok_and(|address| address.verification != Verification::None)
}

/// True when `url` names a pooler, which may give each transaction another session.
///
/// # Errors
/// [`DbError::Connect`] when the URL is malformed.
pub(super) fn is_pooled(url: &SecretString) -> Result<bool, DbError> {
    Address::parse(url.expose_secret())
        .map(|address| address.is_pooled)
        .map_err(DbError::connect)
}

/// Opens a connection as the server's role at `app` for several statements, and refuses a pooler in transaction mode that
/// `app` does not name as one. A named one gets a transaction, because a pooler gives that one session.
///
/// # Errors
/// [`DbError::Pooled`], or [`DbError::Connect`].
pub(super) async fn connect_to_read(app: &SecretString) -> Result<AsyncPgConnection, DbError> {
    let mut conn = connect(app).await?;
    if is_pooled(app)? {
        conn.batch_execute("BEGIN").await?;
    } else {
        refuse_pooler(
            app,
            &mut conn,
            "DATABASE_URL",
            "say so by pgbouncer=true in the URL",
        )
        .await?;
    }
    Ok(conn)
}

/// Refuses a pooler in transaction mode at `url`, the value of `setting`: it was not named as one, or cannot be used there.
///
/// # Errors
/// [`DbError::Pooled`], or [`DbError::Connect`].
pub(super) async fn refuse_pooler(
    url: &SecretString,
    conn: &mut AsyncPgConnection,
    setting: &'static str,
    remedy: &'static str,
) -> Result<(), DbError> {
    let mut other = connect(url).await?;
    // Only a pooler lets one connection see what another one set. By simple statements, because one that is prepared in two
    // steps may come to two sessions.
    let mark = format!("{:032x}", rand::random::<u128>());
    for _ in 0..POOLER_TRIES {
        conn.batch_execute(&format!("SET amda.session = '{mark}'"))
            .await?;
        let look = format!(
            "DO $$ BEGIN IF current_setting('amda.session', true) = '{mark}' THEN RAISE EXCEPTION '{SAME_SESSION}'; END IF; END $$"
        );
        match other.batch_execute(&look).await {
            Ok(()) => {}
            Err(DatabaseError(_, details)) if details.message() == SAME_SESSION => {
                return Err(DbError::Pooled { setting, remedy });
            }
            Err(other) => return Err(other.into()),
        }
    }
    Ok(())
}

/// The process id of the backend that answers `conn` now.
pub(super) async fn backend_pid(conn: &mut AsyncPgConnection) -> diesel::QueryResult<i32> {
    diesel::select(pg_backend_pid()).get_result(conn).await
}

diesel::define_sql_function! {
    /// The process id of this connection's backend.
    fn pg_backend_pid() -> Integer;
}

/// Opens a connection for the pool.
pub(super) async fn connect_for_pool(url: &str) -> diesel::ConnectionResult<AsyncPgConnection> {
    let connected = async {
        let mut conn = Box::pin(establish(url)).await?;
        if !Address::parse(url)?.is_pooled {
            conn.batch_execute(APP_SESSION)
                .await
                .map_err(OpenError::Session)?;
        }
        Ok::<_, OpenError>(conn)
    };
    // The pool's error holds nothing but a text, so the causes must be in it.
    connected
        .await
        .map_err(|error| ConnectionError::BadConnection(telemetry::chain(&error)))
}

/// Refuses a server that is older than [`OLDEST_VERSION`].
pub(super) async fn require_version(conn: &mut AsyncPgConnection) -> Result<(), DbError> {
    #[derive(diesel::QueryableByName)]
    struct Version {
        #[diesel(sql_type = diesel::sql_types::Text)]
        version: String,
    }

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

async fn establish(url: &str) -> Result<AsyncPgConnection, OpenError> {
    let Address {
        mut config,
        verification,
        is_pooled,
    } = Address::parse(url)?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE_TIMEOUT);
    }
    if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
        config.keepalives_idle(KEEPALIVE_AFTER);
    }
    let tls = MakeRustlsConnect::new(tls::client_config(&verification)?);
    let (client, mut connection) = config.connect(tls).await.map_err(|source| match hint(&source) {
        Some(hint) => OpenError::Hinted { hint, source },
        None => OpenError::Connect(source),
    })?;
    if !is_pooled {
        let connected = AsyncPgConnection::try_from_client_and_connection(client, connection).await;
        return connected.map_err(|error| match error.to_string() {
            text if text.contains("prepared statement") => OpenError::UnnamedPooler(error),
            _ => OpenError::Setup(error),
        });
    }
    // What the library prepares and sets must reach one session, and nothing prepared may be left in it.
    tokio::select! {
        begun = client.batch_execute("BEGIN") => begun.map_err(OpenError::Connect)?,
        _ = &mut connection => return Err(OpenError::Closed),
    }
    let mut conn = AsyncPgConnection::try_from_client_and_connection(client, connection).await?;
    conn.set_prepared_statement_cache_size(CacheSize::Disabled);
    conn.batch_execute("COMMIT").await.map_err(OpenError::Session)?;
    Ok(conn)
}

/// The remedy for a failure that has one.
fn hint(error: &tokio_postgres::Error) -> Option<&'static str> {
    if let Some(code) = error.code() {
        return match code {
            &SqlState::INVALID_CATALOG_NAME => {
                Some("this server has no such database; `amda doctor --sql` prints the SQL that creates it")
            }
            &SqlState::INVALID_AUTHORIZATION_SPECIFICATION | &SqlState::INVALID_PASSWORD => Some(
                "the server does not let this role in; check its name and password (special characters in the URL \
                 percent-encoded) and the server's pg_hba.conf; `amda doctor --sql` prints the SQL that creates the roles",
            ),
            _ => None,
        };
    }
    if let Some(rustls::Error::InvalidCertificate(problem)) = tls_error(error) {
        return Some(match problem {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another name; write that name as the host, or sslmode=verify-ca in the \
                 URL if any certificate of the authority will do"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired; renew it"
            }
            _ => {
                "no authority that this machine trusts vouches for the server's certificate; name the file of the \
                 authority's certificate by sslrootcert in the URL, or by PGSSLROOTCERT"
            }
        });
    }
    let refuses_tls = error
        .source()
        .is_some_and(|cause| cause.to_string() == "server does not support TLS");
    refuses_tls.then_some(
        "the server offers no TLS, which sslmode demands; set `ssl = on` in its postgresql.conf, or write \
         sslmode=disable if you trust the network",
    )
}

fn tls_error(error: &tokio_postgres::Error) -> Option<&rustls::Error> {
    let mut next = error.source();
    while let Some(cause) = next {
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let found = inner
            .and_then(|inner| inner.downcast_ref())
            .or_else(|| cause.downcast_ref());
        if found.is_some() {
            return found;
        }
        next = cause.source();
    }
    None
}
