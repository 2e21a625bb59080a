use crate::id::ids;

ids! {
    /// A contact's status.
    StatusId = "Status";
    /// The like of a status.
    StatusLikeId = "StatusLike";
}
