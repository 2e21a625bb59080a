use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::account::AccountRef;
use crate::contacts::ChatKind;
use crate::db::schema::{chats, message_versions, messages};
use crate::id::{AccountId, ChatId, MediaId, MessageId, UserId};
use crate::work::Work;

/// A message whose content was let go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// Its row, which stays.
    pub id: MessageId,
    /// Its media, which nothing of the message names any more.
    pub media: Option<MediaId>,
}

/// Somebody else keeps the content of a message from now on: it is no longer held here.
///
/// # Errors
/// The database's.
pub async fn keep_elsewhere(work: &mut Work, id: MessageId) -> QueryResult<()> {
    diesel::update(messages::table.find(id))
        .set((
            messages::content.eq(None::<Vec<u8>>),
            messages::held_until.eq(None::<DateTime<Utc>>),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Lets go of what is held of a message before its time: its words, its versions and the mention of its media. What
/// somebody else keeps of it stays theirs.
///
/// # Errors
/// The database's.
pub async fn let_go(work: &mut Work, id: MessageId) -> QueryResult<()> {
    let held = messages::table.filter(messages::id.eq(id).and(messages::held_until.is_not_null()));
    let count = diesel::update(held)
        .set((
            messages::content.eq(None::<Vec<u8>>),
            messages::held_until.eq(None::<DateTime<Utc>>),
            messages::media_id.eq(None::<MediaId>),
        ))
        .execute(work)
        .await?;
    if count > 0 {
        super::forget_versions(work, &[id]).await?;
    }
    Ok(())
}

/// Keeps the messages that carry WhatsApp's id `wa_id` from being let go until the transaction ends. Read them after.
///
/// # Errors
/// The database's.
pub async fn lock(
    conn: &mut AsyncPgConnection,
    account: AccountRef,
    chat: ChatId,
    wa_id: &str,
) -> QueryResult<()> {
    messages::table
        .filter(messages::account_id.eq(account.id).and(messages::wa_id.eq(wa_id)))
        .filter(messages::chat_id.eq(chat))
        .order(messages::id)
        .for_update()
        .select(messages::id)
        .load::<MessageId>(conn)
        .await
        .map(drop)
}

/// Lets go of at most `limit` messages of the transaction's user whose time has passed, those that are due longest
/// first: their words, their versions and, except for statuses, the mention of their media.
///
/// # Errors
/// The database's.
pub async fn release_due(work: &mut Work, limit: i64) -> QueryResult<Vec<Released>> {
    let due: Vec<(MessageId, ChatId, Option<MediaId>)> = messages::table
        .filter(
            messages::user_id
                .eq(work.user)
                .and(messages::held_until.le(work.now)),
        )
        .order(messages::held_until)
        .limit(limit)
        .for_update()
        .skip_locked()
        .select((messages::id, messages::chat_id, messages::media_id))
        .load(work)
        .await?;
    // The media of a status is the status's, which outlives what is held of its message.
    let statuses: Vec<ChatId> = chats::table
        .filter(chats::user_id.eq(work.user).and(chats::kind.eq(ChatKind::Status)))
        .select(chats::id)
        .load(work)
        .await?;
    let released: Vec<Released> = due
        .into_iter()
        .map(|(id, chat, media)| Released {
            id,
            media: media.filter(|_| !statuses.contains(&chat)),
        })
        .collect();
    let ids: Vec<MessageId> = released.iter().map(|message| message.id).collect();
    let with_media: Vec<MessageId> = released
        .iter()
        .filter(|message| message.media.is_some())
        .map(|message| message.id)
        .collect();
    diesel::update(messages::table.filter(messages::id.eq_any(&ids)))
        .set((
            messages::content.eq(None::<Vec<u8>>),
            messages::held_until.eq(None::<DateTime<Utc>>),
        ))
        .execute(work)
        .await?;
    diesel::update(messages::table.filter(messages::id.eq_any(with_media)))
        .set(messages::media_id.eq(None::<MediaId>))
        .execute(work)
        .await?;
    diesel::delete(message_versions::table.filter(message_versions::message_id.eq_any(ids)))
        .execute(work)
        .await?;
    Ok(released)
}

/// Makes everything that is held of an account due, or only what was said in its chats of one kind.
///
/// # Errors
/// The database's.
pub async fn release_now(work: &mut Work, account: AccountId, kind: Option<ChatKind>) -> QueryResult<()> {
    let held = messages::table.filter(
        messages::account_id
            .eq(account)
            .and(messages::held_until.gt(work.now)),
    );
    let shorten = messages::held_until.eq(Some(work.now));
    match kind {
        None => diesel::update(held).set(shorten).execute(work).await?,
        Some(kind) => {
            let of_kind = chats::table
                .filter(chats::account_id.eq(account).and(chats::kind.eq(kind)))
                .select(chats::id);
            let some = held.filter(messages::chat_id.eq_any(of_kind));
            diesel::update(some).set(shorten).execute(work).await?
        }
    };
    Ok(())
}

diesel::define_sql_function! {
    /// Users with content that is due to be let go.
    #[sql_name = "amda_users_with_due_messages"]
    fn users_with_due_messages(due: Timestamptz) -> SqlUuid;
}

/// The users with content that is due to be let go: for a transaction of nobody's.
///
/// # Errors
/// The database's.
pub async fn users_with_due(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<Vec<UserId>> {
    diesel::select(users_with_due_messages(now)).load(conn).await
}
