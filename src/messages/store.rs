use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{MessageKind, Recorded};
use crate::account::AccountRef;
use crate::contacts;
use crate::crypto::belongs_to;
use crate::db::KeepPrepared as _;
use crate::db::schema::messages;
use crate::event::MediaReference;
use crate::id::{AccountId, ChatId, ContactId, MediaId, MessageId};
use crate::work::Work;

/// Holds the content of a message, sealed, until `until`.
///
/// # Errors
/// The database's.
pub async fn hold(
    work: &mut Work,
    id: MessageId,
    text: Option<&str>,
    until: DateTime<Utc>,
) -> QueryResult<()> {
    let sealed = text.map(|text| seal(work, id, text));
    diesel::update(messages::table.find(id))
        .set((messages::content.eq(sealed), messages::held_until.eq(Some(until))))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

pub(super) fn seal(work: &Work, id: MessageId, text: &str) -> Vec<u8> {
    work.key
        .seal(&belongs_to("messages", "content", id), text.as_bytes())
}

/// Records the file of a message. A message whose file is recorded already keeps that row.
///
/// # Errors
/// The database's.
pub async fn record_media(
    work: &mut Work,
    account: AccountRef,
    message: MessageId,
    reference: &MediaReference,
) -> QueryResult<MediaId> {
    let known: Option<MediaId> = messages::table
        .find(message)
        .select(messages::media_id)
        .first(work)
        .await?;
    if let Some(known) = known {
        return Ok(known);
    }
    let id = crate::media::record(work, account.id, reference).await?;
    diesel::update(messages::table.find(message))
        .set(messages::media_id.eq(Some(id)))
        .keep_prepared()
        .execute(work)
        .await?;
    Ok(id)
}

/// The time after a message within which its sender's app sends a better copy of its file.
const BETTER_COPY_WITHIN: TimeDelta = TimeDelta::minutes(10);

/// Has a better copy of a message's file take its place. `part` is the message that brought the copy, sent at `sent_at`: of
/// the same chat and sender. One that was sent long after the message is ignored, by WhatsApp's times of both: no app does
/// that.
///
/// # Errors
/// The database's.
pub async fn improve_media(
    work: &mut Work,
    account: AccountRef,
    part: Recorded,
    sent_at: DateTime<Utc>,
    target_wa_id: &str,
    better: &MediaReference,
) -> QueryResult<()> {
    let senders = contacts::rows_of(work, &[part.sender]).await?;
    let named = find_by_wa_id(work, account, part.chat, target_wa_id).await?;
    let target = named
        .iter()
        .filter(|message| (sent_at - message.sent_at).abs() <= BETTER_COPY_WITHIN)
        .find(|message| senders.contains(&message.sender));
    match target.and_then(|target| target.media) {
        Some(media) => crate::media::improve(work, account, media, better).await,
        None => Ok(()),
    }
}

/// The files of those of `messages` that still have one.
///
/// # Errors
/// The database's.
pub async fn load_media(
    conn: &mut AsyncPgConnection,
    messages: &[MessageId],
) -> QueryResult<Vec<(MessageId, MediaId)>> {
    messages::table
        .filter(messages::id.eq_any(messages))
        .filter(messages::media_id.is_not_null())
        .select((messages::id, messages::media_id.assume_not_null()))
        .load(conn)
        .await
}

/// A held message.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Held {
    /// Its row.
    pub id: MessageId,
    /// Its chat.
    pub chat: ChatId,
    /// Its sender.
    pub sender: ContactId,
    /// Its kind.
    pub kind: MessageKind,
    /// Text or caption, sealed for `messages:content:id`; null when nothing is held.
    pub content: Option<Vec<u8>>,
    /// Its media.
    pub media: Option<MediaId>,
    /// The time at which the sender sent it.
    pub sent_at: DateTime<Utc>,
    /// True when the owner wrote it.
    pub is_from_me: bool,
    /// The time at which its content is released; null when none is held.
    pub held_until: Option<DateTime<Utc>>,
}

/// The messages of a chat that carry WhatsApp's id `wa_id`: one per sender, so usually one.
///
/// # Errors
/// The database's.
pub async fn find_by_wa_id(
    conn: &mut AsyncPgConnection,
    account: AccountRef,
    chat: ChatId,
    wa_id: &str,
) -> QueryResult<Vec<Held>> {
    with_wa_id(account, wa_id)
        .filter(messages::chat_id.eq(chat))
        .load(conn)
        .await
}

/// The messages of the account's other chats than `chat` that carry WhatsApp's id `wa_id`.
///
/// # Errors
/// The database's.
pub async fn find_in_other_chats(
    conn: &mut AsyncPgConnection,
    account: AccountRef,
    chat: ChatId,
    wa_id: &str,
) -> QueryResult<Vec<Held>> {
    with_wa_id(account, wa_id)
        .filter(messages::chat_id.ne(chat))
        .load(conn)
        .await
}

#[diesel::dsl::auto_type(no_type_alias)]
fn with_wa_id<'a>(account: AccountRef, wa_id: &'a str) -> _ {
    let account: AccountId = account.id;
    messages::table
        .filter(messages::account_id.eq(account).and(messages::wa_id.eq(wa_id)))
        .select((
            messages::id,
            messages::chat_id,
            messages::sender_id,
            messages::kind,
            messages::content,
            messages::media_id,
            messages::sent_at,
            messages::is_from_me,
            messages::held_until,
        ))
}
