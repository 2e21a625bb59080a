//! The servers that run on a database: a row each, which lives as long as its node renews it.

use std::time::Duration;

use crate::id::NodeId;
use diesel::QueryResult;
use diesel::sql_types::{BigInt, Bool, Double, Uuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// Keeps the node alive for `ttl` from now on, by the database's clock. Rows of nodes that are long gone are removed.
///
/// # Errors
/// The database's.
pub async fn beat(conn: &mut AsyncPgConnection, node: NodeId, ttl: Duration) -> QueryResult<()> {
    let query = "WITH gone AS (DELETE FROM nodes WHERE expires_at < clock_timestamp() - interval '1 hour')
        INSERT INTO nodes (id, started_at, expires_at)
        VALUES ($1, clock_timestamp(), clock_timestamp() + make_interval(secs => $2))
        ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at";
    diesel::sql_query(query)
        .bind::<Uuid, _>(node)
        .bind::<Double, _>(ttl.as_secs_f64())
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

/// True when a server runs on the database of `conn`.
///
/// # Errors
/// The database's.
pub async fn is_served(conn: &mut AsyncPgConnection) -> QueryResult<bool> {
    let query = "SELECT EXISTS (SELECT FROM nodes WHERE expires_at > clock_timestamp()) AS is_served";
    let Served { is_served } = diesel::sql_query(query).get_result(conn).await?;
    Ok(is_served)
}

#[derive(diesel::QueryableByName)]
struct Served {
    #[diesel(sql_type = Bool)]
    is_served: bool,
}
