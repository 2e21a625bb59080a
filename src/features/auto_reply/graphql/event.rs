//! Event object of automatic replies.

use super::objects::AutoReply;
use crate::features::auto_reply::AutoReplyId;
use crate::features::schema::event_object;

event_object! {
    /// An automatic reply was queued, sent, accepted by WhatsApp, delivered, refused or skipped.
    AutoReplyEvent {
        /// The automatic reply in its present state; null when it is no longer kept.
        auto_reply: AutoReply(AutoReplyId)
    }
}
