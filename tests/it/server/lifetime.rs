use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use super::world::World;
use crate::support::websocket::{SOON, Socket};

#[tokio::test]
async fn a_shutdown_closes_sockets_politely_and_takes_no_more_connections() {
    let world = World::start().await;
    let address = world.address;
    let mut listening = world.socket(Some("alice")).await;
    listening
        .subscribe("subscription { events { number } }", json!({}))
        .await;
    world.events.opened(1).await;
    let mut silent = Socket::connect(address).await;
    let events = Arc::clone(&world.events);

    world.lifetime.shutdown.cancel();

    for socket in [&mut listening, &mut silent] {
        let (code, reason) = socket.closed(SOON).await;
        assert_eq!(
            (code, reason.as_str()),
            (1001, "the server is shutting down; connect again")
        );
    }
    events.ended(1).await;
    drop((listening, silent));
    world.stop().await;
    TcpStream::connect(address).await.unwrap_err();
}

#[tokio::test]
async fn a_shutdown_waits_for_requests_that_are_being_answered() {
    let world = World::start().await;
    let api = world.api();
    let asked = tokio::spawn(async move { api.run("{ atTheDoor }", json!({})).await });
    world.events.arrived(1).await;

    world.lifetime.shutdown.cancel();
    world.events.let_through();
    world.stop().await;

    assert_eq!(asked.await.unwrap().data("/atTheDoor"), true);
}

#[tokio::test]
async fn a_mutation_that_was_begun_is_finished_though_nobody_waits_for_it() {
    let world = World::with(|settings| settings.operation_timeout = Duration::from_millis(50)).await;
    let mutation = "mutation { touchBehindTheDoor }";
    let mut socket = world.socket(None).await;

    let given_up = world.api().run(mutation, json!({})).await;
    socket.subscribe(mutation, json!({})).await;
    let refused = socket.next_message(SOON).await;
    world.events.let_through();

    world.events.happened(2).await;
    assert_eq!(given_up.error_code(), "TIMEOUT");
    for error in [&given_up.body["errors"][0], &refused["payload"][0]] {
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("goes on"), "{message}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_mutation_hears_that_its_client_left() {
    let world = World::start().await;
    let mutation = "mutation { touchWhenLeftAlone }";
    let api = world.api();
    let asking = tokio::spawn(async move { api.run(mutation, json!({})).await });
    let mut socket = world.socket(None).await;
    let id = socket.subscribe(mutation, json!({})).await;
    world.events.arrived(2).await;

    asking.abort();
    world.events.happened(1).await;
    socket.complete(&id).await;
    world.events.happened(2).await;

    world.stop().await;
}

#[tokio::test]
async fn a_socket_that_does_not_read_does_not_hold_up_a_shutdown() {
    let world = World::start().await;
    world.events.lengthen(1024 * 1024);
    world.events.happen(64);
    let mut stuck = world.socket(Some("alice")).await;
    stuck
        .subscribe("subscription { events(after: 0) { number text } }", json!({}))
        .await;
    let first = stuck.next_frame(SOON).await;
    assert!(matches!(first, Message::Text(_)), "{first:?}");

    world.stop().await;

    drop(stuck);
}
