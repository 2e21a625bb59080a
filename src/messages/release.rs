use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::contacts::ChatKind;
use crate::db::KeepPrepared as _;
use crate::db::schema::{chats, message_versions, messages};
use crate::id::{AccountId, ChatId, MediaId, MessageId, UserId};
use crate::work::Work;

/// A message whose content was released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    /// Its row, which stays.
    pub id: MessageId,
    /// The file that the message no longer names.
    pub media: Option<MediaId>,
}

/// Stops holding the contents of messages that a feature has taken over. Their versions and their files stay.
///
/// # Errors
/// The database's.
pub async fn stop_holding(work: &mut Work, ids: &[MessageId]) -> QueryResult<()> {
    if ids.is_empty() {
        return Ok(());
    }
    diesel::update(messages::table.filter(messages::id.eq_any(ids)))
        .set((
            messages::content.eq(None::<Vec<u8>>),
            messages::held_until.eq(None::<DateTime<Utc>>),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Releases what is held of a message before its time: its words, its versions and the reference to its file. What a
/// feature keeps of it is not touched.
///
/// # Errors
/// The database's.
pub async fn release(work: &mut Work, id: MessageId) -> QueryResult<()> {
    let held = messages::table.filter(messages::id.eq(id).and(messages::held_until.is_not_null()));
    let count = diesel::update(held)
        .set((
            messages::content.eq(None::<Vec<u8>>),
            messages::held_until.eq(None::<DateTime<Utc>>),
            messages::media_id.eq(None::<MediaId>),
        ))
        .keep_prepared()
        .execute(work)
        .await?;
    if count > 0 {
        super::forget_versions(work, &[id]).await?;
    }
    Ok(())
}

/// Releases at most `limit` messages of the user that are due, the longest overdue first: their words, their versions
/// and, except for statuses, the reference to their files.
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
        .keep_prepared()
        .execute(work)
        .await?;
    diesel::update(messages::table.filter(messages::id.eq_any(with_media)))
        .set(messages::media_id.eq(None::<MediaId>))
        .keep_prepared()
        .execute(work)
        .await?;
    diesel::delete(message_versions::table.filter(message_versions::message_id.eq_any(ids)))
        .execute(work)
        .await?;
    Ok(released)
}

/// Makes the held messages of an account due now: all of them, or those in chats of one kind.
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
        None => {
            diesel::update(held)
                .set(shorten)
                .keep_prepared()
                .execute(work)
                .await?
        }
        Some(kind) => {
            let of_kind = chats::table
                .filter(chats::account_id.eq(account).and(chats::kind.eq(kind)))
                .select(chats::id);
            let some = held.filter(messages::chat_id.eq_any(of_kind));
            diesel::update(some)
                .set(shorten)
                .keep_prepared()
                .execute(work)
                .await?
        }
    };
    Ok(())
}

diesel::define_sql_function! {
    /// The users with held content that is due for release.
    #[sql_name = "amda_users_with_due_messages"]
    fn users_with_due_messages(due: Timestamptz) -> SqlUuid;
}

/// The users with held content that is due for release. For a transaction without a user.
///
/// # Errors
/// The database's.
pub async fn users_with_due(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<Vec<UserId>> {
    diesel::select(users_with_due_messages(now)).load(conn).await
}
