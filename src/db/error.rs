use std::error::Error;
use std::time::Duration;

use thiserror::Error;

use super::OLDEST_VERSION;
use crate::id::AccountId;
use crate::telemetry;

/// Error of a connection, a migration or a statement.
#[derive(Debug, Error)]
pub enum DbError {
    /// No connection: wrong address, refused or wrong password.
    #[error("cannot connect to PostgreSQL; check that it runs and that DATABASE_URL names it")]
    Connect(#[source] Box<dyn Error + Send + Sync>),
    /// All connections of the pool stayed in use, or none could be made, for as long as callers wait.
    #[error(
        "no connection to PostgreSQL was free for {} s; it is slow, or asked for too much at once",
        .waited.as_secs()
    )]
    Busy {
        /// The time for which the caller waited.
        waited: Duration,
    },
    /// The URL does not say as whom to log in.
    #[error("DATABASE_URL names no role; write it as postgresql://role:password@host/database")]
    NoRole,
    /// A pooler gives each transaction another session.
    #[error("{setting} leads to a pooler that gives each transaction another session; {remedy}")]
    Pooled {
        /// The setting.
        setting: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// The server's version is too old.
    #[error("PostgreSQL {found} is too old; version {OLDEST_VERSION} or newer is needed")]
    TooOld {
        /// The version, as the server gives it.
        found: String,
    },
    /// A migration failed; neither it nor any after it was applied.
    #[error("a migration failed, and neither it nor any after it was applied")]
    Migrate(#[source] Box<dyn Error + Send + Sync>),
    /// Others kept a table from a migration.
    #[error(
        "the migration {migration} was not applied: another session holds a table that it needs for a moment; end long \
         transactions (`SELECT * FROM pg_stat_activity`), such as a dump or a report, and migrate again"
    )]
    Locked {
        /// The migration.
        migration: String,
    },
    /// A newer AMDA has changed the tables.
    #[error(
        "the database was migrated by {theirs} (to {their_newest}), and this is {ours} (which knows {our_newest} and what \
         came before); run that version or a newer one, or restore a backup from before the upgrade"
    )]
    Newer {
        /// The AMDA that migrated last.
        theirs: String,
        /// The newest migration of the database.
        their_newest: String,
        /// This program.
        ours: String,
        /// The newest migration of this program.
        our_newest: String,
    },
    /// The tables are not up to date.
    #[error(
        "the database lacks {lacking} migrations; run `amda migrate`, which for a PostgreSQL of your own needs the owner's URL \
         in AMDA_DATABASE_OWNER_URL"
    )]
    NotMigrated {
        /// The number of migrations that are not applied.
        lacking: usize,
    },
    /// Another application uses the database.
    #[error(
        "the database holds tables of another application ({tables}); give AMDA a database of its own, which \
         `amda doctor --sql` prints the SQL for"
    )]
    Foreign {
        /// Those tables.
        tables: String,
    },
    /// The owner's role cannot prepare the database.
    #[error(
        "AMDA_DATABASE_OWNER_URL logs in as {role}, which cannot prepare the database: {problem}; `amda doctor --sql` \
         prints the SQL that an administrator runs"
    )]
    Owner {
        /// The owner's role.
        role: String,
        /// The reason.
        problem: String,
    },
    /// Row-level security does not bind the server's role.
    #[error(
        "DATABASE_URL logs in as {role}, which {problem}, so row-level security would not keep users apart; give that URL in \
         AMDA_DATABASE_OWNER_URL, and in DATABASE_URL one of a role that is neither superuser nor owner: `amda migrate` \
         creates it if it may, and `amda doctor --sql` prints the SQL for an administrator"
    )]
    Unbound {
        /// The server's role.
        role: String,
        /// The reason.
        problem: String,
    },
    /// The server's role lacks privileges, such as after a dump was restored.
    #[error(
        "the role {role} lacks privileges on {first} and {others} more, as after a restore; run `amda migrate` with the \
         owner's URL in AMDA_DATABASE_OWNER_URL, which grants them again"
    )]
    NotGranted {
        /// The server's role.
        role: String,
        /// The first table, in order of the name.
        first: String,
        /// The number of other tables.
        others: usize,
    },
    /// The lease of the account is over: another node may run it.
    #[error(
        "the lease of account {account} is over, and nothing was written: another node may run the account now"
    )]
    LeaseOver {
        /// The account.
        account: AccountId,
    },
    /// A statement failed.
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
}

impl DbError {
    /// Logs that background work failed and what that means, unless the database is away, which is logged once for all.
    pub fn warn(&self, meaning: &str) {
        if !self.is_outage() {
            tracing::warn!("{meaning}: {}", telemetry::chain(self));
        }
    }

    /// True when the database could not be reached, or went while it was asked.
    pub fn is_outage(&self) -> bool {
        use diesel::result::DatabaseErrorKind::ClosedConnection;
        use diesel::result::Error::DatabaseError;

        matches!(
            self,
            Self::Connect(_) | Self::Query(DatabaseError(ClosedConnection, _))
        )
    }

    /// A failure to connect, caused by `cause`.
    pub(super) fn connect(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Connect(cause.into())
    }
}
