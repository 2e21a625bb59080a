use amda::account::AccountRef;
use amda::clock::Clock;
use amda::db::schema::{media, uploads};
use amda::features::uploads::UploadsService;
use amda::features::uploads::{Refusal, UploadsError};
use amda::id::UploadId;
use amda::media::uploads::{ExpireUpload, UploadState, load_uploads};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::support::darkroom::{Darkroom, Served, content, picture, run};

async fn announced(room: &Darkroom, account: AccountRef) -> UploadId {
    let service = UploadsService::new(room.core.clone());
    service.create(account, "image/jpeg", 1_000).await.unwrap().id
}

async fn states(room: &Darkroom, account: AccountRef, ids: &[UploadId]) -> Vec<UploadState> {
    let mut tx = room.core.db.begin(account.user).await.unwrap();
    let found = load_uploads(&mut tx, ids).await.unwrap();
    tx.commit().await.unwrap();
    found.into_iter().map(|upload| upload.state).collect()
}

/// Takes a stored file for the content of an upload, used or not.
async fn fill(room: &Darkroom, account: AccountRef, upload: UploadId, path: &str, is_used: bool) {
    let plain = content(5_000);
    room.fetcher.serve(path, Served::Content(plain.clone()));
    let file = room.want(account, &picture(path, &plain)).await;
    room.settle(1).await;
    let now = room.clock.now();
    let mut tx = room.core.db.begin(account.user).await.unwrap();
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

async fn count_media(room: &Darkroom, account: AccountRef) -> i64 {
    let mut tx = room.core.db.begin(account.user).await.unwrap();
    let count = media::table.count().get_result(&mut *tx).await.unwrap();
    tx.commit().await.unwrap();
    count
}

#[tokio::test]
async fn an_upload_that_nothing_took_goes_after_a_day_with_its_file() {
    let room = Darkroom::build().await;
    let alice = room.user("FREE").await;
    let (unused, used) = (announced(&room, alice).await, announced(&room, alice).await);
    fill(&room, alice, unused, "/unused", false).await;
    fill(&room, alice, used, "/used", true).await;

    room.clock.advance(TimeDelta::hours(24) - TimeDelta::seconds(1));
    let handlers = || {
        let expire = std::sync::Arc::new(ExpireUpload {
            core: room.core.clone(),
        });
        let mut handlers = room.handlers();
        handlers.push(expire);
        handlers
    };
    // What comes later proves that what was due before is done.
    let last = announced(&room, alice).await;
    assert_eq!(states(&room, alice, &[unused, used, last]).await.len(), 3);
    room.clock.advance(TimeDelta::seconds(1));
    let worker = run(&room.core, handlers());
    let gone = async {
        while count_media(&room, alice).await > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(crate::support::darkroom::DEADLINE, gone)
        .await
        .expect("the unused file goes");
    worker.stop().await;

    assert!(states(&room, alice, &[unused]).await.is_empty());
    assert_eq!(
        states(&room, alice, &[used, last]).await.len(),
        2,
        "what was used, and what is younger, stays"
    );
}

#[tokio::test]
async fn more_than_30_an_hour_are_refused_until_a_time_that_is_told() {
    let room = Darkroom::build().await;
    let (alice, bob) = (room.user("FREE").await, room.user("FREE").await);
    let service = UploadsService::new(room.core.clone());
    for _ in 0..30 {
        service.create(alice, "image/jpeg", 1_000).await.unwrap();
    }

    let refused = service.create(alice, "image/jpeg", 1_000).await.unwrap_err();

    let UploadsError::TooOften(retry_after) = refused else {
        panic!("{refused}");
    };
    assert_eq!(retry_after.as_secs(), 120);
    assert!(service.create(bob, "image/jpeg", 1_000).await.is_ok());
    room.clock.advance(TimeDelta::seconds(120));
    assert!(service.create(alice, "image/jpeg", 1_000).await.is_ok());
}

#[tokio::test]
async fn a_plan_whose_storage_is_full_takes_no_upload() {
    let room = Darkroom::build().await;
    let alice = room.user("FREE").await;
    let first = announced(&room, alice).await;
    fill(&room, alice, first, "/file", true).await;
    let mut tx = room.core.db.begin(alice.user).await.unwrap();
    diesel::update(media::table)
        .set(media::stored_bytes.eq(1_073_741_824_i64))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let service = UploadsService::new(room.core.clone());
    let refused = service.create(alice, "image/jpeg", 1_000).await.unwrap_err();

    let UploadsError::Refused(Refusal::Full(usage)) = refused else {
        panic!("{refused}");
    };
    assert_eq!(
        (usage.limit_bytes, usage.used_bytes),
        (1_073_741_824, 1_073_741_824)
    );
}
