use amda::account::AccountRef;
use amda::clock::Clock;
use amda::db::schema::{media, uploads};
use amda::features::uploads::NewUpload;
use amda::id::UploadId;
use amda::media::uploads::{UploadState, load_uploads};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;

use crate::support::fetcher::{Served, content, picture};
use crate::support::world::World;

async fn announced(world: &World, account: AccountRef) -> UploadId {
    world
        .services
        .uploads
        .create(account.user, picture_of(account), None)
        .await
        .unwrap()
        .id
}

/// A picture that is about to be sent.
fn picture_of(account: AccountRef) -> NewUpload {
    NewUpload {
        account: Some(account.id),
        mime_type: "image/jpeg".to_owned(),
        size_bytes: 1_000,
    }
}

async fn states(world: &World, account: AccountRef, ids: &[UploadId]) -> Vec<UploadState> {
    let mut tx = world.core.db.begin(account.user).await.unwrap();
    let found = load_uploads(&mut tx, ids).await.unwrap();
    tx.commit().await.unwrap();
    found.into_iter().map(|upload| upload.state).collect()
}

/// Takes a stored file for the content of an upload, used or not.
async fn fill(world: &World, account: AccountRef, upload: UploadId, path: &str, is_used: bool) {
    let plain = content(5_000);
    world.fetcher.serve(path, Served::Content(plain.clone()));
    let file = world.fetch_later(account, &picture(path, &plain)).await;
    world.settle_media(1).await;
    let now = world.clock.now();
    let mut tx = world.core.db.begin(account.user).await.unwrap();
    diesel::update(uploads::table.find(upload))
        .set((
            uploads::state.eq("READY"),
            uploads::media_id.eq(file),
            uploads::used_at.eq(is_used.then_some(now)),
        ))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn count_media(world: &World, account: AccountRef) -> i64 {
    let mut tx = world.core.db.begin(account.user).await.unwrap();
    let count = media::table.count().get_result(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    count
}

#[tokio::test]
async fn an_upload_that_nothing_took_goes_after_a_day_with_its_file() {
    let (world, alice) = World::with_user("FREE").await;
    let (unused, used) = (announced(&world, alice).await, announced(&world, alice).await);
    fill(&world, alice, unused, "/unused", false).await;
    fill(&world, alice, used, "/used", true).await;

    world.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    // What comes later proves that what was due before is done.
    let last = announced(&world, alice).await;
    assert_eq!(states(&world, alice, &[unused, used, last]).await.len(), 3);
    world.clock.advance(TimeDelta::seconds(1));
    let worker = world.run("media.");
    let gone = async {
        while count_media(&world, alice).await > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::support::worker::DEADLINE, gone)
        .await
        .expect("the unused file goes");
    worker.stop().await;

    assert!(states(&world, alice, &[unused]).await.is_empty());
    assert_eq!(
        states(&world, alice, &[used, last]).await.len(),
        2,
        "what was used, and what is younger, stays"
    );
}

#[tokio::test]
async fn more_than_30_an_hour_are_refused_until_a_time_that_is_told() {
    let world = World::build().await;
    let (alice, bob) = (world.user("FREE").await, world.user("FREE").await);
    let create = async |account: AccountRef| {
        let mutation = "mutation ($input: CreateUploadInput!) { createUpload(input: $input) {
            upload { id } errors { __typename path ... on LimitExceeded { limit used resetsAt } }
        } }";
        let id = account.id.to_global();
        let input = json!({"accountId": id, "mimeType": "image/jpeg", "sizeBytes": 1_000});
        let mut data = world.ask(account, mutation, json!({ "input": input })).await;
        data["createUpload"].take()
    };
    for _ in 0..30 {
        assert_eq!(create(alice).await["errors"], json!([]));
    }

    let refused = create(alice).await;

    assert_eq!(
        refused,
        json!({"upload": null, "errors": [{
            "__typename": "LimitExceeded", "path": [], "limit": 30, "used": 30,
            "resetsAt": "2026-11-23T11:02:00+00:00",
        }]})
    );
    assert_eq!(create(bob).await["errors"], json!([]));
    world.clock.advance(TimeDelta::seconds(120));
    assert_eq!(create(alice).await["errors"], json!([]));
}

#[tokio::test]
async fn a_plan_whose_storage_is_full_takes_no_upload() {
    let (world, alice) = World::with_user("FREE").await;
    let first = announced(&world, alice).await;
    fill(&world, alice, first, "/file", true).await;
    let mut tx = world.core.db.begin(alice.user).await.unwrap();
    diesel::update(media::table)
        .set(media::stored_bytes.eq(1_073_741_824_i64))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let mutation = "mutation ($input: CreateUploadInput!) { createUpload(input: $input) {
        upload { id } errors { __typename code path ... on StorageExceeded { limitBytes usedBytes } }
    } }";
    let input = json!({"accountId": alice.id.to_global(), "mimeType": "image/jpeg", "sizeBytes": 1_000});
    let refused = world.ask(alice, mutation, json!({ "input": input })).await;

    assert_eq!(
        refused["createUpload"],
        json!({"upload": null, "errors": [{
            "__typename": "StorageExceeded", "code": "STORAGE_EXCEEDED", "path": ["sizeBytes"],
            "limitBytes": 1_073_741_824, "usedBytes": 1_073_741_824,
        }]})
    );
}
