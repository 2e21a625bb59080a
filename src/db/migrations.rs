//! The embedded migrations.

use diesel_async::{AsyncMigrationHarness, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use secrecy::SecretString;

use super::DbError;
use super::connection::{connect_as_owner, require_version};

/// The migrations, compiled in.
pub(super) const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// Applies the migrations that the database of `url` lacks, in order; returns their names.
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
            .map_err(DbError::Migrate)?;
        Ok(applied.iter().map(ToString::to_string).collect())
    })
    .await
    .map_err(|error| DbError::Migrate(error.into()))?
}

/// Reverts every migration; for the test that proves each one reversible.
///
/// # Errors
/// As [`migrate`].
pub async fn revert_all(url: &SecretString) -> Result<(), DbError> {
    let conn = connect_as_owner(url).await?;
    tokio::task::spawn_blocking(move || {
        AsyncMigrationHarness::new(conn)
            .revert_all_migrations(MIGRATIONS)
            .map(drop)
            .map_err(DbError::Migrate)
    })
    .await
    .map_err(|error| DbError::Migrate(error.into()))?
}
