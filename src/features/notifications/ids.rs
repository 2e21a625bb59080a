use crate::id::ids;

ids! {
    /// A mail about notifications.
    NotificationMailId = "NotificationMail";
    /// The notification settings of a user; the same ULID as the user's.
    NotificationSettingsId = "NotificationSettings";
    /// One channel of one kind in a user's notification settings.
    NotificationSwitchId = "NotificationSwitch";
    /// A browser that receives a user's pushes.
    PushSubscriptionId = "PushSubscription";
}
