//! Fields of which every value is right that GraphQL lets through.

const BOOLEAN: &str = "a boolean of which both values are right";
const ENUM: &str = "an enum of which all values are right";

/// Each with its mutation, its place in the input, and the reason.
pub(super) const RIGHT_BY_TYPE: &[(&str, &str, &str)] = &[
    ("register", "usesCookie", BOOLEAN),
    ("logIn", "usesCookie", BOOLEAN),
    ("logOut", "endsAllSessions", BOOLEAN),
    ("setUserPlan", "plan", ENUM),
    ("updateAutoLikeSettings", "settings.isEnabled", BOOLEAN),
    ("updateAutoLikeSettings", "settings.skipsMuted", BOOLEAN),
    ("updateAutoLikeSettings", "settings.sendsViewReceipts", BOOLEAN),
    ("updateViewOnceSettings", "settings.isEnabled", BOOLEAN),
    ("updateDeletedMessageSettings", "settings.isEnabled", BOOLEAN),
    ("updateDeletedMessageSettings", "settings.includesGroups", BOOLEAN),
    ("updateDeletedMessageSettings", "settings.mediaBackup", ENUM),
    ("updateAutoReplySettings", "settings.schedule.weekday", ENUM),
    ("scheduleStatus", "content.text.font", ENUM),
    ("updateScheduledStatus", "content.text.font", ENUM),
    ("updateNotificationSettings", "switches.kind", ENUM),
    ("updateNotificationSettings", "switches.channel", ENUM),
    ("updateNotificationSettings", "switches.isEnabled", BOOLEAN),
    ("updateNotificationSettings", "showsPushDetails", BOOLEAN),
    (
        "addPushSubscription",
        "userAgent",
        "a name that a program gives, which is cut to 500 characters",
    ),
    ("updateWebhookEndpoint", "isEnabled", BOOLEAN),
    ("startCheckout", "interval", ENUM),
];
