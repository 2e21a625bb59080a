//! SQL of analytics.

use chrono::{DateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::db::schema::{accounts, messages};
use crate::id::{AccountId, ChatId, MessageId, UserId};

/// The kinds of message that count as an answer or ask for one.
const CONVERSATION_KINDS: [&str; 7] = [
    "TEXT",
    "IMAGE",
    "VIDEO",
    "AUDIO",
    "STICKER",
    "DOCUMENT",
    "VIEW_ONCE",
];

/// The time since which a contact had waited when the owner wrote `answer` at `at`; none when no message was
/// unanswered.
pub(super) async fn waiting_since(
    conn: &mut AsyncPgConnection,
    chat: ChatId,
    answer: MessageId,
    at: DateTime<Utc>,
) -> QueryResult<Option<DateTime<Utc>>> {
    let answered: Option<DateTime<Utc>> = messages::table
        .filter(messages::chat_id.eq(chat).and(messages::is_from_me))
        .filter(messages::sent_at.le(at).and(messages::id.ne(answer)))
        .filter(messages::kind.eq_any(CONVERSATION_KINDS))
        .select(max(messages::sent_at))
        .first(conn)
        .await?;
    let mut waiting = messages::table
        .filter(messages::chat_id.eq(chat).and(messages::is_from_me.eq(false)))
        .filter(
            messages::sent_at
                .le(at)
                .and(messages::kind.eq_any(CONVERSATION_KINDS)),
        )
        .order(messages::sent_at)
        .select(messages::sent_at)
        .limit(1)
        .into_boxed();
    if let Some(answered) = answered {
        waiting = waiting.filter(messages::sent_at.gt(answered));
    }
    waiting.first(conn).await.optional()
}

/// The user's accounts.
pub(super) async fn accounts(conn: &mut AsyncPgConnection, user: UserId) -> QueryResult<Vec<AccountId>> {
    accounts::table
        .filter(accounts::user_id.eq(user))
        .order(accounts::id)
        .select(accounts::id)
        .load(conn)
        .await
}
