//! PostgreSQL: connections, transactions that name their user, and the embedded migrations.
//!
//! The server logs in as a role of its own, which row-level security binds and which can become no other; the owner of
//! the tables connects for migrations alone. A transaction is opened for one user ([`Db::begin`]) and then sees and
//! writes that user's rows only; one opened for no user ([`Db::begin_without_user`]) sees no rows at all, only the few SQL
//! functions that return ids. Code that forgets a `WHERE` therefore returns nothing of other users. One that works for an access
//! token which is limited to some accounts sees and writes no row of another account ([`AccountLimits`]).
//!
//! A transaction that is dropped, by an error or a cancelled future, takes its connection with it: the server rolls
//! back, and the pool never hands out a connection with unfinished work
//! (<https://github.com/weiznich/diesel_async/issues/198>).

mod account_limits;
#[cfg(feature = "simulator")]
pub mod activity;
mod address;
mod connection;
pub mod dump;
pub mod embedded;
mod error;
mod fence;
pub mod inspect;
mod migration_run;
mod migration_state;
mod migrations;
pub mod nodes;
mod outage;
mod pool;
mod prepared;
mod privileges;
#[expect(missing_docs, reason = "generated from the migrations")]
pub mod schema;
pub mod server;
mod setup_sql;
mod slow_queries;
mod tables;
mod tls;
pub mod tombstones;
pub mod totals;
mod transaction;
pub mod views;
mod wakeup;

pub use account_limits::{AccountLimits, without_account_limits};
pub use connection::{OLDEST_VERSION, checks_certificate, connect};
pub use error::DbError;
pub use fence::Fence;
pub use migration_state::{MigrationState, newest_migration};
pub use migrations::{migrate, migrate_further, require_ready, revert_all};
pub use pool::{Db, PoolUsage};
pub use prepared::{KeepPrepared, Prepared, array_text, column};
pub use setup_sql::setup_sql;
pub use transaction::Tx;
pub use wakeup::notify_on_commit;
