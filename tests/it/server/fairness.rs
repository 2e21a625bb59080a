use std::time::Duration;

use amda::server::QueueLimits;
use futures::future::{Either, select};
use reqwest::StatusCode;
use serde_json::json;
use tokio::task::JoinHandle;

use super::world::World;
use crate::support::graphql::Reply;

async fn world(limits: QueueLimits) -> World {
    World::with(|settings| settings.operations = limits).await
}

/// Sends an operation of Alice's that does not end before the door is open.
fn at_the_door(world: &World) -> JoinHandle<Reply> {
    let alice = world.api().signed_in("alice");
    tokio::spawn(async move { alice.run("{ atTheDoor }", json!({})).await })
}

#[tokio::test]
async fn a_client_with_too_many_operations_waits_for_its_own_and_others_do_not() {
    let world = world(QueueLimits {
        running: 2,
        waiting: 1,
        wait: Duration::from_secs(30),
    })
    .await;
    let running = [at_the_door(&world), at_the_door(&world)];
    world.events.arrived(2).await;

    let ended = select(at_the_door(&world), at_the_door(&world)).await;
    let bob = world.api().signed_in("bob").run("{ hello }", json!({})).await;
    let (Either::Left((refused, waiting)) | Either::Right((refused, waiting))) = ended;
    world.events.let_through();

    let refused = refused.unwrap();
    assert_eq!(
        (refused.status, refused.error_code()),
        (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED")
    );
    assert_eq!(refused.body["errors"][0]["extensions"]["retryAfterMs"], 1_000);
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(bob.data("/hello"), "Hello, world!");
    assert_eq!(waiting.await.unwrap().data("/atTheDoor"), true);
    for one in running {
        assert_eq!(one.await.unwrap().data("/atTheDoor"), true);
    }
    world.stop().await;
}

#[tokio::test]
async fn an_operation_that_waits_too_long_is_refused() {
    let world = world(QueueLimits {
        running: 1,
        waiting: 1,
        wait: Duration::from_millis(1),
    })
    .await;
    let running = at_the_door(&world);
    world.events.arrived(1).await;

    let refused = at_the_door(&world).await.unwrap();
    world.events.let_through();

    assert_eq!(refused.error_code(), "RATE_LIMITED");
    let message = refused.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("for others of yours to end"), "{message}");
    assert_eq!(running.await.unwrap().data("/atTheDoor"), true);
    world.stop().await;
}
