use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::super::model::{CaptureOutcome, CaptureReason, ViewOnce};
use crate::account::AccountRef;
use crate::crypto::{CryptoError, DataKey, belongs_to};
use crate::db::KeepPrepared as _;
use crate::db::schema::{contacts, view_once_messages};
use crate::event::MediaKind;
use crate::features::view_once::ViewOnceId;
use crate::id::{AccountId, ChatId, ContactId, MediaId, MessageId};
use crate::notices::Deed;
use crate::visible_text::visible_lines;
use crate::work::Work;

/// Returns true when `contact` is the account's owner.
pub(in crate::features::view_once) async fn is_owner(
    conn: &mut AsyncPgConnection,
    contact: ContactId,
) -> QueryResult<bool> {
    contacts::table
        .find(contact)
        .select(contacts::is_self)
        .first(conn)
        .await
}

#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = view_once_messages)]
pub(in crate::features::view_once) struct ViewOnceRow {
    id: ViewOnceId,
    account_id: AccountId,
    chat_id: ChatId,
    sender_id: ContactId,
    kind: Option<MediaKind>,
    caption: Option<Vec<u8>>,
    outcome: Option<CaptureOutcome>,
    reason: Option<String>,
    is_capturing: bool,
    media_id: Option<MediaId>,
    received_at: DateTime<Utc>,
    captured_at: Option<DateTime<Utc>>,
    reason_code: Option<CaptureReason>,
    message_id: Option<MessageId>,
    sent_at: Option<DateTime<Utc>>,
}

impl ViewOnceRow {
    /// Decrypts the caption.
    pub(in crate::features::view_once) fn open(self, key: &DataKey) -> Result<ViewOnce, CryptoError> {
        let place = place_of_caption(self.id);
        let caption = self.caption.map(|sealed| key.open(&place, &sealed)).transpose()?;
        Ok(ViewOnce {
            id: self.id,
            account: self.account_id,
            chat: self.chat_id,
            sender: self.sender_id,
            message: self.message_id,
            kind: self.kind,
            // Earlier releases stored captions as they came.
            caption: caption.and_then(|text| visible_lines(&String::from_utf8_lossy(&text))),
            outcome: self.outcome,
            reason: self
                .reason_code
                .or_else(|| self.outcome.and_then(CaptureReason::usual_of)),
            reason_message: self.reason,
            is_capturing: self.is_capturing,
            media: self.media_id,
            sent_at: self.sent_at.unwrap_or(self.received_at),
            received_at: self.received_at,
            captured_at: self.captured_at,
        })
    }
}

fn place_of_caption(id: ViewOnceId) -> String {
    belongs_to("view_once_messages", "caption", id)
}

/// Loads the user's messages among `ids`.
pub(in crate::features::view_once) async fn load(
    conn: &mut AsyncPgConnection,
    ids: &[ViewOnceId],
) -> QueryResult<Vec<ViewOnceRow>> {
    view_once_messages::table
        .filter(view_once_messages::id.eq_any(ids))
        .select(ViewOnceRow::as_select())
        .load(conn)
        .await
}

/// Loads the user's messages among the recorded `messages`.
pub(in crate::features::view_once) async fn load_of(
    conn: &mut AsyncPgConnection,
    messages: &[MessageId],
) -> QueryResult<Vec<ViewOnceRow>> {
    view_once_messages::table
        .filter(view_once_messages::message_id.eq_any(messages))
        .select(ViewOnceRow::as_select())
        .load(conn)
        .await
}

/// Locks the message `id` until the transaction ends.
pub(in crate::features::view_once) async fn lock(
    conn: &mut AsyncPgConnection,
    id: ViewOnceId,
) -> QueryResult<Option<ViewOnceRow>> {
    view_once_messages::table
        .find(id)
        .select(ViewOnceRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()
}

/// Locks the message that waits for `media` until the transaction ends.
pub(in crate::features::view_once) async fn lock_waiting(
    conn: &mut AsyncPgConnection,
    media: MediaId,
) -> QueryResult<Option<ViewOnceRow>> {
    view_once_messages::table
        .filter(view_once_messages::media_id.eq(media))
        .filter(view_once_messages::is_capturing.eq(true))
        .select(ViewOnceRow::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()
}

/// Finds the messages of a chat with WhatsApp's id `wa_id`: one per sender, so usually one.
pub(in crate::features::view_once) async fn find_by_wa_id(
    conn: &mut AsyncPgConnection,
    account: AccountId,
    chat: ChatId,
    wa_id: &str,
) -> QueryResult<Vec<ViewOnceRow>> {
    view_once_messages::table
        .filter(view_once_messages::account_id.eq(account))
        .filter(
            view_once_messages::chat_id
                .eq(chat)
                .and(view_once_messages::wa_id.eq(wa_id)),
        )
        .select(ViewOnceRow::as_select())
        .load(conn)
        .await
}

/// Values of a new message.
#[derive(Debug, Clone, Copy)]
pub(in crate::features::view_once) struct NewViewOnce<'a> {
    pub(in crate::features::view_once) id: ViewOnceId,
    pub(in crate::features::view_once) account: AccountRef,
    pub(in crate::features::view_once) chat: ChatId,
    pub(in crate::features::view_once) sender: ContactId,
    pub(in crate::features::view_once) wa_id: &'a str,
    /// The recorded message, and the time of its sending; `None` when only a quotation showed it.
    pub(in crate::features::view_once) recorded: Option<(MessageId, DateTime<Utc>)>,
    /// Outcome; `None` while the message is being captured.
    pub(in crate::features::view_once) outcome: Option<CaptureOutcome>,
    pub(in crate::features::view_once) now: DateTime<Utc>,
}

/// Inserts a new message.
pub(in crate::features::view_once) async fn insert(work: &mut Work, new: NewViewOnce<'_>) -> QueryResult<()> {
    diesel::insert_into(view_once_messages::table)
        .values((
            view_once_messages::id.eq(new.id),
            view_once_messages::user_id.eq(new.account.user),
            view_once_messages::account_id.eq(new.account.id),
            view_once_messages::chat_id.eq(new.chat),
            view_once_messages::sender_id.eq(new.sender),
            view_once_messages::wa_id.eq(new.wa_id),
            view_once_messages::outcome.eq(new.outcome),
            view_once_messages::is_capturing.eq(new.outcome.is_none()),
            view_once_messages::received_at.eq(new.now),
            view_once_messages::message_id.eq(new.recorded.map(|(message, _)| message)),
            view_once_messages::sent_at.eq(new.recorded.map(|(_, sent_at)| sent_at)),
        ))
        .execute(work)
        .await
        .map(drop)
}

/// Content that was offered for a message.
#[derive(Debug, Clone, Copy)]
pub(in crate::features::view_once) struct Offer<'a> {
    pub(in crate::features::view_once) media: MediaId,
    pub(in crate::features::view_once) kind: MediaKind,
    pub(in crate::features::view_once) caption: Option<&'a str>,
}

/// Marks the message `id` as being captured.
pub(in crate::features::view_once) async fn begin_capture(
    work: &mut Work,
    id: ViewOnceId,
    offer: Offer<'_>,
) -> QueryResult<()> {
    let caption = offer
        .caption
        .map(|text| work.key.seal(&place_of_caption(id), text.as_bytes()));
    diesel::update(view_once_messages::table.find(id))
        .set((
            view_once_messages::is_capturing.eq(true),
            view_once_messages::media_id.eq(Some(offer.media)),
            view_once_messages::kind.eq(Some(offer.kind)),
            view_once_messages::caption.eq(caption),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Marks the message `id` as being captured again.
pub(in crate::features::view_once) async fn resume_capture(
    work: &mut Work,
    id: ViewOnceId,
) -> QueryResult<()> {
    diesel::update(view_once_messages::table.find(id))
        .set(view_once_messages::is_capturing.eq(true))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// The end of a capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::features::view_once) struct CaptureEnd {
    pub(in crate::features::view_once) outcome: CaptureOutcome,
    /// Reason for which the content was not captured, and the cause in words.
    pub(in crate::features::view_once) reason: Option<(CaptureReason, String)>,
}

/// Writes the outcome of a capture.
pub(in crate::features::view_once) async fn end_capture(
    work: &mut Work,
    id: ViewOnceId,
    end: CaptureEnd,
) -> QueryResult<()> {
    let captured_at = (end.outcome == CaptureOutcome::Captured).then_some(work.now);
    let (code, words) = end.reason.unzip();
    diesel::update(view_once_messages::table.find(id))
        .set((
            view_once_messages::is_capturing.eq(false),
            view_once_messages::outcome.eq(Some(end.outcome)),
            view_once_messages::reason_code.eq(code),
            view_once_messages::reason.eq(words),
            view_once_messages::captured_at.eq(captured_at),
        ))
        .keep_prepared()
        .execute(work)
        .await
        .map(drop)
}

/// Loads the media of the message `id`, if it has any.
pub(in crate::features::view_once) async fn media_of(
    conn: &mut AsyncPgConnection,
    id: ViewOnceId,
) -> QueryResult<Option<MediaId>> {
    let found: Option<Option<MediaId>> = view_once_messages::table
        .find(id)
        .select(view_once_messages::media_id)
        .first(conn)
        .await
        .optional()?;
    Ok(found.flatten())
}

/// Deletes the user's message `id`, if it has an outcome; returns its account.
pub(in crate::features::view_once) async fn delete(
    work: &mut Work,
    id: ViewOnceId,
) -> QueryResult<Option<AccountId>> {
    let shown = view_once_messages::table
        .find(id)
        .filter(view_once_messages::outcome.is_not_null());
    diesel::delete(shown)
        .returning(view_once_messages::account_id)
        .get_result(work)
        .await
        .optional()
}

/// Loads the outcome of the message `id`; `None` when it was deleted or is still being captured.
pub(in crate::features::view_once) async fn outcome(
    conn: &mut AsyncPgConnection,
    id: ViewOnceId,
) -> QueryResult<Option<CaptureOutcome>> {
    let outcome = view_once_messages::table
        .find(id)
        .select(view_once_messages::outcome)
        .first::<Option<CaptureOutcome>>(conn)
        .await
        .optional()?;
    Ok(outcome.flatten())
}

/// Loads the senders of the messages among `ids`, and their chats.
pub(in crate::features::view_once) async fn deeds(
    conn: &mut AsyncPgConnection,
    ids: &[Uuid],
) -> QueryResult<Vec<Deed>> {
    let rows: Vec<(Uuid, ContactId, ChatId)> = view_once_messages::table
        .filter(view_once_messages::id.eq_any(ids))
        .select((
            view_once_messages::id,
            view_once_messages::sender_id,
            view_once_messages::chat_id,
        ))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(Deed::from).collect())
}
