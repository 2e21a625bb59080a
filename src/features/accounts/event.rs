use crate::features::schema::event_object;

event_object! {
    /// The account's state, code, name or contacts changed; `account` is as it is now.
    AccountEvent {}
}
