//! View-once messages and the rule for capturing them. No I/O.

use async_graphql::Enum;
use chrono::{DateTime, Utc};

use crate::event::{MediaKind, MediaReference};
use crate::features::view_once::ViewOnceId;
use crate::id::{AccountId, ChatId, ContactId, MediaId, MessageId};
use crate::messages::MessageKind;
use crate::text_enum::text_enum;

text_enum! {
    /// Outcome of the capture of a view-once message.
    #[derive(Enum)]
    #[graphql(name = "ViewOnceMessageOutcome")]
    pub enum CaptureOutcome {
        /// The content was captured and is stored.
        Captured = "CAPTURED",
        /// WhatsApp did not send the content to this linked device. The content can only be captured if the owner
        /// replies to the message on the phone: the quotation brings the content along.
        NotDelivered = "NOT_DELIVERED",
        /// The plan's captures of the month were used up. After the reset or an upgrade, `retryViewOnceCapture` fetches
        /// the content while WhatsApp still serves it.
        QuotaExhausted = "QUOTA_EXHAUSTED",
        /// The content could not be fetched; `failureReason` has the cause. `retryViewOnceCapture` may help.
        Failed = "FAILED",
    }
}

text_enum! {
    /// Reason for which the content of a view-once message was not captured.
    #[derive(Enum)]
    #[graphql(name = "ViewOnceMessageFailureReason")]
    pub enum CaptureReason {
        /// The plan's captures of the month were used up; `failureMessage` says when they start again.
        QuotaExhausted = "QUOTA_EXHAUSTED",
        /// Capturing was turned off before the content arrived.
        TurnedOff = "TURNED_OFF",
        /// WhatsApp no longer serves the content.
        Expired = "EXPIRED",
        /// The content could not be fetched or stored; `failureMessage` has the cause.
        FetchFailed = "FETCH_FAILED",
    }
}

impl CaptureReason {
    /// Returns the reason of an outcome for which none was stored; the previous release stored words only.
    pub const fn usual_of(outcome: CaptureOutcome) -> Option<Self> {
        match outcome {
            CaptureOutcome::Captured | CaptureOutcome::NotDelivered => None,
            CaptureOutcome::QuotaExhausted => Some(Self::QuotaExhausted),
            CaptureOutcome::Failed => Some(Self::FetchFailed),
        }
    }
}

/// Settings of capturing for one account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CaptureSettings {
    /// True when content that WhatsApp delivers is captured.
    pub is_enabled: bool,
}

/// Change of the settings of capturing. A field that is `None` leaves its setting unchanged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CaptureChange {
    /// True to capture.
    pub is_enabled: Option<bool>,
    /// True when the user read the privacy notice and goes on; needed to turn capturing on.
    pub acknowledges_notice: bool,
}

impl CaptureChange {
    /// Returns the settings after the change of `before`; `None` when it turns capturing on without the notice.
    pub fn apply(self, before: CaptureSettings) -> Option<CaptureSettings> {
        let is_enabled = self.is_enabled.unwrap_or(before.is_enabled);
        let is_turned_on = is_enabled && !before.is_enabled;
        (self.acknowledges_notice || !is_turned_on).then_some(CaptureSettings { is_enabled })
    }
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
    /// The recorded message; `None` when only a quotation showed it.
    pub message: Option<MessageId>,
    /// Kind of the content; `None` while only a placeholder arrived.
    pub kind: Option<MediaKind>,
    /// Caption of the content.
    pub caption: Option<String>,
    /// Outcome; `None` until the first capture ends.
    pub outcome: Option<CaptureOutcome>,
    /// Reason for which the content was not captured.
    pub reason: Option<CaptureReason>,
    /// The cause in words for the user.
    pub reason_message: Option<String>,
    /// True while the content is being fetched.
    pub is_capturing: bool,
    /// Media, once any was delivered.
    pub media: Option<MediaId>,
    /// Time of sending; of arrival when only a quotation showed the message.
    pub sent_at: DateTime<Utc>,
    /// Time of arrival.
    pub received_at: DateTime<Utc>,
    /// Time of the capture.
    pub captured_at: Option<DateTime<Utc>>,
}

impl ViewOnce {
    /// Returns the kind of the message; that of any view-once message while only a placeholder arrived.
    pub fn message_kind(&self) -> MessageKind {
        self.kind.map_or(MessageKind::ViewOnce, MessageKind::of_media)
    }

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
            message: None,
            kind: None,
            caption: None,
            outcome,
            reason: None,
            reason_message: None,
            is_capturing: outcome.is_none(),
            media: None,
            sent_at: DateTime::UNIX_EPOCH,
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
    fn capturing_is_turned_on_with_the_notice_and_off_without_it() {
        let (off, on) = (CaptureSettings::default(), CaptureSettings { is_enabled: true });
        let change = |is_enabled, acknowledges_notice| CaptureChange {
            is_enabled,
            acknowledges_notice,
        };

        assert_eq!(change(Some(true), false).apply(off), None);
        assert_eq!(change(Some(true), true).apply(off), Some(on));
        assert_eq!(change(Some(true), false).apply(on), Some(on));
        assert_eq!(change(Some(false), false).apply(on), Some(off));
        assert_eq!(change(None, false).apply(off), Some(off));
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
