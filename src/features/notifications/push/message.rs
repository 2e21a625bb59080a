//! Message that is pushed to a browser.

use serde_json::json;

use super::super::model::Notice;

/// The longest body that is pushed. With the rest it stays below the 4 KiB that every push service takes.
const LONGEST_BODY: usize = 600;

/// Message that the browser's service worker reads, as JSON: `id` (as `Notification.id`; the tag to show it by, so that
/// a repeated push is shown once), `kind`, `title`, `createdAt`, and `body` for users who chose to see details.
pub(super) fn plain(notice: &Notice, shows_details: bool) -> Vec<u8> {
    let body: Option<String> = shows_details.then(|| notice.text.body.chars().take(LONGEST_BODY).collect());
    let message = json!({
        "id": notice.id.to_global(),
        "kind": notice.kind.as_str(),
        "title": notice.text.title,
        "body": body,
        "createdAt": notice.created_at.to_rfc3339(),
    });
    message.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::super::texts::NotificationText;
    use super::*;
    use crate::clock::SystemClock;
    use crate::id::Ids;
    use crate::notices::NoticeKind;

    #[test]
    fn the_longest_push_fits_every_push_service() {
        let notice = Notice {
            id: Ids::new(Arc::new(SystemClock)).next(),
            kind: NoticeKind::SilencedContactWrote,
            account: None,
            subject: None,
            text: NotificationText {
                title: "Quelqu’un qui ne reçoit pas de réponse automatique a écrit",
                body: "🦜".repeat(5_000),
            },
            created_at: "2026-11-24T12:00:00Z".parse().unwrap(),
            read_at: None,
        };

        // 4096 bytes less what sealing adds.
        assert!(plain(&notice, true).len() <= 3_993);
        let read: serde_json::Value = serde_json::from_slice(&plain(&notice, false)).unwrap();
        assert_eq!(read["body"], serde_json::Value::Null);
    }
}
