//! The activity of a PostgreSQL server and of the nodes that use it, by which load is measured.

use diesel::sql_types::{BigInt, Uuid};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection as _};

use crate::id::{AccountId, NodeId};

/// Counters of one moment. Those of transactions and of the log grow, and are compared with those of an earlier moment.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Activity {
    /// Transactions of the database. Those of the last second or so may be missing.
    #[diesel(sql_type = BigInt)]
    pub transactions: i64,
    /// Bytes that the server has written to its log.
    #[diesel(sql_type = BigInt)]
    pub wal_bytes: i64,
    /// Open connections to the database, without the one that asks.
    #[diesel(sql_type = BigInt)]
    pub connections: i64,
}

/// Reads the counters, as the owner of the server.
///
/// # Errors
/// The database's.
pub async fn activity(conn: &mut AsyncPgConnection) -> QueryResult<Activity> {
    let query = "SELECT xact_commit + xact_rollback AS transactions,
            pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint AS wal_bytes,
            (SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()) AS connections
        FROM pg_stat_database WHERE datname = current_database()";
    sql_query(query).get_result(conn).await
}

/// Has PostgreSQL gather the statistics of all tables now, as their owner, so that it plans by what is in them.
///
/// # Errors
/// The database's.
pub async fn gather_statistics(conn: &mut AsyncPgConnection) -> QueryResult<()> {
    conn.batch_execute("ANALYZE").await
}

/// The node that runs an account.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Owner {
    /// The account.
    #[diesel(sql_type = Uuid)]
    pub account_id: AccountId,
    /// The node.
    #[diesel(sql_type = Uuid)]
    pub node_id: NodeId,
}

/// The accounts of all users that nodes run now, as the owner of the tables.
///
/// # Errors
/// The database's.
pub async fn owners(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Owner>> {
    let query = "SELECT account_id, node_id FROM account_leases
        WHERE node_id IS NOT NULL AND expires_at > clock_timestamp()";
    sql_query(query).load(conn).await
}
