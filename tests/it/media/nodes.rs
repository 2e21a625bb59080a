//! Media by their ids.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::stored;
use crate::support::fetcher::content;
use crate::support::world::World;

const MEDIA: &str = "query ($id: ID!) { node(id: $id) { __typename ... on Media {
    id state url urlExpiresAt thumbnailUrl thumbnailDataUri stateReason stateMessage
} } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_expired_is_renewed_by_the_id_of_its_media() {
    let (world, alice) = World::with_user("FREE").await;
    let id = stored(&world, alice, &content(10)).await.to_global();
    let ask = async || world.ask(alice, MEDIA, json!({ "id": id })).await["node"].take();

    let first = ask().await;
    world.clock.advance(TimeDelta::hours(1));
    let second = ask().await;

    assert_eq!(
        (&first["__typename"], &first["id"], &first["state"]),
        (&json!("Media"), &json!(id), &json!("STORED"))
    );
    let time = |media: &Value| media["urlExpiresAt"].as_str().unwrap().to_owned();
    assert!(time(&first) < time(&second), "{first} {second}");
    assert_ne!(first["url"], second["url"]);
    assert_eq!(
        (&first["thumbnailUrl"], &first["thumbnailDataUri"]),
        (&json!(null), &json!(null)),
        "what is no picture has no thumbnail"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_of_another_user_look_like_none() {
    let (world, alice) = World::with_user("FREE").await;
    let mallory = world.user("PREMIUM").await;
    let id = stored(&world, alice, &content(10)).await.to_global();

    let theirs = world.ask(mallory, MEDIA, json!({ "id": id })).await;

    assert_eq!(theirs["node"], json!(null));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn media_that_cannot_be_had_say_why_to_programs_and_to_people() {
    use crate::support::fetcher::{Served, picture};

    let (world, alice) = World::with_user("FREE").await;
    world.fetcher.serve("/gone", Served::Expired);
    let media = world.fetch_later(alice, &picture("/gone", &content(10))).await;
    world.settle_media(1).await;

    let answer = world.ask(alice, MEDIA, json!({"id": media.to_global()})).await;

    let gone = &answer["node"];
    assert_eq!(
        (&gone["state"], &gone["stateReason"], &gone["url"]),
        (&json!("EXPIRED"), &json!("NO_LONGER_SERVED"), &json!(null))
    );
    assert_eq!(gone["stateMessage"], "WhatsApp no longer serves the file");
}
