//! SQL of the replies that wait to be sent.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::auto_replies;
use crate::features::auto_reply::AutoReplyId;
use crate::features::auto_reply::model::ReplyState;
use crate::id::{AccountId, ContactId, SendId};

/// A queued reply and its send.
pub(in crate::features::auto_reply) type QueuedReply = (AutoReplyId, Option<SendId>);

/// The queued replies of an account.
pub(in crate::features::auto_reply) async fn list(
    conn: &mut AsyncPgConnection,
    account: AccountId,
) -> QueryResult<Vec<QueuedReply>> {
    auto_replies::table
        .filter(auto_replies::account_id.eq(account))
        .filter(auto_replies::outcome.eq(ReplyState::Queued))
        .select((auto_replies::id, auto_replies::send_id))
        .load(conn)
        .await
}

/// The queued replies of an account that were queued before `before`.
pub(in crate::features::auto_reply) async fn list_before(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    before: DateTime<Utc>,
) -> QueryResult<Vec<QueuedReply>> {
    auto_replies::table
        .filter(auto_replies::account_id.eq(account))
        .filter(auto_replies::outcome.eq(ReplyState::Queued))
        .filter(auto_replies::queued_at.lt(before))
        .select((auto_replies::id, auto_replies::send_id))
        .load(conn)
        .await
}

/// The queued replies to messages that `people` wrote at or before `until`.
pub(in crate::features::auto_reply) async fn list_for(
    conn: &mut AsyncPgConnection,
    people: &[ContactId],
    until: DateTime<Utc>,
) -> QueryResult<Vec<QueuedReply>> {
    auto_replies::table
        .filter(auto_replies::contact_id.eq_any(people))
        .filter(auto_replies::outcome.eq(ReplyState::Queued))
        .filter(auto_replies::asked_at.le(until))
        .select((auto_replies::id, auto_replies::send_id))
        .load(conn)
        .await
}
