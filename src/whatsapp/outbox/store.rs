//! Rows of the outbox.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXUPPER;
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::precedence::{Precedence, Sent};
use crate::account::AccountRef;
use crate::crypto::{DataKey, belongs_to};
use crate::db::schema::{accounts, outbox};
use crate::db::{KeepPrepared as _, column};
use crate::event::{Outgoing, Pause, SendEvent, SendOutcome};
use crate::id::{AccountId, Ids, SendId};
use crate::work::Work;

/// Message that was written into the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its row, which its outcomes name.
    pub id: SendId,
    /// The id by which WhatsApp and receipts will name it.
    pub wa_id: String,
}

/// Message that is about to be written into the outbox.
#[derive(Debug)]
pub struct Draft {
    id: SendId,
    kind: &'static str,
    wa_id: String,
    payload: Vec<u8>,
    send_at: DateTime<Utc>,
}

impl Draft {
    /// The row that it will have, which its outcomes name.
    pub const fn id(&self) -> SendId {
        self.id
    }
}

/// Drafts a message to be sent at `send_at` or, when the account's budget says so, later. Its WhatsApp id is chosen here, so
/// that a crash between sending and recording it cannot send it twice.
///
/// # Errors
/// A `SerializationError`.
pub fn draft(work: &Work, outgoing: &Outgoing, send_at: DateTime<Utc>) -> QueryResult<Draft> {
    let id: SendId = work.ids.next();
    let kind = match outgoing {
        Outgoing::StatusReaction { .. } => "REACTION",
        Outgoing::Text { .. } => "TEXT",
        Outgoing::Status { .. } => "STATUS",
        Outgoing::StatusRevoke { .. } => "REVOKE",
        Outgoing::StatusView { .. } => "VIEW",
    };
    let plain =
        serde_json::to_vec(outgoing).map_err(|e| diesel::result::Error::SerializationError(e.into()))?;
    Ok(Draft {
        id,
        kind,
        wa_id: choose_wa_id(&work.ids),
        payload: work.key.seal(&belongs_to("outbox", "payload", id), &plain),
        send_at,
    })
}

/// Writes a message to be sent at `send_at`, as [`draft`] drafts it.
///
/// # Errors
/// The database's.
pub async fn enqueue(
    work: &mut Work,
    account: AccountRef,
    outgoing: &Outgoing,
    send_at: DateTime<Utc>,
) -> QueryResult<Queued> {
    let drafts = [draft(work, outgoing, send_at)?];
    enqueue_all(work, account, &drafts).await?;
    let [draft] = drafts;
    Ok(Queued {
        id: draft.id,
        wa_id: draft.wa_id,
    })
}

/// Writes `drafts`, in one statement.
///
/// # Errors
/// The database's.
pub async fn enqueue_all(work: &mut Work, account: AccountRef, drafts: &[Draft]) -> QueryResult<()> {
    if drafts.is_empty() {
        return Ok(());
    }
    work.note_send();
    diesel::sql_query(INSERT)
        .bind::<SqlUuid, _>(account.user)
        .bind::<SqlUuid, _>(account.id)
        .bind::<Timestamptz, _>(work.now)
        .bind::<Array<SqlUuid>, _>(column(drafts, |draft| draft.id))
        .bind::<Array<Text>, _>(column(drafts, |draft| draft.kind))
        .bind::<Array<Text>, _>(column(drafts, |draft| draft.wa_id.as_str()))
        .bind::<Array<Binary>, _>(column(drafts, |draft| draft.payload.as_slice()))
        .bind::<Array<Timestamptz>, _>(column(drafts, |draft| draft.send_at))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

const INSERT: &str =
    "INSERT INTO outbox (user_id, account_id, created_at, state, id, kind, wa_id, payload, send_at)
    SELECT $1, $2, $3, 'QUEUED', new.* FROM unnest($4, $5, $6, $7, $8) AS new";

/// Random id in the form of WhatsApp's own web client.
fn choose_wa_id(ids: &Ids) -> String {
    let mut chance = [0; 9];
    ids.fill(&mut chance);
    format!("3EB0{}", HEXUPPER.encode(&chance))
}

/// Records the outcome of a send in its row. The pipeline calls it before the features. A row that is settled does not
/// change.
///
/// # Errors
/// The database's.
pub async fn record(work: &mut Work, news: &SendEvent) -> QueryResult<()> {
    let (state, reason) = match &news.outcome {
        SendOutcome::Sent => ("SENT", None),
        SendOutcome::Acked => ("ACKED", None),
        SendOutcome::Rejected { code } => ("REJECTED", Some(code)),
        SendOutcome::Failed { reason } | SendOutcome::Withdrawn { reason } => ("FAILED", Some(reason)),
    };
    let is_settled = news.outcome != SendOutcome::Sent;
    diesel::update(outbox::table.find(news.send))
        .filter(outbox::settled_at.is_null())
        .set((
            outbox::state.eq(state),
            outbox::reason.eq(reason),
            outbox::settled_at.eq(is_settled.then_some(news.at)),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// The status, or the deletion of one, that was enqueued as `send`, with WhatsApp's id of the message; none when it was
/// something else, or cannot be opened.
///
/// # Errors
/// The database's.
pub async fn load_status(work: &mut Work, send: SendId) -> QueryResult<Option<(String, Outgoing)>> {
    let row: Option<OutboxRow> = outbox::table
        .find(send)
        .filter(outbox::kind.eq_any(Precedence::Planned.kinds()))
        .select(OutboxRow::as_select())
        .first(work)
        .await
        .optional()?;
    Ok(row.and_then(|row| {
        let outgoing = row.open(&work.key)?;
        Some((row.wa_id, outgoing))
    }))
}

/// Pauses the account's sends. The pipeline calls it before the features.
///
/// # Errors
/// The database's.
pub async fn pause(work: &mut Work, account: AccountRef, pause: &Pause) -> QueryResult<()> {
    work.memo::<AccountId, Option<Pause>>().remove(&account.id);
    diesel::update(accounts::table.find(account.id))
        .set((
            accounts::sends_paused_until.eq(pause.until),
            accounts::sends_paused_reason.eq(&pause.code),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// The account's pause; None when there is none or it is over at `now`.
///
/// # Errors
/// The database's.
pub async fn current_pause(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    now: DateTime<Utc>,
) -> QueryResult<Option<Pause>> {
    let pause: Option<(Option<DateTime<Utc>>, Option<String>)> = accounts::table
        .find(account)
        .select((accounts::sends_paused_until, accounts::sends_paused_reason))
        .first(conn)
        .await
        .optional()?;
    let current = pause.and_then(|(until, code)| {
        Some(Pause {
            until: until?,
            code: code?,
        })
    });
    Ok(current.filter(|pause| pause.until > now))
}

/// As [`current_pause`] at the time of the unit of work, read once in it.
///
/// # Errors
/// The database's.
pub async fn present_pause(work: &mut Work, account: AccountId) -> QueryResult<Option<Pause>> {
    if let Some(known) = work.memo::<AccountId, Option<Pause>>().get(&account) {
        return Ok(known.clone());
    }
    let now = work.now;
    let pause = current_pause(work, account, now).await?;
    work.memo().insert(account, pause.clone());
    Ok(pause)
}

/// Message that waits to be sent, or for its answer.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = outbox)]
pub(super) struct OutboxRow {
    pub(super) id: SendId,
    pub(super) wa_id: String,
    pub(super) payload: Vec<u8>,
    /// Number of tries so far.
    pub(super) attempts: i32,
    pub(super) send_at: DateTime<Utc>,
    /// Time of its last claim, since which it may have arrived; None when it was never claimed.
    pub(super) sent_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
    /// Reason for which it is not to be sent any more.
    pub(super) withdrawn_because: Option<String>,
}

impl OutboxRow {
    /// Opens the message; None when its seal or its content cannot be read.
    pub(super) fn open(&self, key: &DataKey) -> Option<Outgoing> {
        let plain = key
            .open(&belongs_to("outbox", "payload", self.id), &self.payload)
            .ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

/// Finds the message of this precedence that is due first.
pub(super) async fn first(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    precedence: Precedence,
) -> QueryResult<Option<OutboxRow>> {
    outbox::table
        .filter(outbox::account_id.eq(account).and(outbox::state.eq("QUEUED")))
        .filter(outbox::kind.eq_any(precedence.kinds()))
        .order((outbox::send_at, outbox::id))
        .select(OutboxRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// Lists messages that were sent and have no answer, oldest first.
pub(super) async fn unanswered(
    conn: &mut AsyncPgConnection,
    account: AccountId,
) -> QueryResult<Vec<OutboxRow>> {
    outbox::table
        .filter(outbox::account_id.eq(account).and(outbox::state.eq("SENT")))
        .order((outbox::sent_at, outbox::id))
        .select(OutboxRow::as_select())
        .load(conn)
        .await
}

/// Lists the account's messages of the last hour, newest first.
pub(super) async fn sent_within_the_hour(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Sent>> {
    let sent: Vec<(Option<DateTime<Utc>>, String)> = outbox::table
        .filter(outbox::account_id.eq(account))
        .filter(outbox::sent_at.gt(now - TimeDelta::hours(1)))
        .order(outbox::sent_at.desc())
        .select((outbox::sent_at, outbox::kind))
        .load(conn)
        .await?;
    let sent = sent.into_iter().filter_map(|(at, kind)| {
        Some(Sent {
            at: at?,
            precedence: Precedence::of_kind(&kind),
        })
    });
    Ok(sent.collect())
}

/// Claims a message that is about to be sent, and returns it as it is from now on. None when it was cancelled or
/// withdrawn.
pub(super) async fn claim(work: &mut Work, id: SendId) -> QueryResult<Option<OutboxRow>> {
    let waiting = outbox::table.find(id).filter(
        outbox::state
            .eq("QUEUED")
            .and(outbox::withdrawn_because.is_null()),
    );
    diesel::update(waiting)
        .set((
            outbox::attempts.eq(outbox::attempts + 1),
            outbox::sent_at.eq(Some(work.now)),
        ))
        .returning(OutboxRow::as_returning())
        .keep_prepared()
        .get_result(work)
        .await
        .optional()
}

/// Puts a message back that is to be tried again at `at`, with the tries and the claim of `waiting`.
pub(super) async fn put_back(work: &mut Work, waiting: &OutboxRow, at: DateTime<Utc>) -> QueryResult<()> {
    let row = outbox::table
        .find(waiting.id)
        .filter(outbox::settled_at.is_null());
    diesel::update(row)
        .set((
            outbox::state.eq("QUEUED"),
            outbox::send_at.eq(at),
            outbox::attempts.eq(waiting.attempts),
            outbox::sent_at.eq(waiting.sent_at),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}
