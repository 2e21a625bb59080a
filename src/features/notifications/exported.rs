//! The tables of notifications in an export of a user's data.

use crate::features::ExportedColumn::{LeftOut, Plain, Structured};
use crate::features::{ExportedTable, SEARCH_INDEX, SECRET};

pub(super) const EXPORTED: &[ExportedTable] = &[
    ExportedTable::by_id(
        "notifications",
        "Notifications.",
        &[
            Plain("kind"),
            Plain("account_id"),
            Plain("subject_id"),
            Structured("details"),
            Plain("created_at"),
            Plain("read_at"),
        ],
    ),
    ExportedTable::by_id(
        "notification_mails",
        "Mails of notifications.",
        &[
            Plain("kind"),
            Plain("state"),
            Plain("reason"),
            Plain("created_at"),
            Plain("closed_at"),
            Plain("settled_at"),
            Plain("failure"),
        ],
    ),
    ExportedTable::by_key(
        "notification_mail_items",
        "The notifications that a mail told of.",
        &[("notification_id", "uuid")],
        &[Plain("mail_id")],
    ),
    ExportedTable::by_key(
        "notification_preferences",
        "Your settings of push messages.",
        &[("user_id", "uuid")],
        &[Plain("push_shows_details")],
    ),
    ExportedTable::by_key(
        "notification_switches",
        "Kinds of notifications that you turned on or off.",
        &[("kind", "text"), ("channel", "text")],
        &[Plain("is_enabled")],
    ),
    ExportedTable::by_id(
        "push_subscriptions",
        "Browsers that receive push messages.",
        &[
            Plain("login_id"),
            LeftOut("endpoint_print", SEARCH_INDEX),
            LeftOut("target", SECRET),
            Plain("user_agent"),
            Plain("created_at"),
            Plain("pushed_at"),
        ],
    ),
];
