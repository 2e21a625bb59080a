//! Questions to the session of an account that another node runs.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Double, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::account::AccountRef;
use crate::crypto::{DataKey, belongs_to};
use crate::db::KeepPrepared as _;
use crate::db::schema::session_questions;
use crate::id::{AccountId, NodeId, UserId};
use crate::telemetry::Origin;
use crate::work::Work;

/// Time after which a question that nobody waits for any more is removed.
const STALE_AFTER: Duration = Duration::from_mins(10);
const TABLE: &str = "session_questions";

diesel::define_sql_function! {
    /// The database's time.
    fn clock_timestamp() -> Timestamptz;
}

/// Question that waits for this node.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub(in crate::whatsapp) struct OpenQuestion {
    #[diesel(sql_type = SqlUuid)]
    pub(in crate::whatsapp) id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    user_id: UserId,
    #[diesel(sql_type = SqlUuid)]
    account_id: AccountId,
}

impl OpenQuestion {
    pub(in crate::whatsapp) const fn account(&self) -> AccountRef {
        AccountRef {
            id: self.account_id,
            user: self.user_id,
        }
    }
}

/// Questions that `node` has to answer, of all users.
pub(in crate::whatsapp) async fn open_questions(
    conn: &mut AsyncPgConnection,
    node: NodeId,
) -> QueryResult<Vec<OpenQuestion>> {
    diesel::sql_query("SELECT id, user_id, account_id FROM amda_questions_to($1)")
        .bind::<SqlUuid, _>(node)
        .keep_prepared()
        .load(conn)
        .await
}

/// Returns true when a node runs `account`.
pub(in crate::whatsapp) async fn is_run(
    conn: &mut AsyncPgConnection,
    account: AccountId,
) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Bool)]
        is_run: bool,
    }
    let query = "SELECT EXISTS (SELECT FROM account_leases
        WHERE account_id = $1 AND node_id IS NOT NULL AND expires_at > clock_timestamp()) AS is_run";
    let Answer { is_run } = diesel::sql_query(query)
        .bind::<SqlUuid, _>(account)
        .keep_prepared()
        .get_result(conn)
        .await?;
    Ok(is_run)
}

/// Writes a question down, and removes those of the user that nobody waits for.
pub(in crate::whatsapp) async fn put(
    work: &mut Work,
    account: AccountRef,
    question: &[u8],
    origin: &Origin,
) -> QueryResult<Uuid> {
    let stale =
        "DELETE FROM session_questions WHERE asked_at < clock_timestamp() - make_interval(secs => $1)";
    diesel::sql_query(stale)
        .bind::<Double, _>(STALE_AFTER.as_secs_f64())
        .keep_prepared()
        .execute(&mut **work)
        .await?;
    let id: Uuid = work.ids.next();
    let sealed = seal(&work.key, "question", id, question);
    diesel::insert_into(session_questions::table)
        .values((
            session_questions::id.eq(id),
            session_questions::user_id.eq(account.user),
            session_questions::account_id.eq(account.id),
            session_questions::question.eq(sealed),
            session_questions::asked_at.eq(clock_timestamp()),
            session_questions::request_id.eq(&origin.request_id),
            session_questions::traceparent.eq(origin.traceparent()),
        ))
        .execute(&mut **work)
        .await?;
    Ok(id)
}

/// Takes a question to answer it, with what it is asked because of. None when another took it, or its asker gave up.
pub(in crate::whatsapp) async fn take(work: &mut Work, id: Uuid) -> QueryResult<Option<(Vec<u8>, Origin)>> {
    let open = session_questions::table
        .find(id)
        .filter(session_questions::taken_at.is_null());
    let taken: Option<(Vec<u8>, Option<String>, Option<String>)> = diesel::update(open)
        .set(session_questions::taken_at.eq(clock_timestamp().nullable()))
        .returning((
            session_questions::question,
            session_questions::request_id,
            session_questions::traceparent,
        ))
        .keep_prepared()
        .get_result(&mut **work)
        .await
        .optional()?;
    Ok(taken.and_then(|(sealed, request_id, traceparent)| {
        let question = open_sealed(&work.key, "question", id, &sealed)?;
        Some((question, Origin::stored(request_id, traceparent.as_deref())))
    }))
}

/// Writes the answer to a question down.
pub(in crate::whatsapp) async fn answer(work: &mut Work, id: Uuid, answer: &[u8]) -> QueryResult<()> {
    let sealed = seal(&work.key, "answer", id, answer);
    diesel::update(session_questions::table.find(id))
        .set(session_questions::answer.eq(sealed))
        .keep_prepared()
        .execute(&mut **work)
        .await
        .map(drop)
}

/// The answer to a question; None before there is one.
pub(in crate::whatsapp) async fn find_answer(work: &mut Work, id: Uuid) -> QueryResult<Option<Vec<u8>>> {
    let sealed: Option<Option<Vec<u8>>> = session_questions::table
        .find(id)
        .select(session_questions::answer)
        .first(&mut **work)
        .await
        .optional()?;
    Ok(sealed
        .flatten()
        .and_then(|sealed| open_sealed(&work.key, "answer", id, &sealed)))
}

/// Removes a question whose asker has its answer, or gives up.
pub(in crate::whatsapp) async fn remove(work: &mut Work, id: Uuid) -> QueryResult<()> {
    diesel::delete(session_questions::table.find(id))
        .execute(&mut **work)
        .await
        .map(drop)
}

fn seal(key: &DataKey, column: &str, id: Uuid, plain: &[u8]) -> Vec<u8> {
    key.seal(&belongs_to(TABLE, column, id), plain)
}

fn open_sealed(key: &DataKey, column: &str, id: Uuid, sealed: &[u8]) -> Option<Vec<u8>> {
    key.open(&belongs_to(TABLE, column, id), sealed).ok()
}
