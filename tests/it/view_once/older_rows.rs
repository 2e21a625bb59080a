//! Messages that a release before reasons had codes recorded.

use diesel_async::SimpleAsyncConnection;
use serde_json::json;

use super::{capturer, messages, only, served, turn, view_once};
use crate::support::fetcher::{Served, content, picture};
use crate::support::world::World;

const UNDO: &str = concat!(
    include_str!("../../../migrations/2026-11-29-070510_add_message_id_to_view_once_messages/down.sql"),
    include_str!("../../../migrations/2026-11-29-070500_add_reason_code_to_view_once_messages/down.sql"),
);
const MIGRATE: &str = concat!(
    include_str!("../../../migrations/2026-11-29-070500_add_reason_code_to_view_once_messages/up.sql"),
    include_str!("../../../migrations/2026-11-29-070510_add_message_id_to_view_once_messages/up.sql"),
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_words_that_were_stored_become_reasons_and_stay_as_messages() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    world.fetcher.serve("/gone", Served::Expired);
    world.fetcher.serve("/large", Served::TooLarge);
    let media = |path: &str| Some(picture(path, &content(5)));
    world
        .receive(
            account,
            &[view_once("A1", media("/gone")), view_once("A2", media("/large"))],
        )
        .await;
    world.settle_media(2).await;
    world
        .receive(
            account,
            &[
                view_once("A3", Some(served(&world, "/off"))),
                view_once("A4", None),
            ],
        )
        .await;
    turn(&world, account, account, false).await;
    world.settle_media(1).await;
    let before = messages(&world, account).await;

    let mut all = world.everything().await;
    all.batch_execute(UNDO).await.unwrap();
    all.batch_execute(MIGRATE).await.unwrap();

    let after = messages(&world, account).await;
    assert_eq!(after, before);
    let mut reasons: Vec<_> = after
        .iter()
        .map(|message| message["failureReason"].as_str())
        .collect();
    reasons.sort_unstable();
    assert_eq!(
        reasons,
        [None, Some("EXPIRED"), Some("FETCH_FAILED"), Some("TURNED_OFF")]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_without_a_code_still_tell_that_the_capture_failed() {
    let world = World::build().await;
    let account = capturer(&world, "FREE").await;
    world.fetcher.serve("/gone", Served::Expired);
    let gone = picture("/gone", &content(5));
    world.receive(account, &[view_once("A1", Some(gone))]).await;
    world.settle_media(1).await;

    let mut all = world.everything().await;
    let forget = "UPDATE view_once_messages SET reason_code = NULL, sent_at = NULL";
    all.batch_execute(forget).await.unwrap();

    let message = only(&world, account).await;
    assert_eq!(message["failureReason"], "FETCH_FAILED");
    assert_eq!(message["failureMessage"], "WhatsApp no longer serves the file");
    assert_eq!(message["sentAt"], json!("2026-11-23T11:00:00+00:00"));
}
