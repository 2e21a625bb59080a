use crate::id::ids;

ids! {
    /// A mail about notifications.
    NotificationMailId = "NotificationMail";
    /// A browser that receives a user's pushes.
    PushSubscriptionId = "PushSubscription";
}
