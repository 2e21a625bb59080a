//! View-once messages and the rule for capturing them. No I/O.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};

use crate::event::{MediaKind, MediaReference};
use crate::features::view_once::ViewOnceId;
use crate::id::{AccountId, ChatId, ContactId, MediaId};
use crate::text_enum::text_enum;

/// Legal and privacy notice for a user who turns capturing on.
pub const LEGAL_NOTICE: &str = "Whoever sends a view-once message expects that it is seen once and not kept. In some \
    places, keeping intimate pictures or recordings of somebody without their consent is against the law, and passing \
    them on is in many more. You alone are responsible for what you capture and for what you do with it. WhatsApp \
    usually does not deliver the content of view-once messages to linked devices; only what it does deliver, and what \
    you quote in a reply, can be captured.";

text_enum! {
    /// The outcome of a view-once message.
    #[derive(Enum)]
    #[graphql(name = "ViewOnceOutcome")]
    pub enum CaptureOutcome {
        /// The content was captured and is stored.
        Captured = "CAPTURED",
        /// WhatsApp did not send the content to this linked device. The content can only be captured if the owner
        /// replies to the message on the phone: the quotation brings the content along.
        NotDelivered = "NOT_DELIVERED",
        /// The plan's captures of the month were used up. After the reset or an upgrade, `retryCapture` gets the
        /// content while WhatsApp still serves it.
        QuotaExhausted = "QUOTA_EXHAUSTED",
        /// The content could not be fetched; `reason` says why. `retryCapture` may help.
        Failed = "FAILED",
    }
}

/// View-once settings of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SimpleObject)]
#[graphql(name = "ViewOnceSettings")]
pub struct ViewOnceSettings {
    /// True when content that WhatsApp delivers is captured. Off by default. View-once messages that arrive while
    /// this is off are not listed.
    pub is_enabled: bool,
}

/// A view-once message.
#[derive(Debug, Clone, PartialEq)]
pub struct ViewOnce {
    /// Id of the row.
    pub id: ViewOnceId,
    /// The account that received the message.
    pub account: AccountId,
    /// Chat of the message.
    pub chat: ChatId,
    /// Sender of the message.
    pub sender: ContactId,
    /// Kind of the content; `None` while only a placeholder arrived.
    pub kind: Option<MediaKind>,
    /// Caption of the content.
    pub caption: Option<String>,
    /// Outcome; `None` until the first capture ends.
    pub outcome: Option<CaptureOutcome>,
    /// Reason for which the content was not captured.
    pub reason: Option<String>,
    /// True while the content is being fetched.
    pub is_capturing: bool,
    /// Media, once any was delivered.
    pub media: Option<MediaId>,
    /// Time of arrival.
    pub received_at: DateTime<Utc>,
    /// Time of the capture.
    pub captured_at: Option<DateTime<Utc>>,
}

impl ViewOnce {
    /// Returns true when the offered content should be fetched. `known` is the content that was offered before: the
    /// same content again is a redelivery, which changes nothing.
    pub fn wants(&self, offered: &MediaReference, known: Option<&MediaReference>) -> bool {
        let is_same = known.is_some_and(|known| {
            known.direct_path == offered.direct_path && known.media_key == offered.media_key
        });
        match self.outcome {
            Some(CaptureOutcome::NotDelivered | CaptureOutcome::Failed) => !self.is_capturing && !is_same,
            // Captured content is complete, a capture that the quota refused is retried by the user, and without an
            // outcome the first capture is still running.
            Some(CaptureOutcome::Captured | CaptureOutcome::QuotaExhausted) | None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::id::Ids;

    fn with(outcome: Option<CaptureOutcome>) -> ViewOnce {
        let ids = Ids::new(Arc::new(SystemClock));
        ViewOnce {
            id: ids.next(),
            account: ids.next(),
            chat: ids.next(),
            sender: ids.next(),
            kind: None,
            caption: None,
            outcome,
            reason: None,
            is_capturing: outcome.is_none(),
            media: None,
            received_at: DateTime::UNIX_EPOCH,
            captured_at: None,
        }
    }

    fn at(direct_path: &str) -> MediaReference {
        MediaReference {
            kind: MediaKind::Image,
            mime_type: "image/jpeg".to_owned(),
            caption: None,
            direct_path: direct_path.to_owned(),
            media_key: vec![1; 32],
            sha256: vec![2; 32],
            encrypted_sha256: vec![3; 32],
            size_bytes: 1,
            width: None,
            height: None,
            duration_seconds: None,
            thumbnail: None,
            origin: None,
        }
    }

    #[test]
    fn content_is_wanted_by_what_has_none_and_not_twice() {
        assert!(with(Some(CaptureOutcome::NotDelivered)).wants(&at("/a"), None));
        assert!(with(Some(CaptureOutcome::Failed)).wants(&at("/b"), Some(&at("/a"))));
        assert!(!with(Some(CaptureOutcome::Failed)).wants(&at("/a"), Some(&at("/a"))));
        assert!(!with(None).wants(&at("/a"), None));
        assert!(!with(Some(CaptureOutcome::Captured)).wants(&at("/b"), Some(&at("/a"))));
        assert!(!with(Some(CaptureOutcome::QuotaExhausted)).wants(&at("/b"), Some(&at("/a"))));
    }
}
