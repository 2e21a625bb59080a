use crate::id::ids;

ids! {
    /// A message that may be viewed once.
    ViewOnceId = "ViewOnceMessage";
}
