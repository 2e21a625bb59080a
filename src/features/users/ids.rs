use crate::id::ids;

ids! {
    /// A change of a user's e-mail address.
    EmailChangeId = "EmailChange";
}
