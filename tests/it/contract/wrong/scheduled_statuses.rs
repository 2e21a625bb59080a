use serde_json::{Value, json};

use super::accounts::unknown_account;
use super::{Case, Wrong, conflict, invalid, nobodys, unknown, wrong_key};
use crate::contract::scene::Scene;

pub(super) fn wrong_inputs(scene: &Scene) -> Vec<Case> {
    let schedule = |right: Value, wrong: Vec<Wrong>| Case {
        mutation: "scheduleStatus",
        right: with(right, &json!({"accountId": scene.account_id()})),
        wrong: unknown_account()
            .into_iter()
            .chain(wrong)
            .chain([wrong_key()])
            .collect(),
    };
    let update = |id: &str, right: Value, wrong: Vec<Wrong>| Case {
        mutation: "updateScheduledStatus",
        right: with(right, &json!({"scheduledStatusId": id})),
        wrong: unknown_status().into_iter().chain(wrong).collect(),
    };
    let caption = "content.caption";
    vec![
        schedule(text_now(scene), wrong_text(scene)),
        schedule(picture_later(scene), wrong_picture(scene)),
        update(&scene.text_status, text_now(scene), wrong_text(scene)),
        update(&scene.text_status, picture_later(scene), wrong_picture(scene)),
        update(
            &scene.text_status,
            text_now(scene),
            vec![conflict(
                caption,
                "hello",
                "the status is a text and has no caption; pass text or media",
            )],
        ),
        update(
            &scene.picture_status,
            text_now(scene),
            vec![invalid(
                caption,
                "x".repeat(1_025),
                "the caption has 1025 characters; pass at most 1024",
            )],
        ),
        Case {
            mutation: "cancelScheduledStatus",
            right: json!({}),
            wrong: unknown_status().into(),
        },
        Case {
            mutation: "deletePublishedStatus",
            right: json!({"scheduledStatusId": scene.text_status}),
            wrong: unknown_status().into_iter().chain([unpublished(scene)]).collect(),
        },
    ]
}

fn unknown_status() -> [Wrong; 2] {
    let words = "there is no scheduled status with this id; pass an id that this API returned";
    [
        unknown("scheduledStatusId", "nonsense", "is no"),
        unknown("scheduledStatusId", nobodys("ScheduledStatus"), words),
    ]
}

fn unpublished(scene: &Scene) -> Wrong {
    conflict("scheduledStatusId", scene.text_status.as_str(), "publish")
}

/// A text at an instant, for some contacts.
fn text_now(scene: &Scene) -> Value {
    json!({
        "publishAt": {"instant": scene.in_minutes(30)},
        "content": {"text": {"text": "hello", "backgroundColor": "#075E54", "font": "SYSTEM"}},
        "audience": {"only": [scene.contact]},
    })
}

fn wrong_text(scene: &Scene) -> Vec<Wrong> {
    let ahead = "pass a time from now to a year ahead";
    let contact = "there is no contact of this account with this id; pass an id that this API returned";
    vec![
        invalid("publishAt.instant", scene.in_minutes(-60), ahead),
        invalid("publishAt.instant", scene.in_minutes(367 * 24 * 60), ahead),
        invalid(
            "content.text.text",
            " ",
            "the text is empty; pass 1 to 700 characters",
        ),
        invalid(
            "content.text.text",
            "x".repeat(701),
            "the text has 701 characters; pass at most 700",
        ),
        invalid(
            "content.text.backgroundColor",
            "red",
            "'red' is no colour; pass red, green and blue as #RRGGBB",
        ),
        unknown("audience.only", json!(["nonsense"]), "is no").at("audience.only.0"),
        unknown("audience.only", json!([nobodys("Contact")]), contact)
            .at("audience.only.0")
            .alone(),
        invalid(
            "audience.only",
            json!([]),
            "the list names nobody; pass at least one contact, or pass all",
        ),
        unknown("audience.except", json!(["nonsense"]), "is no").at("audience.except.0"),
        unknown("audience.except", json!([nobodys("Contact")]), contact)
            .at("audience.except.0")
            .alone(),
        invalid(
            "audience.except",
            vec![nobodys("Contact"); 1_001],
            "the list names 1001 contacts; pass at most 1000",
        ),
    ]
}

/// A picture at a local time, for everybody.
fn picture_later(scene: &Scene) -> Value {
    json!({
        "publishAt": {"local": {"at": "2026-12-24T18:00", "timeZone": "America/Sao_Paulo"}},
        "content": {"media": {"uploadId": scene.picture, "caption": "hello"}},
        "audience": {"all": true},
    })
}

fn wrong_picture(scene: &Scene) -> Vec<Wrong> {
    let upload = "no such upload of this account, or it is not READY, or it is used already; create another";
    let local = "pass a date and a time without an offset, such as 2026-12-24T18:00";
    vec![
        invalid("publishAt.local.at", "tomorrow", local),
        invalid(
            "publishAt.local.at",
            "2025-12-24T18:00",
            "pass a time from now to a year ahead",
        )
        .alone(),
        invalid(
            "publishAt.local.timeZone",
            "Mars",
            "'Mars' is no time zone; pass an IANA name such as America/Sao_Paulo",
        ),
        unknown("content.media.uploadId", "nonsense", "is no"),
        unknown("content.media.uploadId", scene.account_id(), "is no"),
        unknown("content.media.uploadId", nobodys("Upload"), upload).alone(),
        invalid(
            "content.media.caption",
            "x".repeat(1_025),
            "the caption has 1025 characters; pass at most 1024",
        ),
        invalid(
            "audience.all",
            false,
            "all is false, which names nobody; pass true",
        ),
    ]
}

fn with(mut input: Value, more: &Value) -> Value {
    let fields = input.as_object_mut().unwrap();
    fields.extend(more.as_object().unwrap().clone());
    input
}
