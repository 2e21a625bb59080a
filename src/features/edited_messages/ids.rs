use crate::id::ids;

ids! {
    /// A message that its author edited.
    EditedMessageId = "EditedMessage";
}
