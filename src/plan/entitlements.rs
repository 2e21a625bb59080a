use super::Plan;

const MEBIBYTE: i64 = 1_048_576;

/// The limits and features of a plan. A limit that is `None` is no limit.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one line of the table that users compare plans by"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entitlements {
    /// The number of WhatsApp accounts that may be linked at once.
    pub max_linked_accounts: i32,
    /// True when auto-like can be confined to some contacts, or spare some.
    pub has_auto_like_lists: bool,
    /// True when auto-like can use another emoji for each contact.
    pub has_emoji_per_contact: bool,
    /// True when auto-like can rest during some hours of the day.
    pub has_quiet_hours: bool,
    /// The number of view-once messages that are captured in a calendar month of the user's time zone; `None`: all.
    pub max_view_once_captures_per_month: Option<i32>,
    /// The number of days for which ordinary messages are held to recognise a later deletion.
    pub deleted_message_days: i32,
    /// The number of days after which kept items are removed; `None`: only when the user deletes them.
    pub retention_days: Option<i32>,
    /// True when auto-replies can be confined to some contacts, or spare some.
    pub has_auto_reply_lists: bool,
    /// True when auto-replies can follow a weekly schedule.
    pub has_auto_reply_schedule: bool,
    /// True when the user is notified of a message by a contact without auto-replies.
    pub has_silenced_contact_notices: bool,
    /// The number of statuses that may wait to be published.
    pub max_scheduled_statuses: i32,
    /// True when a scheduled status may be a video.
    pub has_scheduled_videos: bool,
    /// True when a scheduled status may be shown to some contacts only.
    pub has_audience_lists: bool,
    /// True when analytics are included.
    pub has_analytics: bool,
    /// The size of the media that may be stored, in bytes.
    pub max_media_bytes: i64,
}

impl Entitlements {
    /// The product's table of limits.
    pub const fn of(plan: Plan) -> Self {
        match plan {
            Plan::Free => Self {
                max_linked_accounts: 1,
                has_auto_like_lists: false,
                has_emoji_per_contact: false,
                has_quiet_hours: false,
                max_view_once_captures_per_month: Some(3),
                deleted_message_days: 3,
                retention_days: Some(90),
                has_auto_reply_lists: false,
                has_auto_reply_schedule: false,
                has_silenced_contact_notices: false,
                max_scheduled_statuses: 3,
                has_scheduled_videos: false,
                has_audience_lists: false,
                has_analytics: false,
                max_media_bytes: 1_024 * MEBIBYTE,
            },
            Plan::Premium => Self {
                max_linked_accounts: 5,
                has_auto_like_lists: true,
                has_emoji_per_contact: true,
                has_quiet_hours: true,
                max_view_once_captures_per_month: None,
                deleted_message_days: 30,
                retention_days: None,
                has_auto_reply_lists: true,
                has_auto_reply_schedule: true,
                has_silenced_contact_notices: true,
                max_scheduled_statuses: 100,
                has_scheduled_videos: true,
                has_audience_lists: true,
                has_analytics: true,
                max_media_bytes: 51_200 * MEBIBYTE,
            },
        }
    }
}
