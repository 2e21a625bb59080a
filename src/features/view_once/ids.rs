use crate::id::ids;

ids! {
    /// A message that may be viewed once.
    ViewOnceId = "ViewOnceMessage";
    /// The view-once settings of an account; the same ULID as the account's.
    ViewOnceSettingsId = "ViewOnceSettings";
}
