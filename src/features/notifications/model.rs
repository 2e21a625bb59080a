//! A notification as it is read. No I/O.

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::texts::NotificationText;
use crate::features;
use crate::id::{AccountId, ContactId, NotificationId};
use crate::notices::{Locale, NoticeKind, TemplateData};

/// A notification with its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Its id.
    pub id: NotificationId,
    /// Kind of notification.
    pub kind: NoticeKind,
    /// Account that it is about, if any.
    pub account: Option<AccountId>,
    /// Subject, as a type's name in global ids and an id of that type.
    pub subject: Option<Seen>,
    /// Its text.
    pub text: NotificationText,
    /// Time at which it happened.
    pub created_at: DateTime<Utc>,
    /// Time at which it was read.
    pub read_at: Option<DateTime<Utc>>,
}

/// Something that can be looked up by its global id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The name of its type in global ids.
    pub kind: &'static str,
    /// Its id.
    pub id: Uuid,
}

/// A notification's row, before its words are made.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StoredNotice {
    pub(super) id: NotificationId,
    pub(super) kind: NoticeKind,
    pub(super) account: Option<AccountId>,
    pub(super) subject: Option<Uuid>,
    pub(super) details: Value,
    pub(super) created_at: DateTime<Utc>,
    pub(super) read_at: Option<DateTime<Utc>>,
}

impl StoredNotice {
    /// Subject: the row that it names, else the contact of its details, else the account.
    pub(super) fn seen(&self) -> Option<Seen> {
        let of_row = self
            .subject
            .zip(features::notice_type(self.kind).subject_type())
            .map(|(id, kind)| Seen { kind, id });
        let of_contact = || {
            self.contact().map(|id| Seen {
                kind: ContactId::KIND,
                id: id.into(),
            })
        };
        let of_account = || {
            self.account.map(|id| Seen {
                kind: AccountId::KIND,
                id: id.into(),
            })
        };
        of_row.or_else(of_contact).or_else(of_account)
    }

    /// The contact that the details name.
    pub(super) fn contact(&self) -> Option<ContactId> {
        self.details.get("contact")?.as_str()?.parse().ok()
    }

    /// The notification with its text.
    pub(super) fn with_text(self, data: &TemplateData, locale: Locale) -> Notice {
        Notice {
            text: NotificationText::of(self.kind, data, locale),
            subject: self.seen(),
            id: self.id,
            kind: self.kind,
            account: self.account,
            created_at: self.created_at,
            read_at: self.read_at,
        }
    }
}
