//! How much is kept, and that nothing is left behind.

use amda::db::schema::{media, users};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::{find, objects, row, stored};
use crate::support::darkroom::{Darkroom, Served, content, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_fit_into_the_plans_storage_is_not_kept() {
    let room = Darkroom::build().await;
    let alice = room.user("FREE").await;
    let full = stored(&room, alice, &content(10)).await;
    let mut tx = room.core.db.begin(alice.user).await.unwrap();
    diesel::update(media::table.find(full))
        .set(media::stored_bytes.eq(1_024 * 1_024 * 1_024 - 100))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    room.fetcher.serve("/more", Served::Content(content(60)));
    let more = room.want(alice, &picture("/more", &content(60))).await;
    room.settle(1).await;

    let refused = row(&room, alice, more).await;
    assert_eq!(refused.state, "FAILED");
    assert_eq!(
        refused.state_reason.as_deref(),
        Some("the plan's 1024 MiB of media storage are full; delete something and try again")
    );
    room.fetcher.serve("/fits", Served::Content(content(59)));
    let fits = room.want(alice, &picture("/fits", &content(59))).await;
    room.settle(1).await;
    assert_eq!(row(&room, alice, fits).await.state, "STORED", "to the byte");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_file_leaves_nothing_behind() {
    let room = Darkroom::build().await;
    let alice = room.user("FREE").await;
    let media = stored(&room, alice, &content(10)).await;
    let other = stored(&room, alice, &content(20)).await;

    let mut work = room.core.begin(alice.user).await.unwrap();
    amda::media::forget(&mut work, &[media]).await.unwrap();
    work.commit().await.unwrap();
    room.want(alice, &picture("/nothing", b"x")).await;
    room.settle(1).await;

    assert!(find(&room, alice, media).await.is_none());
    let kept = row(&room, alice, other).await.object_key.unwrap();
    assert_eq!(objects(&room), [room.folder.path().join(kept)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_that_no_row_came_to_name_is_removed_and_a_live_one_is_not() {
    let room = Darkroom::build().await;
    let alice = room.user("FREE").await;
    let media = stored(&room, alice, &content(10)).await;
    let kept = row(&room, alice, media).await.object_key.unwrap();
    let lost = stored(&room, alice, &content(20)).await;
    // As a crash between the write and the commit would leave it.
    let mut tx = room.core.db.begin(alice.user).await.unwrap();
    diesel::update(media::table.find(lost))
        .set((media::state.eq("REMOTE"), media::object_key.eq(None::<String>)))
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    room.clock.advance(TimeDelta::hours(2));
    room.want(alice, &picture("/nothing", b"x")).await;
    room.settle(1).await;

    assert_eq!(objects(&room), [room.folder.path().join(kept)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deleted_user_leaves_no_file_behind_and_other_users_keep_theirs() {
    let room = Darkroom::build().await;
    let (alice, bob) = (room.user("FREE").await, room.user("FREE").await);
    stored(&room, alice, &content(10)).await;
    let kept = stored(&room, bob, &content(20)).await;

    let mut work = room.core.begin(alice.user).await.unwrap();
    amda::media::discard_of_user(&mut work).await.unwrap();
    diesel::delete(users::table.find(alice.user))
        .execute(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
    room.want(bob, &picture("/nothing", b"x")).await;
    room.settle(1).await;

    let kept = row(&room, bob, kept).await.object_key.unwrap();
    assert_eq!(objects(&room), [room.folder.path().join(kept)]);
}
