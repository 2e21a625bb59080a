//! Event object of automatic replies.

use super::objects::AutoReply;
use crate::features::auto_reply::AutoReplyId;
use crate::features::schema::event_object;
use crate::graphql::Entity as _;

event_object! {
    /// An automatic reply was queued, sent, accepted, delivered, refused or skipped.
    AutoReplyEvent {
        /// The automatic reply as it is now; null when it was deleted since.
        auto_reply: AutoReply(AutoReplyId)
    }
}
