//! Automatic replies.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::account::AccountRef;
use crate::crypto::{CryptoError, DataKey, belongs_to};
use crate::db::KeepPrepared as _;
use crate::db::schema::{auto_replies, outbox};
use crate::features::auto_reply::AutoReplyId;
use crate::features::auto_reply::model::{Reply, ReplyEnd, ReplyState};
use crate::features::auto_reply::rule::SkipReason;
use crate::features::auto_reply::settings::AutoReplyMode;
use crate::features::schema::Failure;
use crate::graphql::{Page, count_rows, newest_first};
use crate::id::{AccountId, ContactId, MessageId, SendId, UserId};
use crate::work::Work;

/// A decision to be stored.
#[derive(Debug, Clone, Copy)]
pub(in crate::features::auto_reply) struct NewReply<'a> {
    pub(in crate::features::auto_reply) id: AutoReplyId,
    pub(in crate::features::auto_reply) contact: ContactId,
    pub(in crate::features::auto_reply) message: MessageId,
    pub(in crate::features::auto_reply) mode: AutoReplyMode,
    /// The text of the reply, or the reason for none.
    pub(in crate::features::auto_reply) decision: Result<ReplyText<'a>, SkipReason>,
    pub(in crate::features::auto_reply) asked_at: DateTime<Utc>,
    pub(in crate::features::auto_reply) now: DateTime<Utc>,
}

/// The text of a reply, with the fingerprints of the incoming text and of the reply.
#[derive(Debug, Clone, Copy)]
pub(in crate::features::auto_reply) struct ReplyText<'a> {
    pub(in crate::features::auto_reply) text: &'a str,
    pub(in crate::features::auto_reply) asked: Option<i64>,
    pub(in crate::features::auto_reply) answered: i64,
}

/// Stores the decision on a message. False when there was one already.
pub(in crate::features::auto_reply) async fn insert(
    work: &mut Work,
    account: AccountRef,
    new: &NewReply<'_>,
) -> QueryResult<bool> {
    let place = belongs_to("auto_replies", "content", new.id);
    let said = new.decision.ok();
    let state = if said.is_some() {
        ReplyState::Queued
    } else {
        ReplyState::Skipped
    };
    let inserted = diesel::insert_into(auto_replies::table)
        .values((
            (
                auto_replies::id.eq(new.id),
                auto_replies::user_id.eq(account.user),
                auto_replies::account_id.eq(account.id),
                auto_replies::contact_id.eq(new.contact),
                auto_replies::message_id.eq(new.message),
            ),
            auto_replies::mode.eq(new.mode),
            auto_replies::content.eq(said.map(|said| work.key.seal(&place, said.text.as_bytes()))),
            auto_replies::asked.eq(said.and_then(|said| said.asked)),
            auto_replies::answered.eq(said.map(|said| said.answered)),
            auto_replies::outcome.eq(state),
            auto_replies::skip_reason.eq(new.decision.err()),
            auto_replies::asked_at.eq(new.asked_at),
            auto_replies::created_at.eq(new.now),
            auto_replies::queued_at.eq(said.map(|_| new.now)),
            auto_replies::settled_at.eq(said.is_none().then_some(new.now)),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await?;
    Ok(inserted == 1)
}

/// Stores the send of a reply.
pub(in crate::features::auto_reply) async fn set_send(
    work: &mut Work,
    id: AutoReplyId,
    send: SendId,
) -> QueryResult<()> {
    diesel::update(auto_replies::table.find(id))
        .set(auto_replies::send_id.eq(send))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// The times of the replies to `people` after `since`. A reply that was cancelled because the owner answered counts;
/// one that was not sent for another reason does not.
pub(in crate::features::auto_reply) async fn replied_since(
    conn: &mut AsyncPgConnection,
    people: &[ContactId],
    since: DateTime<Utc>,
) -> QueryResult<Vec<DateTime<Utc>>> {
    auto_replies::table
        .filter(auto_replies::contact_id.eq_any(people))
        .filter(
            auto_replies::created_at
                .gt(since)
                .and(auto_replies::queued_at.is_not_null()),
        )
        .filter(
            auto_replies::outcome
                .ne(ReplyState::Skipped)
                .or(auto_replies::skip_reason.eq(SkipReason::AnsweredByOwner)),
        )
        .select(auto_replies::created_at)
        .load(conn)
        .await
}

/// Returns true when the text with the fingerprint `words` passed between `people` and the account after `since`: as
/// a reply or, if it is distinctive, as an incoming text.
pub(in crate::features::auto_reply) async fn is_known(
    conn: &mut AsyncPgConnection,
    people: &[ContactId],
    since: DateTime<Utc>,
    words: i64,
    is_distinctive: bool,
) -> QueryResult<bool> {
    // NULL equals nothing, so other texts match replies only.
    let heard = is_distinctive.then_some(words);
    let known = auto_replies::table
        .filter(auto_replies::contact_id.eq_any(people))
        .filter(auto_replies::created_at.gt(since))
        .filter(auto_replies::answered.eq(words).or(auto_replies::asked.eq(heard)));
    diesel::select(diesel::dsl::exists(known)).get_result(conn).await
}

/// The time at which a message of `people` was last skipped for `reason`.
pub(in crate::features::auto_reply) async fn last_skipped(
    conn: &mut AsyncPgConnection,
    people: &[ContactId],
    reason: SkipReason,
) -> QueryResult<Option<DateTime<Utc>>> {
    auto_replies::table
        .filter(auto_replies::contact_id.eq_any(people))
        .filter(auto_replies::skip_reason.eq(reason))
        .order(auto_replies::created_at.desc())
        .select(auto_replies::created_at)
        .first(conn)
        .await
        .optional()
}

/// The reply that is sent as `send`.
pub(in crate::features::auto_reply) async fn find_by_send(
    conn: &mut AsyncPgConnection,
    send: SendId,
) -> QueryResult<Option<ReplyRow>> {
    auto_replies::table
        .filter(auto_replies::send_id.eq(send))
        .select(ReplyRow::as_select())
        .first(conn)
        .await
        .optional()
}

/// The replies sent under these WhatsApp ids that are not known to have been delivered. A failed reply is among them:
/// it may have arrived although nothing more was heard of it.
pub(in crate::features::auto_reply) async fn find_under_way(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    wa_ids: &[String],
) -> QueryResult<Vec<ReplyRow>> {
    let sends = outbox::table
        .filter(outbox::account_id.eq(account).and(outbox::wa_id.eq_any(wa_ids)))
        .select(outbox::id.nullable());
    auto_replies::table
        .filter(auto_replies::send_id.eq_any(sends))
        .filter(auto_replies::outcome.eq_any([ReplyState::Queued, ReplyState::Sent, ReplyState::Failed]))
        .select(ReplyRow::as_select())
        .load(conn)
        .await
}

/// Records that a reply was handed to WhatsApp.
pub(in crate::features::auto_reply) async fn mark_sent(
    work: &mut Work,
    id: AutoReplyId,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(auto_replies::table.find(id))
        .set((
            auto_replies::outcome.eq(ReplyState::Sent),
            auto_replies::sent_at.eq(at),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Records that WhatsApp accepted a reply, which may have been delivered before that was known.
pub(in crate::features::auto_reply) async fn mark_acked(
    work: &mut Work,
    id: AutoReplyId,
    state: ReplyState,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(auto_replies::table.find(id))
        .set((auto_replies::outcome.eq(state), auto_replies::acked_at.eq(at)))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Records that a reply was delivered, whatever its state was before.
pub(in crate::features::auto_reply) async fn mark_delivered(
    work: &mut Work,
    id: AutoReplyId,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(auto_replies::table.find(id))
        .set((
            auto_replies::outcome.eq(ReplyState::Delivered),
            auto_replies::delivered_at.eq(at),
            auto_replies::failure_message.eq(None::<String>),
            auto_replies::settled_at.eq(None::<DateTime<Utc>>),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Records that a reply was rejected, skipped or failed.
pub(in crate::features::auto_reply) async fn settle(
    work: &mut Work,
    id: AutoReplyId,
    end: &ReplyEnd,
    at: DateTime<Utc>,
) -> QueryResult<()> {
    let (state, skip_reason, failure) = match end {
        ReplyEnd::Rejected(failure) => (ReplyState::Rejected, None, Some(failure)),
        ReplyEnd::Skipped(reason) => (ReplyState::Skipped, Some(*reason), None),
        ReplyEnd::Failed(failure) => (ReplyState::Failed, None, Some(failure)),
    };
    diesel::update(auto_replies::table.find(id))
        .set((
            auto_replies::outcome.eq(state),
            auto_replies::skip_reason.eq(skip_reason),
            auto_replies::whatsapp_code.eq(failure.and_then(|failure| failure.whatsapp_code)),
            auto_replies::failure_message.eq(failure.and_then(|failure| failure.message.as_deref())),
            auto_replies::settled_at.eq(at),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// A reply as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = auto_replies)]
pub(in crate::features::auto_reply) struct ReplyRow {
    pub(in crate::features::auto_reply) id: AutoReplyId,
    account_id: AccountId,
    pub(in crate::features::auto_reply) contact_id: ContactId,
    mode: AutoReplyMode,
    content: Option<Vec<u8>>,
    #[diesel(column_name = outcome)]
    pub(in crate::features::auto_reply) state: ReplyState,
    skip_reason: Option<SkipReason>,
    whatsapp_code: Option<i32>,
    failure_message: Option<String>,
    asked_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
    pub(in crate::features::auto_reply) queued_at: Option<DateTime<Utc>>,
    sent_at: Option<DateTime<Utc>>,
    pub(in crate::features::auto_reply) acked_at: Option<DateTime<Utc>>,
    delivered_at: Option<DateTime<Utc>>,
    settled_at: Option<DateTime<Utc>>,
}

impl ReplyRow {
    /// Decrypts the reply.
    pub(in crate::features::auto_reply) fn open(self, key: &DataKey) -> Result<Reply, CryptoError> {
        let place = belongs_to("auto_replies", "content", self.id);
        let text = self
            .content
            .map(|sealed| key.open(&place, &sealed))
            .transpose()?
            .map(|plain| String::from_utf8_lossy(&plain).into_owned());
        Ok(Reply {
            id: self.id,
            account: self.account_id,
            contact: self.contact_id,
            mode: self.mode,
            text,
            state: self.state,
            skip_reason: self.skip_reason,
            failure: Failure {
                whatsapp_code: self.whatsapp_code,
                message: self.failure_message,
            },
            asked_at: self.asked_at,
            created_at: self.created_at,
            queued_at: self.queued_at,
            sent_at: self.sent_at,
            acked_at: self.acked_at,
            delivered_at: self.delivered_at,
            settled_at: self.settled_at,
        })
    }
}

/// Filter of a list of replies. `None` does not filter.
#[derive(Debug, Clone, Default)]
pub struct ReplyQuery {
    /// Only replies of these accounts.
    pub accounts: Option<Vec<AccountId>>,
    /// Only replies to these contacts.
    pub contacts: Option<Vec<ContactId>>,
    /// Only replies in one of these states.
    pub states: Option<Vec<ReplyState>>,
    /// Only replies created at or after this time.
    pub from: Option<DateTime<Utc>>,
    /// Only replies created before this time.
    pub to: Option<DateTime<Utc>>,
}

/// A page of the user's replies, newest first. `query.contacts` are rows of contacts, aliases included.
pub(in crate::features::auto_reply) async fn list(
    conn: &mut AsyncPgConnection,
    user: UserId,
    page: Page,
    query: &ReplyQuery,
) -> QueryResult<Vec<ReplyRow>> {
    let rows = newest_first!(
        auto_replies::table.filter(auto_replies::user_id.eq(user)),
        page,
        auto_replies::created_at,
        auto_replies::id
    );
    filtered(rows, query)
        .select(ReplyRow::as_select())
        .load(conn)
        .await
}

/// The number of the user's replies, up to the most that a list counts. `query.contacts` as for [`list`].
pub(in crate::features::auto_reply) async fn count(
    conn: &mut AsyncPgConnection,
    user: UserId,
    query: &ReplyQuery,
) -> QueryResult<i64> {
    let rows = auto_replies::table
        .filter(auto_replies::user_id.eq(user))
        .into_boxed();
    count_rows!(conn, filtered(rows, query))
}

fn filtered<'a>(
    mut rows: auto_replies::BoxedQuery<'a, Pg>,
    query: &'a ReplyQuery,
) -> auto_replies::BoxedQuery<'a, Pg> {
    if let Some(accounts) = &query.accounts {
        rows = rows.filter(auto_replies::account_id.eq_any(accounts));
    }
    if let Some(contacts) = &query.contacts {
        rows = rows.filter(auto_replies::contact_id.eq_any(contacts));
    }
    if let Some(states) = &query.states {
        rows = rows.filter(auto_replies::outcome.eq_any(states));
    }
    if let Some(from) = query.from {
        rows = rows.filter(auto_replies::created_at.ge(from));
    }
    if let Some(to) = query.to {
        rows = rows.filter(auto_replies::created_at.lt(to));
    }
    rows
}

/// The user's replies among `ids`.
pub(in crate::features::auto_reply) async fn load(
    conn: &mut AsyncPgConnection,
    ids: &[AutoReplyId],
) -> QueryResult<Vec<ReplyRow>> {
    auto_replies::table
        .filter(auto_replies::id.eq_any(ids))
        .select(ReplyRow::as_select())
        .load(conn)
        .await
}
