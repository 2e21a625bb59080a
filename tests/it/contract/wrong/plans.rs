use serde_json::{Value, json};

use super::auto_reply::free_settings as free_replies;
use super::{Case, Wrong, auto_like};
use crate::contract::scene::Scene;

/// Something that needs Premium.
fn premium(place: &'static str, value: impl Into<Value>, words: &'static str) -> Wrong {
    Wrong::new(
        "EntitlementRequired",
        "ENTITLEMENT_REQUIRED",
        place,
        value.into(),
        words,
    )
}

/// Inputs that need Premium, for a user on Free.
pub(in crate::contract) fn beyond_the_plan(scene: &Scene) -> Vec<Case> {
    let account = scene.account_id();
    let contacts = || {
        [
            premium(
                "settings.scope",
                "ONLY",
                "choosing contacts needs the Premium plan",
            ),
            premium(
                "settings.contactIds",
                json!([scene.contact]),
                "a list of contacts needs the Premium plan",
            ),
        ]
    };
    let emojis = json!([{"contactId": scene.contact, "emoji": "🔥"}]);
    let hours = json!({"from": "22:00", "until": "07:00"});
    let schedule = json!([{"weekday": "MONDAY", "from": "09:00", "until": "17:00"}]);
    let likes = [
        premium(
            "settings.contactEmojis",
            emojis,
            "an emoji for each contact needs the Premium plan",
        ),
        premium(
            "settings.quietHours",
            hours,
            "a time without likes needs the Premium plan",
        ),
    ];
    let replies = [premium(
        "settings.schedule",
        schedule,
        "a weekly schedule needs the Premium plan",
    )];
    let mut cases = vec![
        Case {
            mutation: "updateAutoLikeSettings",
            right: json!({"accountId": account, "settings": auto_like::free_settings()}),
            wrong: likes.into_iter().chain(contacts()).collect(),
        },
        Case {
            mutation: "updateAutoReplySettings",
            right: json!({"accountId": account, "settings": free_replies(scene)}),
            wrong: replies.into_iter().chain(contacts()).collect(),
        },
        Case {
            mutation: "createUpload",
            right: json!({"accountId": account, "mimeType": "image/png", "sizeBytes": 1_000}),
            wrong: vec![premium("mimeType", "video/mp4", "a video needs the Premium plan")],
        },
        Case {
            mutation: "exportAnalytics",
            right: json!({"range": {"lastDays": 7}, "bucket": "DAY"}),
            wrong: vec![premium("range.lastDays", 8, "exporting analytics needs the Premium plan").at("")],
        },
    ];
    cases.extend(statuses(scene));
    cases
}

fn statuses(scene: &Scene) -> [Case; 2] {
    let choosing = "choosing who sees a status needs the Premium plan";
    let wrong = || {
        vec![
            premium("audience.only", json!([scene.contact]), choosing),
            premium("audience.except", json!([scene.contact]), choosing),
            premium(
                "content.media.uploadId",
                scene.video.as_str(),
                "a video needs the Premium plan",
            ),
        ]
    };
    let right = json!({
        "publishAt": {"instant": scene.in_minutes(30)},
        "content": {"media": {"uploadId": scene.picture, "caption": "hello"}},
        "audience": {"all": true},
    });
    let of = |name: &str, id: &str| {
        let mut right = right.clone();
        right[name] = json!(id);
        right
    };
    [
        Case {
            mutation: "scheduleStatus",
            right: of("accountId", &scene.account_id()),
            wrong: wrong(),
        },
        Case {
            mutation: "updateScheduledStatus",
            right: of("scheduledStatusId", &scene.text_status),
            wrong: wrong(),
        },
    ]
}
