//! Read-only inspection of a database, for `amda doctor`.

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::{Binary, Bool, Text, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use secrecy::SecretString;
use uuid::Uuid;

use super::DbError;
use super::connection::{connect_as_owner, require_version};
use super::migrations::MIGRATIONS;

/// A connection to inspect one database, as the role that owns its tables.
pub struct Inspection {
    conn: AsyncPgConnection,
}

/// The migrations of the database, compared with those of this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationState {
    /// The number of this program's migrations that are applied.
    pub applied: usize,
    /// The names of this program's migrations that are not applied.
    pub pending: Vec<String>,
    /// The versions of applied migrations that this program does not know: a newer AMDA applied them.
    pub unknown: Vec<String>,
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

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Condition {
    #[diesel(sql_type = Bool)]
    holds: bool,
}

impl Inspection {
    /// Connects, and refuses a server that is too old.
    ///
    /// # Errors
    /// [`DbError::Connect`] or [`DbError::TooOld`].
    pub async fn open(url: &SecretString) -> Result<Self, DbError> {
        let mut conn = connect_as_owner(url).await?;
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
        let applied = if self.has_table("__diesel_schema_migrations").await? {
            self.names("SELECT version::text AS name FROM __diesel_schema_migrations")
                .await?
        } else {
            Vec::new()
        };
        let ours = known_migrations();
        let (done, pending): (Vec<_>, Vec<_>) =
            ours.iter().partition(|(version, _)| applied.contains(version));
        let is_known = |version: &String| ours.iter().any(|(known, _)| known == version);
        Ok(MigrationState {
            applied: done.len(),
            pending: pending.into_iter().map(|(_, name)| name.clone()).collect(),
            unknown: applied.into_iter().filter(|version| !is_known(version)).collect(),
        })
    }

    /// True when the role `amda_app` exists, is granted to the owner's role, and is bound by row-level security.
    ///
    /// # Errors
    /// The database's.
    pub async fn role_is_bound(&mut self) -> QueryResult<bool> {
        let condition: Option<Condition> = sql_query(
            "SELECT NOT rolsuper AND NOT rolbypassrls AND pg_has_role(current_user, oid, 'MEMBER') AS holds
             FROM pg_roles WHERE rolname = 'amda_app'",
        )
        .get_result(&mut self.conn)
        .await
        .optional()?;
        Ok(condition.is_some_and(|condition| condition.holds))
    }

    /// The tables with users' rows that row-level security does not protect from `amda_app`.
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
               AND has_table_privilege('amda_app', c.oid, 'SELECT')
               AND (NOT c.relrowsecurity
                    OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid)
                    OR c.relowner = 'amda_app'::regrole)
             ORDER BY 1",
        )
        .await
    }

    /// The wrapped key of any one user, which the master key must open. `None` while there are no users.
    ///
    /// # Errors
    /// The database's.
    pub async fn any_wrapped_key(&mut self) -> QueryResult<Option<WrappedKey>> {
        if !self.has_table("user_keys").await? {
            return Ok(None);
        }
        let query = "SELECT user_id, master_key_id, wrapped FROM user_keys LIMIT 1";
        sql_query(query).get_result(&mut self.conn).await.optional()
    }

    async fn has_table(&mut self, name: &str) -> QueryResult<bool> {
        let query = sql_query("SELECT to_regclass($1) IS NOT NULL AS holds").bind::<Text, _>(name);
        Ok(query.get_result::<Condition>(&mut self.conn).await?.holds)
    }

    async fn names(&mut self, query: &str) -> QueryResult<Vec<String>> {
        let rows: Vec<Name> = sql_query(query).load(&mut self.conn).await?;
        Ok(rows.into_iter().map(|row| row.name).collect())
    }
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
