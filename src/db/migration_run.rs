//! The application of migrations beside servers that go on serving: none holds others up for long.

use std::error::Error;
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::MigrationHarness;

use super::DbError;
use crate::telemetry;

/// Longest wait for a lock. Everybody who asks for the same table meanwhile waits behind it.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);
/// Waits for the locks of one migration before it is given up, with a pause between two, in which others get on.
const MAX_WAITS: u32 = 30;
const PAUSE: Duration = Duration::from_secs(1);
/// What PostgreSQL says when a lock was waited for in vain.
const LOCK_TIMEOUT_MESSAGE: &str = "lock timeout";

type Connection = AsyncConnectionWrapper<AsyncPgConnection>;

/// Applies the migrations of `source` that the database lacks, in order; returns the connection and their versions.
///
/// # Errors
/// [`DbError::Locked`] or [`DbError::Migrate`]; what was applied before the one that failed stays.
pub(super) async fn run<S>(
    conn: AsyncPgConnection,
    source: S,
) -> Result<(AsyncPgConnection, Vec<String>), DbError>
where
    S: MigrationSource<Pg> + Send + 'static,
{
    tokio::task::spawn_blocking(move || {
        let mut conn = Connection::from(conn);
        let pending = conn.pending_migrations(source).map_err(DbError::Migrate)?;
        let mut applied = Vec::new();
        for migration in &pending {
            applied.push(run_one(&mut conn, migration)?);
        }
        Ok((conn.into_inner(), applied))
    })
    .await
    .map_err(|error| DbError::Migrate(error.into()))?
}

fn run_one(conn: &mut Connection, migration: &dyn Migration<Pg>) -> Result<String, DbError> {
    // What runs outside of a transaction makes an index beside writers: it has to wait for them, and holds nobody up.
    let timeout = if migration.metadata().run_in_transaction() {
        LOCK_TIMEOUT
    } else {
        Duration::ZERO
    };
    conn.batch_execute(&format!("SET lock_timeout = {}", timeout.as_millis()))?;
    let mut waits = 0;
    loop {
        match conn.run_migration(migration) {
            Ok(version) => return Ok(version.to_string()),
            Err(error) if !is_lock_timeout(error.as_ref()) => return Err(DbError::Migrate(error)),
            Err(_) if waits + 1 == MAX_WAITS => {
                return Err(DbError::Locked {
                    migration: migration.name().to_string(),
                });
            }
            Err(_) => {
                waits += 1;
                tracing::info!(
                    "the migration {} waits for a table that others use",
                    migration.name()
                );
                thread::sleep(PAUSE);
            }
        }
    }
}

fn is_lock_timeout(error: &(dyn Error + 'static)) -> bool {
    telemetry::chain(error).contains(LOCK_TIMEOUT_MESSAGE)
}
