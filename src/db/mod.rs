//! PostgreSQL: connections, transactions that name their user, and the embedded migrations.
//!
//! Every connection works as the role `amda_app`, which row-level security binds. A transaction is opened for one
//! user ([`Db::begin`]) and then sees and writes that user's rows only; one opened for no user
//! ([`Db::begin_without_user`]) sees no rows at all, only the few SQL functions that return ids. Code that forgets a
//! `WHERE` therefore returns nothing of other users.
//!
//! A transaction that is dropped, by an error or a cancelled future, takes its connection with it: the server rolls
//! back, and the pool never hands out a connection with unfinished work
//! (<https://github.com/weiznich/diesel_async/issues/198>).

mod connection;
pub mod embedded;
mod error;
pub mod inspect;
mod migrations;
mod pool;
#[expect(missing_docs, reason = "generated from the migrations")]
pub mod schema;
pub mod server;
mod single_server;
mod transaction;
mod wakeup;

pub use connection::{OLDEST_VERSION, connect_as_owner};
pub use error::DbError;
pub use migrations::{migrate, revert_all};
pub use pool::Db;
pub use single_server::SingleServer;
pub use transaction::Tx;
