use std::time::Duration;

use serde_json::Value;
use tokio_postgres::Client as Connection;

use super::{codes, log_in, refresh_session, registered, signed_in, viewer_email};
use crate::support::database::connect;
use crate::support::world::World;

#[tokio::test]
async fn a_used_refresh_token_that_comes_again_ends_the_whole_family_for_good() {
    let world = World::build().await;
    let (first, stolen) = registered(&world, "alice@example.org").await;
    let (second, newest) = signed_in(&refresh_session(&world, &stolen).await);

    let replayed = refresh_session(&world, &stolen).await;

    assert_eq!(codes(&replayed), ["INVALID_REFRESH_TOKEN"]);
    assert!(replayed["accessToken"].is_null());
    assert_eq!(
        codes(&refresh_session(&world, &newest).await),
        ["INVALID_REFRESH_TOKEN"]
    );
    assert!(viewer_email(&world, &first).await.is_null());
    assert!(viewer_email(&world, &second).await.is_null());
    let owner = connect(world.database.url()).await;
    let revoked = owner
        .query_one("SELECT count(*) FROM logins WHERE revoked_at IS NOT NULL", &[])
        .await
        .unwrap();
    assert_eq!(
        revoked.get::<_, i64>(0),
        1,
        "the end of the login is durable although the answer was an error"
    );
}

#[tokio::test]
async fn a_replay_ends_no_other_login_of_the_user() {
    let world = World::build().await;
    let (_, stolen) = registered(&world, "alice@example.org").await;
    let other = log_in(
        &world,
        &super::Client::default(),
        "alice@example.org",
        super::PASSWORD,
    )
    .await;
    let (phone, _) = signed_in(&other);
    refresh_session(&world, &stolen).await;

    refresh_session(&world, &stolen).await;

    assert_eq!(viewer_email(&world, &phone).await, "alice@example.org");
}

#[tokio::test]
async fn of_two_refreshes_at_once_one_wins_and_its_session_lives_on() {
    let world = World::build().await;
    let (_, token) = registered(&world, "alice@example.org").await;
    let (holder, watcher) = (
        connect(world.database.url()).await,
        connect(world.database.url()).await,
    );
    holder
        .batch_execute("BEGIN; SELECT 1 FROM refresh_tokens FOR UPDATE")
        .await
        .unwrap();

    let both = async { tokio::join!(refresh_session(&world, &token), refresh_session(&world, &token)) };
    let release = async {
        until_waiting(&watcher, 2).await;
        holder.batch_execute("ROLLBACK").await.unwrap();
    };
    let ((one, other), ()) = tokio::join!(both, release);

    let is_refused = |answer: &Value| codes(answer) == ["INVALID_REFRESH_TOKEN"];
    assert!(is_refused(&one) != is_refused(&other), "{one} {other}");
    let winner = if is_refused(&one) { other } else { one };
    let (client, next) = signed_in(&winner);
    assert_eq!(viewer_email(&world, &client).await, "alice@example.org");
    signed_in(&refresh_session(&world, &next).await);
}

/// Waits until `wanted` connections wait for a lock.
async fn until_waiting(watcher: &Connection, wanted: i64) {
    let waiting = async {
        let query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while watcher.query_one(query, &[]).await.unwrap().get::<_, i64>(0) < wanted {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .expect("both refreshes wait for the token");
}
