use crate::id::ids;

ids! {
    /// The content of a deleted message.
    DeletedMessageId = "DeletedMessage";
}
