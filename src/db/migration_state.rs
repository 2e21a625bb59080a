//! The migrations of a database, compared with those of this program.

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::{Nullable, Text};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::DbError;
use super::migrations::MIGRATIONS;
use super::tables::{MIGRATIONS_TABLE, Name};

/// The version of this program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The migrations of the database, compared with those of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationState {
    /// The number of this program's migrations that are applied.
    pub applied: usize,
    /// The names of this program's migrations that are not applied.
    pub pending: Vec<String>,
    /// The versions of applied migrations that this program does not know: a newer AMDA applied them.
    pub unknown: Vec<String>,
    /// The version of the AMDA that migrated last.
    pub migrated_by: Option<String>,
}

#[derive(QueryableByName)]
struct Record {
    #[diesel(sql_type = Nullable<Text>)]
    description: Option<String>,
}

impl MigrationState {
    /// Compares the applied migrations with those of this program.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn load(conn: &mut AsyncPgConnection) -> QueryResult<Self> {
        let query = "SELECT obj_description(to_regclass($1), 'pg_class') AS description
            WHERE to_regclass($1) IS NOT NULL";
        let records: Vec<Record> = sql_query(query)
            .bind::<Text, _>(MIGRATIONS_TABLE)
            .load(conn)
            .await?;
        let applied: Vec<Name> = if records.is_empty() {
            Vec::new()
        } else {
            sql_query(format!(
                "SELECT version::text AS name FROM {MIGRATIONS_TABLE} ORDER BY 1"
            ))
            .load(conn)
            .await?
        };
        let migrated_by = records.into_iter().find_map(|record| record.description);
        Ok(Self::compare(
            applied.into_iter().map(|row| row.name).collect(),
            migrated_by,
        ))
    }

    fn compare(applied: Vec<String>, migrated_by: Option<String>) -> Self {
        let ours = known_migrations();
        let (done, pending): (Vec<_>, Vec<_>) =
            ours.iter().partition(|(version, _)| applied.contains(version));
        let is_known = |version: &String| ours.iter().any(|(known, _)| known == version);
        Self {
            applied: done.len(),
            pending: pending.into_iter().map(|(_, name)| name.clone()).collect(),
            unknown: applied.into_iter().filter(|version| !is_known(version)).collect(),
            migrated_by,
        }
    }

    /// Refuses a database that a newer AMDA has migrated: this one does not know its tables.
    ///
    /// # Errors
    /// [`DbError::Newer`].
    pub fn refuse_newer(&self) -> Result<(), DbError> {
        let Some(newest) = self.unknown.last() else {
            return Ok(());
        };
        Err(DbError::Newer {
            theirs: self
                .migrated_by
                .clone()
                .unwrap_or_else(|| "a newer AMDA".to_owned()),
            their_newest: newest.clone(),
            ours: format!("AMDA {VERSION}"),
            our_newest: newest_migration(),
        })
    }

    /// Refuses a database that lacks migrations or that a newer AMDA has migrated.
    ///
    /// # Errors
    /// [`DbError::Newer`] or [`DbError::NotMigrated`].
    pub(super) fn require_current(&self) -> Result<(), DbError> {
        self.refuse_newer()?;
        match self.pending.len() {
            0 => Ok(()),
            lacking => Err(DbError::NotMigrated { lacking }),
        }
    }
}

/// Records in the database that this version migrated it.
pub(super) async fn record_version(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    record(conn, VERSION).await
}

/// Records in the database that the AMDA `version` migrated it.
pub(super) async fn record(conn: &mut AsyncPgConnection, version: &str) -> QueryResult<()> {
    sql_query(format!("COMMENT ON TABLE {MIGRATIONS_TABLE} IS 'AMDA {version}'"))
        .execute(conn)
        .await
        .map(drop)
}

/// The version of this program's newest migration; versions are ordered as texts.
pub fn newest_migration() -> String {
    known_migrations()
        .pop()
        .map(|(version, _)| version)
        .unwrap_or_default()
}

/// Version and name of this program's migrations, in order.
fn known_migrations() -> Vec<(String, String)> {
    let source: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS
        .migrations()
        .expect("the embedded migrations were read when this was built");
    let mut ours: Vec<_> = source
        .iter()
        .map(|migration| {
            (
                migration.name().version().to_string(),
                migration.name().to_string(),
            )
        })
        .collect();
    ours.sort();
    ours
}
