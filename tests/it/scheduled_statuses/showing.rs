//! Pictures and videos of scheduled statuses.

use amda::account::AccountRef;
use amda::db::schema::media;
use amda::event::{MediaKind, Outgoing, OutgoingFile, StatusContent};
use amda::features::scheduled_statuses::ScheduledStatuses;
use amda::features::statuses::Statuses;
use amda::id::UploadId;
use amda::retention::Expires;
use chrono::TimeDelta;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::steps::{
    add_contact, add_owner, add_upload, cancel, count_files, load_state, load_status, plan_text, planned_in,
    run_until_changed, schedule, update,
};
use crate::support::outbox::{report, sends};
use crate::support::whatsapp::{alice, owner};
use crate::support::world::{World, expiry_of};

async fn shown(world: &World, account: AccountRef, upload: UploadId, minutes: i64) -> Value {
    let media = json!({"uploadId": upload.to_global(), "caption": "the sea"});
    let input = json!({"content": {"media": media}, "publishAt": planned_in(world, minutes)});
    schedule(world, account, input).await
}

/// What waits in the outbox last: its file and its caption.
async fn file(world: &World, account: AccountRef) -> (OutgoingFile, Option<String>) {
    let outgoing = sends(world, account).await.pop().unwrap().outgoing;
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
    let (world, account) = World::with_user("PREMIUM").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let upload = add_upload(&world, account, "video/mp4").await;

    let payload = shown(&world, account, upload, 1).await;
    assert_eq!(payload["errors"], json!([]));
    let status = &payload["scheduledStatus"];
    assert_eq!(
        (&status["kind"], &status["content"]),
        (&json!("VIDEO"), &json!({"caption": "the sea"}))
    );
    world.clock.advance(TimeDelta::minutes(1));
    run_until_changed(&world, account, 1).await;

    let (file, caption) = file(&world, account).await;
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
    let (world, account) = World::with_user("PREMIUM").await;
    let other_account = world.account(account.user).await;
    let (first, second) = (
        add_upload(&world, account, "image/png").await,
        add_upload(&world, account, "image/jpeg").await,
    );

    let elsewhere = shown(&world, other_account, first, 10).await;
    assert_eq!(
        elsewhere["errors"][0]["path"],
        json!(["content", "media", "uploadId"])
    );
    let payload = shown(&world, account, first, 10).await;
    let id = payload["scheduledStatus"]["id"].as_str().unwrap().to_owned();
    let twice = shown(&world, account, first, 10).await;
    assert_eq!(twice["errors"][0]["code"], "NOT_FOUND");
    assert_eq!(count_files(&world, account).await, (2, 2));

    let media = json!({"uploadId": second.to_global(), "caption": "the hills"});
    let changed = update(&world, account, &id, json!({"content": {"media": media}})).await;
    assert_eq!(changed["scheduledStatus"]["content"]["caption"], "the hills");
    assert_eq!(count_files(&world, account).await, (1, 1));
    let bare = update(&world, account, &id, json!({"content": {"caption": ""}})).await;
    assert_eq!(bare["scheduledStatus"]["content"]["caption"], json!(null));
    assert_eq!(count_files(&world, account).await, (1, 1));
    cancel(&world, account, &id).await;
    assert_eq!(count_files(&world, account).await, (0, 0));
}

#[tokio::test]
async fn a_video_needs_premium_when_it_is_planned_and_not_when_it_is_published() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let upload = add_upload(&world, account, "video/mp4").await;
    let set = async |plan: amda::plan::Plan| {
        let mut work = world.core.begin(account.user).await.unwrap();
        amda::plan::set(&mut work, plan).await.unwrap();
        work.commit().await.unwrap();
    };

    let refused = shown(&world, account, upload, 1).await;
    assert_eq!(refused["errors"][0]["__typename"], "EntitlementRequired");
    set(amda::plan::Plan::Premium).await;
    let payload = shown(&world, account, upload, 1).await;
    let id = payload["scheduledStatus"]["id"].as_str().unwrap().to_owned();
    set(amda::plan::Plan::Free).await;
    world.clock.advance(TimeDelta::minutes(1));
    run_until_changed(&world, account, 1).await;

    assert_eq!(load_state(&world, account, &id).await.0, "PUBLISHING");
}

#[tokio::test]
async fn a_status_whose_file_is_gone_fails_at_its_time() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    let upload = add_upload(&world, account, "image/jpeg").await;
    let payload = shown(&world, account, upload, 1).await;
    let id = payload["scheduledStatus"]["id"].as_str().unwrap().to_owned();
    let mut tx = world.core.db.begin(account.user).await.unwrap();
    diesel::delete(media::table).execute(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();

    world.clock.advance(TimeDelta::minutes(1));
    run_until_changed(&world, account, 1).await;

    assert_eq!(
        load_state(&world, account, &id).await,
        ("FAILED".to_owned(), json!("MEDIA_MISSING"))
    );
}

#[tokio::test]
async fn what_is_over_goes_at_the_end_of_its_time_and_its_file_with_the_published_status() {
    let (world, account) = World::with_user("FREE").await;
    add_owner(&world, account, &owner()).await;
    add_contact(&world, account, "Alice", &alice()).await;
    let upload = add_upload(&world, account, "image/jpeg").await;
    let over = shown(&world, account, upload, 1).await["scheduledStatus"]["id"].take();
    world.clock.advance(TimeDelta::minutes(1));
    run_until_changed(&world, account, 1).await;
    let on_its_way = over.as_str().unwrap();
    let (planned_ones, published) = (expiry_of(&ScheduledStatuses), expiry_of(&Statuses));
    let expire = async |expiry: &dyn Expires, until: i64| {
        let mut work = world.core.begin(account.user).await.unwrap();
        let before = work.now + TimeDelta::minutes(until);
        let due = expiry.count(&mut work, account.user, before).await.unwrap();
        let gone = expiry.expire(&mut work, before, 10).await.unwrap();
        work.commit().await.unwrap();
        (due, gone)
    };

    assert_eq!(expire(&*planned_ones, 10).await, (0, 0), "it is on its way");
    let waiting = sends(&world, account).await.pop().unwrap();
    report(&world, account, waiting.send, amda::event::SendOutcome::Acked).await;
    let planned = plan_text(&world, account, 5).await;
    assert_eq!(expire(&*planned_ones, 0).await, (0, 0), "its time is not over");
    assert_eq!(expire(&*planned_ones, 10).await, (1, 1));

    assert_eq!(load_status(&world, account, on_its_way).await, json!(null));
    assert_eq!(load_state(&world, account, &planned).await.0, "SCHEDULED");
    assert_eq!(count_files(&world, account).await, (1, 1), "the status shows it");
    assert_eq!(expire(&*published, 10).await, (1, 1));
    assert_eq!(count_files(&world, account).await, (0, 0));
}
