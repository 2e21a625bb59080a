//! Read-only inspection of a database, as the role that the server works as.

use diesel::sql_types::{Binary, Text, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use secrecy::SecretString;
use uuid::Uuid;

use super::connection::{connect, connect_to_read, require_version};
use super::privileges::{self, AppRole};
use super::tables::Name;
use super::{DbError, MigrationState, tables};
use crate::config::DatabaseUrls;

/// A connection to inspect one database, as the server's role.
pub struct Inspection {
    conn: AsyncPgConnection,
}

/// A user's data key as stored.
#[derive(Debug, Clone, QueryableByName)]
pub struct WrappedKey {
    /// The owner of the key.
    #[diesel(sql_type = SqlUuid)]
    pub user_id: Uuid,
    /// The name of the master key that wrapped it.
    #[diesel(sql_type = Text)]
    pub master_key_id: String,
    /// The wrapped key.
    #[diesel(sql_type = Binary)]
    pub wrapped: Vec<u8>,
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

    /// The wrapped key of any one user, which the master key must open. `None` while there are no users.
    ///
    /// # Errors
    /// The database's.
    pub async fn any_wrapped_key(&mut self) -> QueryResult<Option<WrappedKey>> {
        let name_user =
            "SELECT set_config('amda.user_id', id::text, false) AS name FROM amda_users_after(NULL, 1) AS id";
        if self.names(name_user).await?.is_empty() {
            return Ok(None);
        }
        let query = "SELECT user_id, master_key_id, wrapped FROM user_keys LIMIT 1";
        sql_query(query).get_result(&mut self.conn).await.optional()
    }

    async fn names(&mut self, query: &str) -> QueryResult<Vec<String>> {
        let rows: Vec<Name> = sql_query(query).load(&mut self.conn).await?;
        Ok(rows.into_iter().map(|row| row.name).collect())
    }
}
