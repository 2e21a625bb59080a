use super::AutoReply;
use crate::features::auto_reply::AutoReplyId;
use crate::features::schema::event_object;
use crate::graphql::Entity as _;

event_object! {
    /// An automatic answer was queued, sent, taken, delivered, refused or skipped.
    AutoReplyEvent {
        /// The answer as it is now; null when it was deleted since.
        auto_reply: AutoReply(AutoReplyId)
    }
}
