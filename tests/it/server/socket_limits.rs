//! The limits of sockets: origins, numbers of sockets and operations, message length, cookies.

use serde_json::json;
use tokio_tungstenite::tungstenite::{self, Message};

use super::sockets::{EVENTS, end_of, init};
use super::world::World;
use crate::support::websocket::{SOON, Socket};

#[tokio::test]
async fn only_allowed_pages_connect() {
    let world = World::start().await;
    let own = format!("http://{}", world.address);
    let from = |origin: &str| {
        let mut handshake = Socket::handshake(world.address);
        handshake.headers_mut().insert("origin", origin.parse().unwrap());
        Socket::connect_with(handshake)
    };

    for friend in ["https://app.test", "http://amda.test", &own] {
        from(friend).await.unwrap();
    }
    for stranger in [
        "https://evil.test",
        "https://app.test.evil.test",
        "http://app.test",
        "null",
    ] {
        let refused = from(stranger).await.unwrap_err();
        let tungstenite::Error::Http(response) = refused else {
            panic!("{stranger}: {refused:?}");
        };
        assert_eq!(response.status(), 403, "{stranger}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_user_has_so_many_sockets_and_no_more() {
    let world = World::with(|settings| settings.sockets.per_user = 2).await;
    let introduce = vec![json!({ "type": "connection_init", "payload": { "token": "alice" } })];
    let mut first = world.socket(Some("alice")).await;
    let _second = world.socket(Some("alice's phone")).await;
    let _others = (world.socket(Some("bob")).await, world.socket(None).await);

    let (code, reason) = end_of(&world, &introduce).await;

    assert_eq!(
        (code, reason.as_str()),
        (1013, "2 sockets are open already; close one first")
    );
    first.send_raw(Message::Close(None)).await;
    // The slot is free when the server is done with the socket.
    while !matches!(first.next_frame(SOON).await, Message::Close(_)) {}
    world.socket(Some("alice")).await;
    world.stop().await;
}

#[tokio::test]
async fn a_socket_runs_so_many_operations_and_no_more() {
    let world = World::with(|settings| settings.sockets.subscriptions = 2).await;
    let mut socket = world.socket(None).await;
    let first = socket.subscribe(EVENTS, json!({})).await;
    socket.subscribe("{ forever }", json!({})).await;

    let third = socket.subscribe("{ hello }", json!({})).await;
    let refused = socket.next_message(SOON).await;
    socket.complete(&first).await;
    socket.subscribe("{ hello }", json!({})).await;

    assert_eq!(
        (&refused["id"], &refused["type"]),
        (&json!(third), &json!("error"))
    );
    assert_eq!(refused["payload"][0]["extensions"]["code"], "COST_LIMIT");
    assert_eq!(socket.next_event(SOON).await["hello"], "Hello, world!");
    world.stop().await;
}

#[tokio::test]
async fn a_user_has_so_many_subscriptions_over_all_sockets_and_no_more() {
    let world = World::with(|settings| settings.sockets.subscriptions_per_user = 2).await;
    let mut tabs = [
        world.socket(Some("alice")).await,
        world.socket(Some("alice's phone")).await,
    ];
    let mut first = String::new();
    for (index, tab) in tabs.iter_mut().enumerate() {
        first = tab.subscribe(EVENTS, json!({})).await;
        world.events.opened(index + 1).await;
    }
    let [tab, other] = &mut tabs;

    tab.subscribe("subscription { count(to: 1) }", json!({})).await;
    let refused = tab.next_message(SOON).await;
    tab.subscribe("{ hello }", json!({})).await;
    let greeting = tab.next_event(SOON).await;
    other.complete(&first).await;
    other.send(json!({ "type": "ping" })).await;
    assert_eq!(other.next_message(SOON).await["type"], "pong");
    other.subscribe("subscription { count(to: 1) }", json!({})).await;

    assert_eq!(refused["payload"][0]["extensions"]["code"], "COST_LIMIT");
    assert_eq!(greeting["hello"], "Hello, world!");
    assert_eq!(other.next_event(SOON).await, json!({ "count": 1 }));
    world.stop().await;
}

#[tokio::test]
async fn a_socket_does_not_bring_the_refresh_cookie_that_it_could_not_replace() {
    let world = World::start().await;
    let mut handshake = Socket::handshake(world.address);
    handshake
        .headers_mut()
        .insert("cookie", "amda_refresh=secret".parse().unwrap());
    let mut socket = Socket::connect_with(handshake).await.unwrap();
    socket.send(init()).await;
    assert_eq!(socket.next_message(SOON).await["type"], "connection_ack");

    socket.subscribe("{ client }", json!({})).await;

    let client = socket.next_event(SOON).await["client"].to_string();
    assert!(client.contains("None") && !client.contains("secret"), "{client}");
    world.stop().await;
}

#[tokio::test]
async fn a_message_that_is_too_long_ends_the_connection() {
    let world = World::with(|settings| settings.sockets.message_bytes = 1_000).await;

    for length in [1_001, 3_000, 50_000] {
        let mut socket = world.socket(None).await;
        socket.send_raw(Message::text("x".repeat(length))).await;
        let end = socket.closed(SOON).await;
        assert_eq!(
            end,
            (1009, "the message is longer than 1000 bytes".to_owned()),
            "{length}"
        );
    }
    world.stop().await;
}
