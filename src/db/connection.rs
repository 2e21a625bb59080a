//! Opening one connection, as the application's role or as the owner of the tables.

use diesel::ConnectionError;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::DbError;
use crate::telemetry;

/// The oldest PostgreSQL version that AMDA works with.
pub const OLDEST_VERSION: u32 = 15;

/// The session of a connection that works for users: row-level security binds the role.
const APP_SESSION: &str = "SET ROLE amda_app; SET TIME ZONE 'UTC'; SET lock_timeout = '10s'";

/// Error of opening a connection.
#[derive(Debug, Error)]
enum OpenError {
    #[error(transparent)]
    Connect(#[from] tokio_postgres::Error),
    #[error(transparent)]
    Setup(#[from] ConnectionError),
    #[error("cannot work as role amda_app; run `amda migrate`")]
    Role(#[source] diesel::result::Error),
}

/// Opens a connection as the role in `url`, which owns the tables: for migrations and the operator's commands only.
///
/// # Errors
/// [`DbError::Connect`].
pub async fn connect_as_owner(url: &SecretString) -> Result<AsyncPgConnection, DbError> {
    establish(url.expose_secret()).await.map_err(DbError::connect)
}

/// Opens a connection as `amda_app`, for the pool.
pub(super) async fn connect_as_app(url: &str) -> diesel::ConnectionResult<AsyncPgConnection> {
    let connected = async {
        let mut conn = establish(url).await?;
        conn.batch_execute(APP_SESSION).await.map_err(OpenError::Role)?;
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
    let roots = rustls::RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let tls = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let (client, connection) = tokio_postgres::connect(url, MakeRustlsConnect::new(tls)).await?;
    Ok(AsyncPgConnection::try_from_client_and_connection(client, connection).await?)
}
