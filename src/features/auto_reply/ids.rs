//! Ids of automatic replies.

use crate::id::ids;

ids! {
    /// The automatic reply to a message, with its outcome.
    AutoReplyId = "AutoReply";
}
