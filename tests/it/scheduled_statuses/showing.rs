//! Pictures and videos of scheduled statuses.

use amda::account::AccountRef;
use amda::db::schema::media;
use amda::event::{MediaKind, Outgoing, OutgoingFile, StatusContent};
use amda::id::UploadId;
use chrono::TimeDelta;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::press::Press;
use crate::support::whatsapp::alice;

async fn shown(press: &Press, account: AccountRef, upload: UploadId, minutes: i64) -> Value {
    let media = json!({"uploadId": upload.to_global(), "caption": "the sea"});
    let input = json!({"media": media, "publishAt": press.in_minutes(minutes)});
    press.schedule(account, input).await
}

/// What waits in the outbox last: its file and its caption.
async fn file(press: &Press, account: AccountRef) -> (OutgoingFile, Option<String>) {
    let outgoing = press.outbox(account).await.pop().unwrap().outgoing;
    match outgoing {
        Outgoing::Status {
            content: StatusContent::Media { file, caption },
            ..
        } => (file, caption),
        other => panic!("no file: {other:?}"),
    }
}

#[tokio::test]
async fn a_video_leaves_with_what_whatsapp_needs_to_show_it() {
    let press = Press::build().await;
    let account = press.house.user("PREMIUM").await;
    press.contact(account, "Alice", &alice()).await;
    let upload = press.ready_upload(account, "video/mp4").await;

    let payload = shown(&press, account, upload, 1).await;
    assert_eq!(payload["errors"], json!([]));
    let status = &payload["scheduledStatus"];
    assert_eq!(
        (&status["kind"], &status["text"], &status["caption"]),
        (&json!("VIDEO"), &json!(null), &json!("the sea"))
    );
    press.house.clock.advance(TimeDelta::minutes(1));
    press.run_until_changed(account, 1).await;

    let (file, caption) = file(&press, account).await;
    assert_eq!(caption.as_deref(), Some("the sea"));
    assert_eq!(
        (file.kind, file.mime_type.as_str()),
        (MediaKind::Video, "video/mp4")
    );
    assert_eq!(
        (file.width, file.height, file.duration_seconds),
        (640, 480, Some(12))
    );
}

#[tokio::test]
async fn an_upload_shows_one_status_and_goes_when_that_shows_something_else() {
    let press = Press::build().await;
    let account = press.house.user("PREMIUM").await;
    let other_account = AccountRef {
        id: press.house.account(account.user).await,
        ..account
    };
    let (first, second) = (
        press.ready_upload(account, "image/png").await,
        press.ready_upload(account, "image/jpeg").await,
    );

    let elsewhere = shown(&press, other_account, first, 10).await;
    assert_eq!(elsewhere["errors"][0]["path"], json!(["media", "uploadId"]));
    let payload = shown(&press, account, first, 10).await;
    let id = payload["scheduledStatus"]["id"].as_str().unwrap().to_owned();
    let twice = shown(&press, account, first, 10).await;
    assert_eq!(twice["errors"][0]["code"], "NOT_FOUND");
    assert_eq!(press.files(account).await, (2, 2));

    let change = json!({"media": {"uploadId": second.to_global()}, "caption": "the hills"});
    let changed = press.update(account, &id, change).await;
    assert_eq!(changed["scheduledStatus"]["caption"], "the hills");
    assert_eq!(press.files(account).await, (1, 1));
    let bare = press.update(account, &id, json!({"caption": null})).await;
    assert_eq!(bare["scheduledStatus"]["caption"], json!(null));
    press.cancel(account, &id).await;
    assert_eq!(press.files(account).await, (0, 0));
}

#[tokio::test]
async fn a_video_needs_premium_when_it_is_planned_and_not_when_it_is_published() {
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.contact(account, "Alice", &alice()).await;
    let upload = press.ready_upload(account, "video/mp4").await;
    let set = async |plan: amda::plan::Plan| {
        let mut work = press.house.core.begin(account.user).await.unwrap();
        amda::plan::set(&mut work, plan).await.unwrap();
        work.commit().await.unwrap();
    };

    let refused = shown(&press, account, upload, 1).await;
    assert_eq!(refused["errors"][0]["__typename"], "PremiumRequired");
    set(amda::plan::Plan::Premium).await;
    let payload = shown(&press, account, upload, 1).await;
    let id = payload["scheduledStatus"]["id"].as_str().unwrap().to_owned();
    set(amda::plan::Plan::Free).await;
    press.house.clock.advance(TimeDelta::minutes(1));
    press.run_until_changed(account, 1).await;

    assert_eq!(press.state(account, &id).await.0, "PUBLISHING");
}

#[tokio::test]
async fn a_status_whose_file_is_gone_fails_at_its_time() {
    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.contact(account, "Alice", &alice()).await;
    let upload = press.ready_upload(account, "image/jpeg").await;
    let payload = shown(&press, account, upload, 1).await;
    let id = payload["scheduledStatus"]["id"].as_str().unwrap().to_owned();
    let mut tx = press.house.core.db.begin(account.user).await.unwrap();
    diesel::delete(media::table).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();

    press.house.clock.advance(TimeDelta::minutes(1));
    press.run_until_changed(account, 1).await;

    assert_eq!(
        press.state(account, &id).await,
        ("FAILED".to_owned(), json!("its file is no longer kept"))
    );
}

#[tokio::test]
async fn what_is_over_goes_at_the_end_of_its_time_with_its_file_and_what_waits_stays() {
    use amda::features::scheduled_statuses::Expiry;
    use amda::retention::Expires;

    let press = Press::build().await;
    let account = press.house.user("FREE").await;
    press.contact(account, "Alice", &alice()).await;
    let upload = press.ready_upload(account, "image/jpeg").await;
    let over = shown(&press, account, upload, 1).await["scheduledStatus"]["id"].take();
    press.house.clock.advance(TimeDelta::minutes(1));
    press.run_until_changed(account, 1).await;
    let on_its_way = over.as_str().unwrap();
    let sweep = async |until: i64| {
        let mut work = press.house.core.begin(account.user).await.unwrap();
        let before = work.now + TimeDelta::minutes(until);
        let due = Expiry.count(&mut work, account.user, before).await.unwrap();
        let gone = Expiry.expire(&mut work, before, 10).await.unwrap();
        work.commit().await.unwrap();
        (due, gone)
    };

    assert_eq!(sweep(10).await, (0, 0), "it is on its way");
    let waiting = press.outbox(account).await.pop().unwrap();
    press
        .settle(account, waiting.send, amda::event::SendOutcome::Acked)
        .await;
    let planned = press.planned(account, 5).await;
    assert_eq!(sweep(0).await, (0, 0), "its time is not over");
    assert_eq!(sweep(10).await, (1, 1));

    assert_eq!(press.status(account, on_its_way).await, json!(null));
    assert_eq!(press.state(account, &planned).await.0, "SCHEDULED");
    assert_eq!(press.files(account).await, (0, 0));
}
