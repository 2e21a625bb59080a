use crate::id::ids;

ids! {
    /// A deleted message.
    DeletedMessageId = "DeletedMessage";
}
