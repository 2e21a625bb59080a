//! The embedded migrations, and what must hold in a database before the server works on it.

use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use secrecy::SecretString;

use super::connection::{connect, connect_to_read, refuse_pooler, require_version};
use super::migration_state::{self, MigrationState};
use super::privileges::{self, AppRole};
use super::{DbError, migration_run, tables};
use crate::config::DatabaseUrls;

/// The migrations, compiled in.
pub(super) const MIGRATIONS: EmbeddedMigrations = embed_migrations!();

/// The remedy for a pooler where one session is needed.
const WITHOUT_POOLER: &str = "write the address of the database itself there, because one session is needed";

/// Brings a database up to date, and checks that the server can work on it; returns the names of the migrations that
/// were applied.
///
/// With an owner's URL, applies the migrations that the database lacks, in order, creates the server's role if it is
/// missing, and grants that role its privileges again, which a restored dump has lost. Without one, changes nothing.
///
/// # Errors
/// [`DbError`], with the remedy.
pub async fn migrate(urls: &DatabaseUrls) -> Result<Vec<String>, DbError> {
    let applied = match &urls.owner {
        Some(owner) => migrate_as_owner(owner, &urls.app).await?,
        None => Vec::new(),
    };
    require_ready(&urls.app).await?;
    if let Some(direct) = &urls.direct {
        refuse_pooler(
            direct,
            &mut connect(direct).await?,
            "AMDA_DATABASE_DIRECT_URL",
            WITHOUT_POOLER,
        )
        .await?;
    }
    Ok(applied)
}

/// Checks that the server's role can work on the database of `app`; changes nothing.
///
/// # Errors
/// [`DbError`], with the remedy.
pub async fn require_ready(app: &SecretString) -> Result<(), DbError> {
    let mut conn = connect_to_read(app).await?;
    require_version(&mut conn).await?;
    privileges::require_bound(&mut conn).await?;
    privileges::require_granted(&mut conn).await?;
    MigrationState::load(&mut conn).await?.require_current()
}

async fn migrate_as_owner(owner: &SecretString, app: &SecretString) -> Result<Vec<String>, DbError> {
    let app = AppRole::of(app)?;
    let mut conn = connect(owner).await?;
    refuse_pooler(owner, &mut conn, "AMDA_DATABASE_OWNER_URL", WITHOUT_POOLER).await?;
    require_version(&mut conn).await?;
    // Two nodes that start together must not both migrate. The lock goes with the connection.
    conn.batch_execute("SELECT pg_advisory_lock(4702985231)").await?;
    let state = MigrationState::load(&mut conn).await?;
    state.refuse_newer()?;
    if state.applied == 0 {
        refuse_foreign(&mut conn).await?;
    }
    // Found out before anything is changed, rather than midway.
    privileges::require_able(&mut conn, &app).await?;
    let (mut conn, applied) = migration_run::run(conn, MIGRATIONS).await?;
    privileges::establish(&mut conn, &app).await?;
    if !applied.is_empty() || state.migrated_by.is_none() {
        migration_state::record_version(&mut conn).await?;
    }
    Ok(applied)
}

/// Refuses a database in which another application lives.
async fn refuse_foreign(conn: &mut AsyncPgConnection) -> Result<(), DbError> {
    let tables = tables::foreign(conn).await?;
    if tables.is_empty() {
        Ok(())
    } else {
        Err(DbError::Foreign {
            tables: tables.join(", "),
        })
    }
}

/// Applies migrations that this program does not have, as the AMDA `version` that has them would; for the tests of upgrades
/// beside a running server.
///
/// # Errors
/// [`DbError`].
pub async fn migrate_further<S>(urls: &DatabaseUrls, source: S, version: &str) -> Result<Vec<String>, DbError>
where
    S: MigrationSource<Pg> + Send + 'static,
{
    let owner = urls.owner.as_ref().unwrap_or(&urls.app);
    let (mut conn, applied) = migration_run::run(connect(owner).await?, source).await?;
    privileges::establish(&mut conn, &AppRole::of(&urls.app)?).await?;
    migration_state::record(&mut conn, version).await?;
    Ok(applied)
}

/// Reverts every migration, as the owner of the tables; for the test that proves each one reversible.
///
/// # Errors
/// [`DbError::Connect`] or [`DbError::Migrate`].
pub async fn revert_all(owner: &SecretString) -> Result<(), DbError> {
    let conn = connect(owner).await?;
    tokio::task::spawn_blocking(move || {
        AsyncMigrationHarness::new(conn)
            .revert_all_migrations(MIGRATIONS)
            .map(drop)
            .map_err(DbError::Migrate)
    })
    .await
    .map_err(|error| DbError::Migrate(error.into()))?
}
