use std::time::Duration;

use amda::features::users::REFRESH_GRACE;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio_postgres::Client as Connection;

use super::{
    Client, REFRESH, codes, log_in, refresh_session, register_user, registered, run_operation, signed_in,
    viewer_email,
};
use crate::support::database::connect;
use crate::support::world::World;

#[tokio::test]
async fn a_used_refresh_token_that_comes_again_ends_the_whole_family_for_good() {
    let world = World::build().await;
    let (first, stolen) = registered(&world, "alice@example.org").await;
    let (second, newest) = signed_in(&refresh_session(&world, &stolen).await);
    world.clock.advance(REFRESH_GRACE + TimeDelta::seconds(1));

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
        "the end of the session is durable although the answer was an error"
    );
}

#[tokio::test]
async fn a_replay_ends_no_other_session_of_the_user() {
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
    world.clock.advance(REFRESH_GRACE + TimeDelta::seconds(1));

    refresh_session(&world, &stolen).await;

    assert_eq!(viewer_email(&world, &phone).await, "alice@example.org");
}

#[tokio::test]
async fn of_two_refreshes_at_once_both_live_on() {
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

    let ((one, one_next), (other, other_next)) = (signed_in(&one), signed_in(&other));
    assert_ne!(one_next, other_next);
    world.clock.advance(REFRESH_GRACE * 2);
    for (client, next) in [(one, one_next), (other, other_next)] {
        assert_eq!(viewer_email(&world, &client).await, "alice@example.org");
        signed_in(&refresh_session(&world, &next).await);
    }
}

#[tokio::test]
async fn a_second_tab_has_the_grace_and_no_more() {
    let world = World::build().await;
    let (_, token) = registered(&world, "alice@example.org").await;
    let (_, newest) = signed_in(&refresh_session(&world, &token).await);

    world.clock.advance(REFRESH_GRACE);
    signed_in(&refresh_session(&world, &token).await);
    world.clock.advance(TimeDelta::seconds(1));
    let late = refresh_session(&world, &token).await;

    assert_eq!(codes(&late), ["INVALID_REFRESH_TOKEN"]);
    assert_eq!(
        codes(&refresh_session(&world, &newest).await),
        ["INVALID_REFRESH_TOKEN"]
    );
}

#[tokio::test]
async fn a_thief_from_elsewhere_has_no_grace() {
    for (address, agent) in [("192.0.2.66", "Firefox"), ("192.0.2.7", "curl")] {
        let world = World::build().await;
        let owner = client_of("192.0.2.7", "Firefox");
        let session = register_user(&world, &owner, "alice@example.org").await;
        let (_, token) = signed_in(&session);
        let (_, newest) = signed_in(&refresh_from(&world, &owner, &token).await);

        let stolen = refresh_from(&world, &client_of(address, agent), &token).await;

        assert_eq!(codes(&stolen), ["INVALID_REFRESH_TOKEN"], "{address} {agent}");
        let owners = refresh_from(&world, &owner, &newest).await;
        assert_eq!(codes(&owners), ["INVALID_REFRESH_TOKEN"], "the family has ended");
    }
}

fn client_of(address: &str, agent: &str) -> Client {
    let mut client = Client::at(address);
    client.info.user_agent = Some(agent.to_owned());
    client
}

async fn refresh_from(world: &World, client: &Client, token: &str) -> Value {
    let variables = json!({ "input": { "refreshToken": token } });
    run_operation(world, client, REFRESH, variables).await["refreshSession"].take()
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
