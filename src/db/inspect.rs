//! Read-only inspection of a database, as the role that the server works as.

use std::fmt;

use diesel::sql_types::{BigInt, Text};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use secrecy::SecretString;

use super::connection::{connect, connect_to_read, require_version};
use super::privileges::{self, AppRole};
use super::tables::Name;
use super::{DbError, MigrationState, tables};
use crate::config::DatabaseUrls;

/// A connection to inspect one database, as the server's role.
pub struct Inspection {
    conn: AsyncPgConnection,
}

/// A master key that opens something.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct MasterKeyUse {
    /// The name of the key.
    #[diesel(sql_type = Text)]
    pub master_key_id: String,
    /// The number of users whose keys it wraps; 0 when it seals the installation's secret alone.
    #[diesel(sql_type = BigInt)]
    pub users: i64,
}

impl fmt::Display for MasterKeyUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { master_key_id, users } = self;
        match users {
            0 => write!(f, "{master_key_id} (the installation's secret)"),
            1 => write!(f, "{master_key_id} (1 user)"),
            _ => write!(f, "{master_key_id} ({users} users)"),
        }
    }
}

/// The master keys that open something in the database, the one of most users first.
///
/// # Errors
/// The database's.
pub async fn master_key_uses(conn: &mut AsyncPgConnection) -> QueryResult<Vec<MasterKeyUse>> {
    sql_query("SELECT master_key_id, users FROM amda_master_key_uses()")
        .load(conn)
        .await
}

/// The owner's ability to prepare the database, as [`owner`] found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// It can bring the database up to date.
    Able,
    /// It can, and it will create the role of the server.
    CreatesRole,
}

/// Connects as the owner of the tables, and checks that it could bring the database up to date.
///
/// # Errors
/// [`DbError`], with what it lacks.
pub async fn owner(urls: &DatabaseUrls, owner: &SecretString) -> Result<Owner, DbError> {
    let app = AppRole::of(&urls.app)?;
    let mut conn = connect(owner).await?;
    require_version(&mut conn).await?;
    privileges::require_able(&mut conn, &app).await?;
    Ok(if privileges::can_log_in(&mut conn, &app).await? {
        Owner::Able
    } else {
        Owner::CreatesRole
    })
}

impl Inspection {
    /// Connects, and refuses a server that is too old.
    ///
    /// # Errors
    /// [`DbError::Connect`], [`DbError::Pooled`] or [`DbError::TooOld`].
    pub async fn open(app: &SecretString) -> Result<Self, DbError> {
        let mut conn = connect_to_read(app).await?;
        require_version(&mut conn).await?;
        Ok(Self { conn })
    }

    /// The server's version, as the server gives it.
    ///
    /// # Errors
    /// The database's.
    pub async fn version(&mut self) -> QueryResult<String> {
        let names = self
            .names("SELECT current_setting('server_version') AS name")
            .await?;
        Ok(names.into_iter().collect())
    }

    /// Compares the applied migrations with those of this program.
    ///
    /// # Errors
    /// The database's.
    pub async fn migrations(&mut self) -> QueryResult<MigrationState> {
        MigrationState::load(&mut self.conn).await
    }

    /// Refuses a role that row-level security does not bind, and one that lacks privileges.
    ///
    /// # Errors
    /// [`DbError::Unbound`] or [`DbError::NotGranted`].
    pub async fn check_role(&mut self) -> Result<(), DbError> {
        privileges::require_bound(&mut self.conn).await?;
        privileges::require_granted(&mut self.conn).await
    }

    /// The tables with users' rows that row-level security does not protect from the server's role.
    ///
    /// # Errors
    /// The database's.
    pub async fn unguarded_tables(&mut self) -> QueryResult<Vec<String>> {
        self.names(
            "SELECT c.relname::text AS name
             FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
               AND (c.relname = 'users' OR EXISTS (
                   SELECT FROM pg_attribute a
                   WHERE a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped))
               -- Work that waits holds ids and no user's data, and is claimed for all users at once.
               AND c.relname <> 'jobs'
               AND has_table_privilege(c.oid, 'SELECT')
               AND (NOT c.relrowsecurity OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))
             ORDER BY 1",
        )
        .await
    }

    /// The tables of other applications in this database.
    ///
    /// # Errors
    /// The database's.
    pub async fn foreign_tables(&mut self) -> QueryResult<Vec<String>> {
        tables::foreign(&mut self.conn).await
    }

    /// The master keys that open something, as [`master_key_uses`].
    ///
    /// # Errors
    /// The database's.
    pub async fn master_key_uses(&mut self) -> QueryResult<Vec<MasterKeyUse>> {
        master_key_uses(&mut self.conn).await
    }

    async fn names(&mut self, query: &str) -> QueryResult<Vec<String>> {
        let rows: Vec<Name> = sql_query(query).load(&mut self.conn).await?;
        Ok(rows.into_iter().map(|row| row.name).collect())
    }
}
