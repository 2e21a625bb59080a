//! Rows of leases. Every time is the database's.

use std::time::Duration;

use diesel::sql_types::{Array, BigInt, Bool, Double, Nullable, Text, Uuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::account::AccountRef;
use crate::db::KeepPrepared as _;
use crate::id::{AccountId, NodeId, UserId};
use crate::telemetry::Origin;
use crate::text_enum::text_enum;

text_enum! {
    /// How a session ends before its account is given to another node.
    pub(in crate::whatsapp) enum Ending {
        /// The link stays.
        Stop = "STOP",
        /// The link is removed at WhatsApp.
        LogOut = "LOG_OUT",
    }
}

/// Condition of a lease that `$1`, a node, may claim.
const IS_FREE: &str = "(node_id IS NULL OR expires_at <= clock_timestamp())
    AND (asked_until IS NULL OR asked_until <= clock_timestamp() OR asked_by = $1)";

/// Answer to a claim of one account.
#[derive(Debug)]
pub(in crate::whatsapp) enum Claim {
    /// The account is ours.
    Granted(Claimed),
    /// Another node has it.
    Held,
    /// There is no such account.
    Gone,
}

/// Account that was claimed.
#[derive(Debug, QueryableByName)]
pub(in crate::whatsapp) struct Claimed {
    #[diesel(sql_type = Uuid)]
    pub(in crate::whatsapp) account_id: AccountId,
    #[diesel(sql_type = BigInt)]
    pub(in crate::whatsapp) fence: i64,
    /// True when the node before gave it back for others to go on at once.
    #[diesel(sql_type = Bool)]
    pub(in crate::whatsapp) was_handed_over: bool,
    /// True when it was another node's before.
    #[diesel(sql_type = Bool)]
    pub(in crate::whatsapp) was_of_another: bool,
}

/// Claims the lease of `account`, on a transaction of its user.
pub(in crate::whatsapp) async fn claim(
    conn: &mut AsyncPgConnection,
    node: NodeId,
    account: AccountRef,
    ttl: Duration,
) -> QueryResult<Claim> {
    let make = "INSERT INTO account_leases (account_id, expires_at)
        SELECT id, clock_timestamp() FROM accounts WHERE id = $1 ON CONFLICT DO NOTHING";
    diesel::sql_query(make)
        .bind::<Uuid, _>(account.id)
        .keep_prepared()
        .execute(conn)
        .await?;
    if let Some(claimed) = claim_free(conn, node, &[account.id], ttl).await?.pop() {
        return Ok(Claim::Granted(claimed));
    }
    let is_there = crate::account::exists(conn, account.id).await?;
    Ok(if is_there { Claim::Held } else { Claim::Gone })
}

/// Claims the leases of all of `accounts` that are free.
pub(in crate::whatsapp) async fn claim_all(
    conn: &mut AsyncPgConnection,
    node: NodeId,
    accounts: &[AccountId],
    ttl: Duration,
) -> QueryResult<Vec<Claimed>> {
    let make = "INSERT INTO account_leases (account_id, expires_at)
        SELECT id, clock_timestamp() FROM unnest($1) AS id ON CONFLICT DO NOTHING";
    diesel::sql_query(make)
        .bind::<Array<Uuid>, _>(accounts)
        .keep_prepared()
        .execute(conn)
        .await?;
    claim_free(conn, node, accounts, ttl).await
}

/// `FOR UPDATE` waits for no commit of the session before, and none is overtaken: a lease that a commit holds is skipped.
async fn claim_free(
    conn: &mut AsyncPgConnection,
    node: NodeId,
    accounts: &[AccountId],
    ttl: Duration,
) -> QueryResult<Vec<Claimed>> {
    let query = format!(
        "WITH free AS (
            SELECT account_id, node_id, is_handed_over FROM account_leases WHERE account_id = ANY ($2) AND {IS_FREE}
            ORDER BY account_id FOR UPDATE SKIP LOCKED)
        UPDATE account_leases leases SET node_id = $1, fence = leases.fence + 1,
            expires_at = clock_timestamp() + make_interval(secs => $3), is_linking = false, is_handed_over = false,
            asked_by = NULL, asked_end = NULL, asked_until = NULL, asked_request = NULL, asked_trace = NULL
        FROM free WHERE leases.account_id = free.account_id
        RETURNING leases.account_id, leases.fence, free.is_handed_over AS was_handed_over,
            free.is_handed_over OR coalesce(free.node_id <> $1, false) AS was_of_another"
    );
    diesel::sql_query(query)
        .bind::<Uuid, _>(node)
        .bind::<Array<Uuid>, _>(accounts)
        .bind::<Double, _>(ttl.as_secs_f64())
        .keep_prepared()
        .load(conn)
        .await
}

/// Asks the node that has `account` to end its session and give it back; for `patience` nobody else may claim it.
pub(in crate::whatsapp) async fn ask(
    conn: &mut AsyncPgConnection,
    node: NodeId,
    account: AccountId,
    ending: Ending,
    patience: Duration,
    origin: &Origin,
) -> QueryResult<()> {
    let query =
        "UPDATE account_leases SET asked_by = $1, asked_end = $3, asked_request = $5, asked_trace = $6,
            asked_until = clock_timestamp() + make_interval(secs => $4)
        WHERE account_id = $2 AND node_id <> $1
            AND (asked_until IS NULL OR asked_until <= clock_timestamp() OR asked_by = $1)";
    diesel::sql_query(query)
        .bind::<Uuid, _>(node)
        .bind::<Uuid, _>(account)
        .bind::<Text, _>(ending)
        .bind::<Double, _>(patience.as_secs_f64())
        .bind::<Nullable<Text>, _>(&origin.request_id)
        .bind::<Nullable<Text>, _>(origin.traceparent())
        .keep_prepared()
        .execute(conn)
        .await
        .map(drop)
}

/// Account that another node asks for.
#[derive(Debug, QueryableByName)]
pub(in crate::whatsapp) struct AskedFor {
    #[diesel(sql_type = Uuid)]
    pub(in crate::whatsapp) account_id: AccountId,
    #[diesel(sql_type = Text)]
    pub(in crate::whatsapp) ending: Ending,
    #[diesel(sql_type = Nullable<Text>)]
    asked_request: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    asked_trace: Option<String>,
}

impl AskedFor {
    /// What the other node asks for it because of.
    pub(in crate::whatsapp) fn origin(&self) -> Origin {
        Origin::stored(self.asked_request.clone(), self.asked_trace.as_deref())
    }
}

/// Accounts of `node` that other nodes ask for.
pub(in crate::whatsapp) async fn asked_for(
    conn: &mut AsyncPgConnection,
    node: NodeId,
) -> QueryResult<Vec<AskedFor>> {
    let query = "SELECT account_id, asked_end AS ending, asked_request, asked_trace FROM account_leases
        WHERE node_id = $1 AND asked_by IS NOT NULL AND asked_until > clock_timestamp()";
    diesel::sql_query(query)
        .bind::<Uuid, _>(node)
        .keep_prepared()
        .load(conn)
        .await
}

#[derive(QueryableByName)]
struct Fenced {
    #[diesel(sql_type = Uuid)]
    account_id: AccountId,
    #[diesel(sql_type = BigInt)]
    fence: i64,
}

impl Fenced {
    const fn pair(self) -> (AccountId, i64) {
        (self.account_id, self.fence)
    }
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    is_so: bool,
}

/// Renews the leases of `accounts` that `node` has, in one statement, and returns them with their fences. One that is over
/// is not renewed: it has to be claimed. One that another transaction has locked is not waited for.
pub(in crate::whatsapp) async fn renew(
    conn: &mut AsyncPgConnection,
    node: NodeId,
    accounts: &[AccountId],
    ttl: Duration,
) -> QueryResult<Vec<(AccountId, i64)>> {
    let query = "WITH ours AS (
            SELECT account_id FROM account_leases
            WHERE node_id = $1 AND account_id = ANY ($2) AND expires_at > clock_timestamp()
            ORDER BY account_id FOR NO KEY UPDATE SKIP LOCKED)
        UPDATE account_leases leases SET expires_at = clock_timestamp() + make_interval(secs => $3)
        FROM ours WHERE leases.account_id = ours.account_id
        RETURNING leases.account_id, leases.fence";
    let renewed: Vec<Fenced> = diesel::sql_query(query)
        .bind::<Uuid, _>(node)
        .bind::<Array<Uuid>, _>(accounts)
        .bind::<Double, _>(ttl.as_secs_f64())
        .keep_prepared()
        .load(conn)
        .await?;
    Ok(renewed.into_iter().map(Fenced::pair).collect())
}

/// Those of `accounts` that `node` has, with their fences.
pub(in crate::whatsapp) async fn owned(
    conn: &mut AsyncPgConnection,
    node: NodeId,
    accounts: &[AccountId],
) -> QueryResult<Vec<(AccountId, i64)>> {
    let query = "SELECT account_id, fence FROM account_leases
        WHERE node_id = $1 AND account_id = ANY ($2) AND expires_at > clock_timestamp()";
    let owned: Vec<Fenced> = diesel::sql_query(query)
        .bind::<Uuid, _>(node)
        .bind::<Array<Uuid>, _>(accounts)
        .keep_prepared()
        .load(conn)
        .await?;
    Ok(owned.into_iter().map(Fenced::pair).collect())
}

/// True when there are accounts that were handed over for others to go on with.
pub(in crate::whatsapp) async fn has_handed_over(conn: &mut AsyncPgConnection) -> QueryResult<bool> {
    let query =
        "SELECT EXISTS (SELECT FROM account_leases WHERE is_handed_over AND node_id IS NULL) AS is_so";
    let answer: Answer = diesel::sql_query(query).keep_prepared().get_result(conn).await?;
    Ok(answer.is_so)
}

/// Notes that the session of an account makes a link.
pub(in crate::whatsapp) async fn set_linking(
    conn: &mut AsyncPgConnection,
    node: NodeId,
    account: AccountId,
) -> QueryResult<()> {
    diesel::sql_query("UPDATE account_leases SET is_linking = true WHERE account_id = $2 AND node_id = $1")
        .bind::<Uuid, _>(node)
        .bind::<Uuid, _>(account)
        .keep_prepared()
        .execute(conn)
        .await
        .map(drop)
}

/// Gives leases back. With `is_handed_over`, another node goes on as if nothing had happened. An interrupted link is to be
/// reported unless it `is_settled`.
pub(in crate::whatsapp) async fn release(
    conn: &mut AsyncPgConnection,
    node: NodeId,
    accounts: &[AccountId],
    is_handed_over: bool,
    is_settled: bool,
) -> QueryResult<()> {
    let query =
        "UPDATE account_leases SET node_id = NULL, expires_at = clock_timestamp(), is_handed_over = $3,
            is_linking = is_linking AND NOT $4
        WHERE account_id = ANY ($2) AND node_id = $1";
    diesel::sql_query(query)
        .bind::<Uuid, _>(node)
        .bind::<Array<Uuid>, _>(accounts)
        .bind::<Bool, _>(is_handed_over)
        .bind::<Bool, _>(is_settled)
        .keep_prepared()
        .execute(conn)
        .await
        .map(drop)
}

/// Ends all leases of `node`, which has ended.
pub(in crate::whatsapp) async fn end_all(conn: &mut AsyncPgConnection, node: NodeId) -> QueryResult<()> {
    let query = "UPDATE account_leases SET expires_at = clock_timestamp()
        WHERE node_id = $1 AND expires_at > clock_timestamp()";
    diesel::sql_query(query)
        .bind::<Uuid, _>(node)
        .keep_prepared()
        .execute(conn)
        .await
        .map(drop)
}

/// Account that nobody runs.
#[derive(Debug)]
pub(in crate::whatsapp) struct Orphan {
    pub(in crate::whatsapp) account: AccountRef,
    /// Its link was being made.
    pub(in crate::whatsapp) is_linking: bool,
}

#[derive(QueryableByName)]
struct OrphanRow {
    #[diesel(sql_type = Uuid)]
    user_id: UserId,
    #[diesel(sql_type = Uuid)]
    account_id: AccountId,
    #[diesel(sql_type = Bool)]
    is_linking: bool,
}

/// At most `most` accounts of all users that nobody runs and somebody should.
pub(in crate::whatsapp) async fn orphans(
    conn: &mut AsyncPgConnection,
    most: i64,
) -> QueryResult<Vec<Orphan>> {
    let query = "SELECT user_id, account_id, is_linking FROM amda_orphaned_accounts() LIMIT $1";
    let rows: Vec<OrphanRow> = diesel::sql_query(query)
        .bind::<BigInt, _>(most)
        .keep_prepared()
        .load(conn)
        .await?;
    let orphan = |row: OrphanRow| Orphan {
        account: AccountRef {
            id: row.account_id,
            user: row.user_id,
        },
        is_linking: row.is_linking,
    };
    Ok(rows.into_iter().map(orphan).collect())
}

/// Accounts that should run, of all users.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub(in crate::whatsapp) struct Census {
    /// Their number.
    #[diesel(sql_type = BigInt)]
    pub(in crate::whatsapp) total: i64,
    /// The number of those that this node has.
    #[diesel(sql_type = BigInt)]
    pub(in crate::whatsapp) own: i64,
}

/// Counts the accounts that should run, and those among them that `node` has.
pub(in crate::whatsapp) async fn census(conn: &mut AsyncPgConnection, node: NodeId) -> QueryResult<Census> {
    let query = "SELECT count(*) AS total, count(*) FILTER (WHERE leases.node_id = $1 AND leases.expires_at > clock_timestamp()) AS own
        FROM amda_accounts_to_run() run LEFT JOIN account_leases leases ON leases.account_id = run.account_id";
    diesel::sql_query(query)
        .bind::<Uuid, _>(node)
        .keep_prepared()
        .get_result(conn)
        .await
}

/// True when `account` should run.
pub(in crate::whatsapp) async fn wanted(
    conn: &mut AsyncPgConnection,
    account: AccountId,
) -> QueryResult<bool> {
    let query = "SELECT EXISTS (SELECT FROM amda_accounts_to_run() WHERE account_id = $1) AS is_so";
    let answer: Answer = diesel::sql_query(query)
        .bind::<Uuid, _>(account)
        .keep_prepared()
        .get_result(conn)
        .await?;
    Ok(answer.is_so)
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = Uuid)]
    account_id: AccountId,
}

/// Those of `accounts` that should run and whose session WhatsApp has ended until something changes.
pub(in crate::whatsapp) async fn resting(
    conn: &mut AsyncPgConnection,
    accounts: &[AccountId],
) -> QueryResult<Vec<AccountId>> {
    let query = "SELECT account_id FROM amda_resting_accounts() WHERE account_id = ANY ($1)";
    let rows: Vec<Id> = diesel::sql_query(query)
        .bind::<Array<Uuid>, _>(accounts)
        .keep_prepared()
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|row| row.account_id).collect())
}
