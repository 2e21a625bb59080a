//! What a user should know, put down by whichever feature finds out: plumbing under `features::notifications`, which
//! shows it and sends it on.
//!
//! ```text
//! post (in the change's unit of work) -> row + NOTIFICATION_RECEIVED -> COMMIT -> the app, and mail and push by choice
//! ```
//!
//! A notice holds ids, numbers and times. Its words are made in the reader's language when it is shown.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use crate::db::schema::notifications;
use crate::hub::EventKind;
use crate::id::{AccountId, NotificationId};
use crate::work::Work;

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, async_graphql::Enum)]
#[graphql(name = "NotificationKind")]
pub enum NoticeKind {
    /// An account needs its owner: it was logged out, replaced, banned, or stopped.
    AccountNeedsAttention,
    /// A view-once message was captured.
    ViewOnceCaptured,
    /// A view-once message came, and the month's captures are used up.
    QuotaExhausted,
    /// A message was deleted by its sender.
    MessageDeleted,
    /// A message was edited by its sender.
    MessageEdited,
    /// A contact whom the owner does not answer automatically wrote while the owner is away.
    SilencedContactWrote,
    /// WhatsApp refuses messages for a time, so automatic replies wait.
    RepliesPaused,
    /// A scheduled status was published.
    StatusPublished,
    /// A scheduled status was not published: its time passed while the account was offline.
    StatusMissed,
    /// A scheduled status was not published: WhatsApp refused it, or it could not be sent.
    StatusFailed,
    /// An outgoing webhook failed for days and was turned off.
    WebhookDisabled,
    /// The plan became smaller: some of what is kept goes at a time that is told.
    RetentionShortened,
    /// The plan's space for media is used up, so media is no longer kept.
    StorageFull,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::AccountNeedsAttention,
        Self::ViewOnceCaptured,
        Self::QuotaExhausted,
        Self::MessageDeleted,
        Self::MessageEdited,
        Self::SilencedContactWrote,
        Self::RepliesPaused,
        Self::StatusPublished,
        Self::StatusMissed,
        Self::StatusFailed,
        Self::WebhookDisabled,
        Self::RetentionShortened,
        Self::StorageFull,
    ];

    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccountNeedsAttention => "ACCOUNT_NEEDS_ATTENTION",
            Self::ViewOnceCaptured => "VIEW_ONCE_CAPTURED",
            Self::QuotaExhausted => "QUOTA_EXHAUSTED",
            Self::MessageDeleted => "MESSAGE_DELETED",
            Self::MessageEdited => "MESSAGE_EDITED",
            Self::SilencedContactWrote => "SILENCED_CONTACT_WROTE",
            Self::RepliesPaused => "REPLIES_PAUSED",
            Self::StatusPublished => "STATUS_PUBLISHED",
            Self::StatusMissed => "STATUS_MISSED",
            Self::StatusFailed => "STATUS_FAILED",
            Self::WebhookDisabled => "WEBHOOK_DISABLED",
            Self::RetentionShortened => "RETENTION_SHORTENED",
            Self::StorageFull => "STORAGE_FULL",
        }
    }

    /// Reads what [`Self::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Something to tell the user of a unit of work.
#[derive(Debug, Clone, PartialEq)]
pub struct NewNotice {
    /// What it is about.
    pub kind: NoticeKind,
    /// Which account, where it is about one.
    pub account: Option<AccountId>,
    /// The row it is about, whose table follows from the kind: told of once per kind. None: told of every time.
    pub subject: Option<Uuid>,
    /// What its words need beside the row, such as `{"until": "2026-11-24T12:00:00Z"}`: numbers, times and ids. The
    /// words know `until`, a time, and `contact`, a contact's id.
    pub details: serde_json::Value,
    /// When it happened.
    pub at: DateTime<Utc>,
}

/// Tells the user of `work`, unless they were told of this row already. True when it is news.
///
/// # Errors
/// The database's.
pub async fn post(work: &mut Work, notice: &NewNotice) -> QueryResult<bool> {
    let (id, user): (NotificationId, _) = (work.ids.next(), work.user);
    let inserted = diesel::insert_into(notifications::table)
        .values((
            notifications::id.eq(id),
            notifications::user_id.eq(user),
            notifications::kind.eq(notice.kind.as_str()),
            notifications::account_id.eq(notice.account),
            notifications::subject_id.eq(notice.subject),
            notifications::details.eq(&notice.details),
            notifications::created_at.eq(notice.at),
        ))
        .on_conflict_do_nothing()
        .execute(work)
        .await?;
    if inserted == 1 {
        work.emit(EventKind::NotificationReceived, notice.account, id);
    }
    Ok(inserted == 1)
}
