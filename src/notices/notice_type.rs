use async_trait::async_trait;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::{Language, Locale, NewNotice, NoticeKind, TemplateData};
use crate::hub::{EventKind, EventRow};
use crate::id::{ChatId, ContactId};
use crate::work::Work;

/// The contact who did what a notice is about, and the chat it happened in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deed {
    /// The row that the notice is about.
    pub subject: Uuid,
    /// The contact.
    pub contact: ContactId,
    /// The chat.
    pub chat: ChatId,
}

impl From<(Uuid, ContactId, ChatId)> for Deed {
    fn from((subject, contact, chat): (Uuid, ContactId, ChatId)) -> Self {
        Self {
            subject,
            contact,
            chat,
        }
    }
}

/// The urgency of a push, as its service knows it: whether a phone with an empty battery wakes for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// It waits for power and a cheap network.
    Low,
    /// It waits for a phone that is in use or charged.
    Normal,
    /// It wakes the phone at once.
    High,
}

impl Urgency {
    /// The value of the `Urgency` header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }
}

/// One kind of notice: the event that calls for it, its text, and the channels that send it unless the user chose
/// otherwise.
#[async_trait]
pub trait NoticeType: std::fmt::Debug + Send + Sync {
    /// The kind.
    fn kind(&self) -> NoticeKind;

    /// The schema's type of the row that it is about; none when it is about no row.
    fn subject_type(&self) -> Option<&'static str> {
        None
    }

    /// True when it is mailed unless the user chose otherwise: for what needs its reader or cannot be taken back.
    fn is_mailed_by_default(&self) -> bool {
        false
    }

    /// True when it is pushed unless the user chose otherwise: for what is news.
    fn is_pushed_by_default(&self) -> bool {
        true
    }

    /// The urgency of its push.
    fn urgency(&self) -> Urgency {
        Urgency::Normal
    }

    /// What happened, without naming anybody, so that it may stand on a lock screen.
    fn title(&self, language: Language) -> &'static str;

    /// What happened, in one or two sentences, with names and times.
    fn body(&self, data: &TemplateData, locale: Locale) -> String;

    /// The kind of event after which [`Self::after_event`] is asked; none when the feature posts by itself.
    fn posted_after(&self) -> Option<EventKind> {
        None
    }

    /// The notice that a durable event calls for; none when it calls for none, or when it was posted before.
    ///
    /// # Errors
    /// The database's.
    async fn after_event(&self, _: &mut Work, _: &EventRow) -> QueryResult<Option<NewNotice>> {
        Ok(None)
    }

    /// Who did what the notices of these subjects are about, as far as it is still known.
    ///
    /// # Errors
    /// The database's.
    async fn deeds(&self, _: &mut AsyncPgConnection, _: &[Uuid]) -> QueryResult<Vec<Deed>> {
        Ok(Vec::new())
    }
}
