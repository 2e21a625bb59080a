//! Ids of automatic replies.

use crate::id::ids;

ids! {
    /// The automatic reply to a message, with its outcome.
    AutoReplyId = "AutoReply";
    /// The auto-reply settings of an account; the same ULID as the account's.
    AutoReplySettingsId = "AutoReplySettings";
}
