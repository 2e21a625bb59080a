use amda::id::to_global;
use serde_json::{Value, json};
use ulid::Ulid;

use super::accounts::unknown_account;
use super::{Case, Wrong, invalid, nobodys, unknown, wrong_key};
use crate::contract::scene::Scene;

pub(super) fn wrong_inputs(scene: &Scene) -> Vec<Case> {
    let mut cases = kept_items(scene);
    cases.extend(analytics(scene));
    cases.extend(notifications());
    cases.extend([added_browser(), removed_browser()]);
    cases.push(upload(scene));
    cases
}

fn kept_items(scene: &Scene) -> Vec<Case> {
    let account = scene.account_id();
    let many: Vec<String> = (0..101)
        .map(|number| to_global("Status", Ulid::from_parts(1, number)))
        .collect();
    let of_one = |mutation, place, kind, words| Case {
        mutation,
        right: json!({}),
        wrong: vec![
            unknown(place, "nonsense", "is no"),
            unknown(place, nobodys(kind), words),
        ],
    };
    let status = "there is no status with this id; pass an id that this API returned";
    let view_once = "there is no view-once message with this id; pass an id that this API returned";
    let deleted = "there is no deleted message with this id; pass an id that this API returned";
    let notice = "show viewOnceSettings.privacyNotice to the user, and pass true when they agree to it";
    let export = "there is no data export with this id; pass an id that this API returned";
    let acknowledged = invalid("acknowledgesPrivacyNotice", false, notice);
    vec![
        of_one("fetchStatusMedia", "statusId", "Status", status),
        of_one(
            "retryViewOnceCapture",
            "viewOnceMessageId",
            "ViewOnceMessage",
            view_once,
        ),
        of_one(
            "fetchDeletedMessageMedia",
            "deletedMessageId",
            "DeletedMessage",
            deleted,
        ),
        of_one("cancelDataExport", "dataExportId", "DataExport", export),
        Case {
            mutation: "updateViewOnceSettings",
            right: json!({"accountId": account, "settings": {"isEnabled": true}, "acknowledgesPrivacyNotice": true}),
            wrong: unknown_account().into_iter().chain([acknowledged]).collect(),
        },
        Case {
            mutation: "updateDeletedMessageSettings",
            right: json!({"accountId": account, "settings": {"isEnabled": true}}),
            wrong: unknown_account().into(),
        },
        Case {
            mutation: "deleteKeptItems",
            right: json!({}),
            wrong: vec![
                unknown("ids", json!(["nonsense"]), "'nonsense' is not an id").at("ids.0"),
                unknown(
                    "ids",
                    json!([account]),
                    "items of the type Account are not deleted in this way; pass ids of",
                )
                .at("ids.0"),
                unknown("ids", json!([nobodys("Status")]), "there is no item with this id").at("ids.0"),
                invalid("ids", json!([]), "ids is empty; pass at least one id"),
                invalid("ids", many, "ids names 101 items; pass at most 100 at once"),
            ],
        },
    ]
}

fn analytics(scene: &Scene) -> [Case; 2] {
    let input = |range: Value| json!({"range": range, "bucket": "DAY", "accountIds": [scene.account_id()]});
    let accounts = || {
        [
            unknown("accountIds", json!(["nonsense"]), "'nonsense' is not an id").at("accountIds.0"),
            unknown(
                "accountIds",
                json!([nobodys("Account")]),
                "there is no account with this id",
            )
            .at("accountIds.0"),
        ]
    };
    let last = [
        invalid("range.lastDays", 0, "lastDays is 0; pass 1 to"),
        invalid("bucket", "HOUR", "pass a shorter range or a longer bucket")
            .at("range")
            .alone(),
    ];
    let between = [
        invalid("range.days.from", "2000-01-01", "days; pass at most").at("range.days"),
        invalid(
            "range.days.to",
            "2026-10-01",
            "pass a `to` that is not before `from`",
        )
        .alone(),
    ];
    [
        Case {
            mutation: "exportAnalytics",
            right: input(json!({"lastDays": 60})),
            wrong: last.into_iter().chain(accounts()).collect(),
        },
        Case {
            mutation: "exportAnalytics",
            right: input(json!({"days": {"from": "2026-11-01", "to": "2026-11-20"}})),
            wrong: between.into_iter().chain(accounts()).collect(),
        },
    ]
}

fn notifications() -> [Case; 2] {
    let many: Vec<String> = (0..501)
        .map(|number| to_global("Notification", Ulid::from_parts(1, number)))
        .collect();
    let switch = json!({"kind": "MESSAGE_DELETED", "channel": "PUSH", "isEnabled": true});
    [
        Case {
            mutation: "markNotificationsRead",
            right: json!({}),
            wrong: vec![
                unknown("ids", json!(["nonsense"]), "'nonsense' is not an id").at("ids.0"),
                unknown(
                    "ids",
                    json!([nobodys("Notification")]),
                    "there is no notification with this id",
                )
                .at("ids.0"),
                invalid("ids", json!([]), "there are 0 ids; pass 1 to 500"),
                invalid("ids", many, "there are 501 ids; pass 1 to 500"),
                invalid("through", "nonsense", "cursor"),
            ],
        },
        Case {
            mutation: "updateNotificationSettings",
            right: json!({"switches": [switch], "showsPushDetails": true}),
            wrong: vec![
                invalid(
                    "switches",
                    vec![switch; 2],
                    "stand in the list before; name each switch once",
                )
                .at("switches.1"),
            ],
        },
    ]
}

fn removed_browser() -> Case {
    let endpoint = "there is no push subscription with this";
    Case {
        mutation: "removePushSubscription",
        right: json!({}),
        wrong: vec![
            unknown("pushSubscriptionId", "nonsense", "'nonsense' is not an id"),
            unknown(
                "pushSubscriptionId",
                nobodys("PushSubscription"),
                "there is no push subscription with this id",
            ),
            unknown("endpoint", "https://push.example.org/1", endpoint),
        ],
    }
}

/// The browser of the example in RFC 8291.
fn added_browser() -> Case {
    let right = json!({
        "endpoint": "https://push.example.org/1",
        "keys": {
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth": "BTBZMqHH6r4Tts7J_aSIgg",
        },
        "userAgent": "Firefox",
    });
    let from_browser = "of the browser's PushSubscription.toJSON()";
    let wrong = vec![
        invalid(
            "endpoint",
            "nonsense",
            "this is not a web address; one looks like https://example.org/path",
        ),
        invalid("keys.p256dh", "AAAA", from_browser),
        invalid("keys.auth", "AAAA", from_browser),
    ];
    Case {
        mutation: "addPushSubscription",
        right,
        wrong,
    }
}

fn upload(scene: &Scene) -> Case {
    let size = "pass the file's size, 1 to 16777216";
    let wrong: [Wrong; 4] = [
        invalid(
            "mimeType",
            "image/gif",
            "'image/gif' is not taken; pass image/jpeg, image/png, image/webp or video/mp4",
        ),
        invalid("sizeBytes", 0, size),
        invalid("sizeBytes", 16_777_217, size),
        invalid("sizeBytes", -1, size),
    ];
    Case {
        mutation: "createUpload",
        right: json!({"accountId": scene.account_id(), "mimeType": "image/png", "sizeBytes": 1_000}),
        wrong: unknown_account()
            .into_iter()
            .chain(wrong)
            .chain([wrong_key()])
            .collect(),
    }
}
