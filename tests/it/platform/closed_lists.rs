//! Closed lists: what a column may hold, and what the enum that reads it knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::database::{TestDatabase, connect};

/// Where the values of a column are written.
enum Source {
    /// An enum of this file below `src`.
    Enum(&'static str, &'static str),
    /// The same, without the values that never come to the column.
    Without(&'static str, &'static str, &'static str),
    /// Texts in the code.
    Texts(&'static [&'static str]),
}
use Source::{Enum, Texts, Without};

const MESSAGE: &str = "messages/mod.rs";
const SCHEDULED: &str = "features/scheduled_statuses/failure.rs";

/// Every column with a closed list.
const COLUMNS: &[(&str, Source)] = &[
    (
        "account_leases.asked_end",
        Enum("whatsapp/lease/store.rs", "Ending"),
    ),
    (
        "accounts.link_method",
        Enum("features/accounts/model.rs", "LinkKind"),
    ),
    ("audit_entries.action", Enum("audit/action.rs", "AuditAction")),
    ("audit_entries.actor", Enum("audit/actor.rs", "ActorKind")),
    (
        "auto_likes.scope",
        Enum("features/schema/scope.rs", "ContactScope"),
    ),
    // Nothing is answered while the mode is off.
    (
        "auto_replies.mode",
        Without("features/auto_reply/settings.rs", "AutoReplyMode", "OFF"),
    ),
    (
        "auto_replies.outcome",
        Enum("features/auto_reply/model.rs", "ReplyState"),
    ),
    (
        "auto_replies.skip_reason",
        Enum("features/auto_reply/rule.rs", "SkipReason"),
    ),
    (
        "auto_reply_settings.mode",
        Enum("features/auto_reply/settings.rs", "AutoReplyMode"),
    ),
    (
        "auto_reply_settings.scope",
        Enum("features/schema/scope.rs", "ContactScope"),
    ),
    (
        "billing_drifts.kind",
        Enum("features/billing/store/drifts.rs", "DriftKind"),
    ),
    (
        "billing_events.state",
        Enum("features/billing/store/events.rs", "EventState"),
    ),
    (
        "billing_invoices.state",
        Enum("features/billing/store/invoices.rs", "StoredInvoiceState"),
    ),
    (
        "billing_subscriptions.billing_interval",
        Enum("features/billing/config.rs", "BillingInterval"),
    ),
    (
        "billing_subscriptions.last_payment",
        Enum("features/billing/facts.rs", "LastPayment"),
    ),
    ("chats.kind", Enum("contacts/chats.rs", "ChatKind")),
    ("contact_tallies.metric", Enum("counts/metric.rs", "Metric")),
    (
        "data_exports.failure",
        Enum("features/data_export/model.rs", "DataExportFailureReason"),
    ),
    (
        "data_exports.state",
        Enum("features/data_export/model.rs", "DataExportState"),
    ),
    (
        "deleted_message_settings.media_backup",
        Enum("messages/holding.rs", "MediaBackup"),
    ),
    // A part goes with its message, and has no words.
    ("deleted_messages.kind", Without(MESSAGE, "MessageKind", "PART")),
    (
        "deleted_messages.loss",
        Enum("features/deleted_messages/model.rs", "Loss"),
    ),
    (
        "deleted_messages.outcome",
        Enum("features/deleted_messages/model.rs", "DeletionOutcome"),
    ),
    ("edited_messages.kind", Without(MESSAGE, "MessageKind", "PART")),
    (
        "mail_tokens.purpose",
        Enum("features/users/mail_token.rs", "Purpose"),
    ),
    ("media.kind", Enum("event/media.rs", "MediaKind")),
    ("media.state", Enum("media/store.rs", "MediaState")),
    ("media.state_reason", Enum("media/store.rs", "StateReason")),
    ("media.storage", Enum("media/storage.rs", "Storage")),
    ("media.storage", Enum("media/storage.rs", "Storage")),
    ("messages.kind", Enum(MESSAGE, "MessageKind")),
    (
        "notification_mails.failure",
        Enum("features/notifications/store/mails.rs", "MailFailureReason"),
    ),
    (
        "notification_mails.state",
        Enum("features/notifications/store/mails.rs", "MailState"),
    ),
    (
        "notification_switches.channel",
        Enum("features/notifications/channel.rs", "Channel"),
    ),
    (
        "outbox.kind",
        Texts(&["REACTION", "TEXT", "STATUS", "REVOKE", "VIEW"]),
    ),
    (
        "outbox.state",
        Texts(&["QUEUED", "SENT", "ACKED", "REJECTED", "FAILED"]),
    ),
    (
        "plain_whatsapp_store.space",
        Enum("whatsapp/store/keyspace.rs", "Keyspace"),
    ),
    ("quota_periods.quota", Enum("plan/ledger.rs", "Quota")),
    ("quota_uses.quota", Enum("plan/ledger.rs", "Quota")),
    (
        "scheduled_statuses.failure_reason",
        Enum(SCHEDULED, "FailureReason"),
    ),
    (
        "scheduled_statuses.kind",
        Enum("features/scheduled_statuses/model.rs", "Kind"),
    ),
    (
        "scheduled_statuses.revoke_failure_reason",
        Enum(SCHEDULED, "DeletionFailureReason"),
    ),
    (
        "scheduled_statuses.scope",
        Enum("features/schema/scope.rs", "ContactScope"),
    ),
    (
        "scheduled_statuses.state",
        Enum("features/scheduled_statuses/model.rs", "State"),
    ),
    (
        "status_likes.outcome",
        Enum("features/statuses/model.rs", "StatusLikeState"),
    ),
    (
        "status_likes.skip_reason",
        Enum("features/statuses/auto_like.rs", "SkipReason"),
    ),
    ("statuses.kind", Enum("features/statuses/model.rs", "StatusKind")),
    ("tallies.metric", Enum("counts/metric.rs", "Metric")),
    (
        "two_factor_methods.kind",
        Enum("features/users/two_factor/mod.rs", "TwoFactorKind"),
    ),
    (
        "uploads.mime_type",
        Texts(&["image/jpeg", "image/png", "image/webp", "video/mp4"]),
    ),
    (
        "uploads.rejection_reason",
        Enum("media/uploads/rejection.rs", "RejectionReason"),
    ),
    ("uploads.state", Enum("media/uploads/mod.rs", "UploadState")),
    ("users.bought_plan", Enum("plan/mod.rs", "Plan")),
    ("users.granted_plan", Enum("plan/mod.rs", "Plan")),
    ("users.plan", Enum("plan/mod.rs", "Plan")),
    ("users.role", Enum("user.rs", "Role")),
    ("view_once_messages.kind", Enum("event/media.rs", "MediaKind")),
    (
        "view_once_messages.outcome",
        Enum("features/view_once/model.rs", "CaptureOutcome"),
    ),
    (
        "view_once_messages.reason_code",
        Enum("features/view_once/model.rs", "CaptureReason"),
    ),
    (
        "webhook_attempts.failure",
        Enum("features/webhooks/model.rs", "AttemptFailureReason"),
    ),
    (
        "webhook_deliveries.state",
        Enum("features/webhooks/model.rs", "DeliveryState"),
    ),
    (
        "webhook_endpoints.disabled_reason",
        Enum("features/webhooks/model.rs", "DisabledReason"),
    ),
    (
        "whatsapp_store.space",
        Enum("whatsapp/store/keyspace.rs", "Keyspace"),
    ),
];

/// The texts of the enum `name` in a file below `src`.
fn texts_of_enum(file: &str, name: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(file);
    let source = fs::read_to_string(path).unwrap();
    let (_, body) = source
        .split_once(&format!("enum {name} {{"))
        .unwrap_or_else(|| panic!("{file} has the enum {name}"));
    let lines = body.lines().take_while(|line| line.trim() != "}");
    lines
        .filter_map(|line| {
            let (_, text) = line.trim().strip_suffix("\",")?.split_once(" = \"")?;
            Some(text.to_owned())
        })
        .collect()
}

fn texts_of(source: &Source) -> BTreeSet<String> {
    match source {
        Enum(file, name) => texts_of_enum(file, name),
        Without(file, name, never) => {
            let mut texts = texts_of_enum(file, name);
            assert!(texts.remove(*never), "{name} has {never}");
            texts
        }
        Texts(texts) => texts.iter().map(|&text| text.to_owned()).collect(),
    }
}

#[tokio::test]
async fn each_column_allows_exactly_the_values_of_its_enum() {
    let database = TestDatabase::create().await;
    // A CHECK of one column that compares it with one text, or with a list of texts.
    let query = r"SELECT c.relname || '.' || a.attname,
            ARRAY(SELECT text[1] FROM regexp_matches(pg_get_constraintdef(k.oid), '''([^'']+)''::text', 'g') AS text)
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
            JOIN pg_attribute a ON a.attrelid = c.oid AND k.conkey = ARRAY[a.attnum]
        WHERE k.contype = 'c' AND c.relnamespace = 'public'::regnamespace
            AND pg_get_constraintdef(k.oid) ~ '^CHECK \(\(\w+ = (ANY \(ARRAY\[)?''[^'']+''::text'";

    let found = connect(database.url()).await.query(query, &[]).await.unwrap();

    let allowed: BTreeMap<String, BTreeSet<String>> = found
        .iter()
        .map(|row| (row.get(0), row.get::<_, Vec<String>>(1).into_iter().collect()))
        .collect();
    let known: BTreeMap<String, BTreeSet<String>> = COLUMNS
        .iter()
        .map(|(column, source)| ((*column).to_owned(), texts_of(source)))
        .collect();
    assert_eq!(allowed, known);
}
