use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::{MessageKind, Recorded};
use crate::account::AccountRef;
use crate::contacts;
use crate::crypto::{DataKey, belongs_to};
use crate::db::schema::messages;
use crate::db::{KeepPrepared as _, column};
use crate::event::MediaReference;
use crate::id::{ChatId, ContactId, MediaId, MessageId};
use crate::visible_text::visible_lines;
use crate::work::Work;

/// The content of a message that is to be held.
#[derive(Debug, Clone)]
pub struct Hold<'a> {
    /// Its row.
    pub id: MessageId,
    /// Its words; none when there are none.
    pub text: Option<&'a str>,
    /// The time until which they are held.
    pub until: DateTime<Utc>,
}

/// Holds the contents of messages, sealed.
///
/// # Errors
/// The database's.
pub async fn hold(work: &mut Work, holds: &[Hold<'_>]) -> QueryResult<()> {
    if holds.is_empty() {
        return Ok(());
    }
    let sealed: Vec<Option<Vec<u8>>> = column(holds, |hold| hold.text.map(|text| seal(work, hold.id, text)));
    diesel::sql_query(
        "UPDATE messages SET content = new.content, held_until = new.held_until \
         FROM unnest($1, $2, $3) AS new (id, content, held_until) WHERE messages.id = new.id",
    )
    .bind::<Array<SqlUuid>, _>(column(holds, |hold| hold.id))
    .bind::<Array<Nullable<Binary>>, _>(sealed)
    .bind::<Array<Timestamptz>, _>(column(holds, |hold| hold.until))
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
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = messages)]
pub struct Held {
    /// Its row.
    pub id: MessageId,
    /// Its chat.
    #[diesel(column_name = chat_id)]
    pub chat: ChatId,
    /// Its sender.
    #[diesel(column_name = sender_id)]
    pub sender: ContactId,
    /// Its kind.
    pub kind: MessageKind,
    /// Text or caption, sealed for `messages:content:id`; null when nothing is held.
    pub content: Option<Vec<u8>>,
    /// Its media.
    #[diesel(column_name = media_id)]
    pub media: Option<MediaId>,
    /// The time at which the sender sent it.
    pub sent_at: DateTime<Utc>,
    /// True when the owner wrote it.
    pub is_from_me: bool,
    /// The time at which its content is released; null when none is held.
    pub held_until: Option<DateTime<Utc>>,
}

impl Held {
    /// Its text or caption; none when nothing in it is visible.
    ///
    /// # Errors
    /// A `DeserializationError` when they do not open.
    pub fn text(&self, key: &DataKey) -> QueryResult<Option<String>> {
        let content = self.content.as_deref();
        content.map_or(Ok(None), |sealed| open(key, "messages", self.id, sealed))
    }
}

pub(super) fn open(key: &DataKey, table: &str, id: MessageId, sealed: &[u8]) -> QueryResult<Option<String>> {
    let plain = key
        .open(&belongs_to(table, "content", id), sealed)
        .map_err(|e| diesel::result::Error::DeserializationError(e.into()))?;
    // Earlier releases stored texts as they came.
    Ok(visible_lines(&String::from_utf8_lossy(&plain)))
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
    messages::table
        .filter(messages::account_id.eq(account.id).and(messages::wa_id.eq(wa_id)))
        .filter(messages::chat_id.eq(chat))
        .select(Held::as_select())
        .load(conn)
        .await
}

/// The messages that carry some of WhatsApp's ids, in all chats.
#[derive(Debug)]
pub struct NamedMessages(Vec<(String, Held)>);

impl NamedMessages {
    /// Those of a chat that carry `wa_id`: one per sender, so usually one.
    pub fn in_chat(&self, chat: ChatId, wa_id: &str) -> Vec<&Held> {
        self.with(wa_id).filter(|held| held.chat == chat).collect()
    }

    /// Those of the other chats that carry `wa_id`.
    pub fn in_other_chats(&self, chat: ChatId, wa_id: &str) -> Vec<&Held> {
        self.with(wa_id).filter(|held| held.chat != chat).collect()
    }

    fn with(&self, wa_id: &str) -> impl Iterator<Item = &Held> {
        let named = self.0.iter().filter(move |(carried, _)| carried == wa_id);
        named.map(|(_, held)| held)
    }
}

/// Locks the account's messages that carry WhatsApp's ids `wa_ids` until the transaction ends, so that they are not released
/// meanwhile.
///
/// # Errors
/// The database's.
pub async fn lock_named(
    conn: &mut AsyncPgConnection,
    account: AccountRef,
    wa_ids: &[&str],
) -> QueryResult<NamedMessages> {
    let columns = (messages::wa_id, Held::as_select());
    let of_account = messages::table.filter(messages::account_id.eq(account.id));
    let named = match wa_ids {
        [] => Vec::new(),
        // Its plan is kept; that of a list is made anew each time.
        [wa_id] => {
            let one = of_account.filter(messages::wa_id.eq(wa_id));
            one.order(messages::id)
                .for_update()
                .select(columns)
                .load(conn)
                .await?
        }
        _ => {
            let all = of_account.filter(messages::wa_id.eq_any(wa_ids));
            all.order(messages::id)
                .for_update()
                .select(columns)
                .load(conn)
                .await?
        }
    };
    Ok(NamedMessages(named))
}
