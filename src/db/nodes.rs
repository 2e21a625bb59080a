//! The servers that run on a database: a row each, which lives as long as its node renews it.

use std::time::Duration;

use super::{Db, DbError};
use crate::id::NodeId;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Double, Text, Timestamptz, Uuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// Time between two looks whether a server of an older release has stopped.
const OLDER_RELEASE_INTERVAL: Duration = Duration::from_millis(500);

/// Keeps the node, which holds the master keys `keys`, alive for `ttl` from now on, by the database's clock. Rows of nodes that are long gone are removed.
///
/// # Errors
/// The database's.
pub async fn beat(
    conn: &mut AsyncPgConnection,
    node: NodeId,
    ttl: Duration,
    keys: &[String],
) -> QueryResult<()> {
    let query = "WITH gone AS (DELETE FROM nodes WHERE expires_at < clock_timestamp() - interval '1 hour')
        INSERT INTO nodes (id, started_at, expires_at, master_key_ids)
        VALUES ($1, clock_timestamp(), clock_timestamp() + make_interval(secs => $2), $3)
        ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, master_key_ids = excluded.master_key_ids";
    diesel::sql_query(query)
        .bind::<Uuid, _>(node)
        .bind::<Double, _>(ttl.as_secs_f64())
        .bind::<Array<Text>, _>(keys)
        .execute(conn)
        .await
        .map(drop)
}

/// Notes that the node is stopping: the others count it no more and take its accounts over as it hands them over.
///
/// # Errors
/// The database's.
pub async fn leave(conn: &mut AsyncPgConnection, node: NodeId) -> QueryResult<()> {
    diesel::sql_query("UPDATE nodes SET is_leaving = true WHERE id = $1")
        .bind::<Uuid, _>(node)
        .execute(conn)
        .await
        .map(drop)
}

/// Removes the node.
///
/// # Errors
/// The database's.
pub async fn remove(conn: &mut AsyncPgConnection, node: NodeId) -> QueryResult<()> {
    diesel::sql_query("DELETE FROM nodes WHERE id = $1")
        .bind::<Uuid, _>(node)
        .execute(conn)
        .await
        .map(drop)
}

/// Numbers of nodes that live.
#[derive(Debug, Clone, Copy, diesel::QueryableByName)]
pub struct LiveNodes {
    /// All of them.
    #[diesel(sql_type = BigInt)]
    pub living: i64,
    /// Those that are not stopping.
    #[diesel(sql_type = BigInt)]
    pub staying: i64,
}

/// Counts the nodes that live.
///
/// # Errors
/// The database's.
pub async fn count(conn: &mut AsyncPgConnection) -> QueryResult<LiveNodes> {
    let query = "SELECT count(*) AS living, count(*) FILTER (WHERE NOT is_leaving) AS staying
        FROM nodes WHERE expires_at > clock_timestamp()";
    diesel::sql_query(query).get_result(conn).await
}

/// A node that lives.
#[derive(Debug, Clone, diesel::QueryableByName)]
pub struct LiveNode {
    /// Its id.
    #[diesel(sql_type = Uuid)]
    pub id: NodeId,
    /// The time of its start.
    #[diesel(sql_type = Timestamptz)]
    pub started_at: DateTime<Utc>,
}

/// The nodes that live and do not hold the master key `id`, or do not say so, as those of the release before.
///
/// # Errors
/// The database's.
pub async fn without_master_key(conn: &mut AsyncPgConnection, id: &str) -> QueryResult<Vec<LiveNode>> {
    let query = "SELECT id, started_at FROM nodes
        WHERE expires_at > clock_timestamp() AND NOT coalesce($1 = ANY (master_key_ids), false)
        ORDER BY started_at, id";
    diesel::sql_query(query).bind::<Text, _>(id).load(conn).await
}

/// Waits until no server of a release before leases runs on the database: such a one holds this lock for as long as it serves,
/// and runs every account.
///
/// # Errors
/// The database's.
pub async fn wait_for_older_release(db: &Db) -> Result<(), DbError> {
    let query = "SELECT pg_try_advisory_xact_lock(4702985232) AS is_so";
    let mut is_told = false;
    loop {
        let mut tx = db.begin_without_user().await?;
        let Answer { is_so } = diesel::sql_query(query).get_result(&mut tx).await?;
        tx.rollback().await?;
        if is_so {
            return Ok(());
        }
        if !std::mem::replace(&mut is_told, true) {
            tracing::info!("waiting for the older AMDA that serves this database to stop");
        }
        tokio::time::sleep(OLDER_RELEASE_INTERVAL).await;
    }
}

/// True when a server runs on the database of `conn`.
///
/// # Errors
/// The database's.
pub async fn is_served(conn: &mut AsyncPgConnection) -> QueryResult<bool> {
    let query = "SELECT EXISTS (SELECT FROM nodes WHERE expires_at > clock_timestamp()) AS is_so";
    let Answer { is_so } = diesel::sql_query(query).get_result(conn).await?;
    Ok(is_so)
}

#[derive(diesel::QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    is_so: bool,
}
