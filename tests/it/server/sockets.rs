use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio_tungstenite::tungstenite::{self, Message};

use super::world::World;
use crate::support::websocket::{SOON, Socket};

/// A subscription to the events of the world.
pub(super) const EVENTS: &str = "subscription { events { number } }";

/// The end of a connection whose client sends `messages` and nothing else.
pub(super) async fn end_of(world: &World, messages: &[Value]) -> (u16, String) {
    let mut socket = Socket::connect(world.address).await;
    for message in messages {
        socket.send(message.clone()).await;
    }
    let end = socket.closed(SOON).await;
    assert!(end.1.len() < 123, "a reason must fit its frame: {}", end.1);
    end
}

/// The `connection_init` message.
pub(super) fn init() -> Value {
    json!({ "type": "connection_init" })
}

fn subscribe(id: &str, query: &str) -> Value {
    json!({ "type": "subscribe", "id": id, "payload": { "query": query } })
}

#[tokio::test]
async fn every_breach_of_the_protocol_has_its_code() {
    let world = World::start().await;
    let long = "x".repeat(300);
    let cases = [
        (4400, "Invalid message", vec![json!("nonsense")]),
        (4400, "Invalid message", vec![json!({ "type": "shout" })]),
        (4400, "Invalid message", vec![json!({ "id": "1" })]),
        (
            4400,
            "Invalid message",
            vec![json!({ "type": "connection_init", "payload": 7 })],
        ),
        (
            4400,
            "Invalid message",
            vec![init(), json!({ "type": "subscribe", "id": 7, "payload": {} })],
        ),
        (
            4400,
            "Invalid message",
            vec![init(), json!({ "type": "subscribe", "id": "1" })],
        ),
        (
            4400,
            "Invalid message",
            vec![init(), json!({ "type": "subscribe", "id": "1", "payload": {} })],
        ),
        (4400, "Invalid message", vec![init(), subscribe("", EVENTS)]),
        (
            4400,
            "Invalid message",
            vec![init(), json!({ "type": "complete" })],
        ),
        (4401, "Unauthorized", vec![subscribe("1", EVENTS)]),
        (4429, "Too many initialisation requests", vec![init(), init()]),
        (
            4409,
            "Subscriber for 1 already exists",
            vec![init(), subscribe("1", EVENTS), subscribe("1", EVENTS)],
        ),
        (
            4409,
            "Subscriber for xxx",
            vec![init(), subscribe(&long, EVENTS), subscribe(&long, EVENTS)],
        ),
    ];

    for (code, reason, messages) in cases {
        let end = end_of(&world, &messages).await;
        assert_eq!(end.0, code, "{messages:?}: {end:?}");
        assert!(end.1.starts_with(reason), "{messages:?}: {end:?}");
    }
    world.stop().await;
}

#[tokio::test]
async fn binary_and_broken_text_are_invalid() {
    let world = World::start().await;

    for message in [Message::binary("{}"), Message::text("{")] {
        let mut socket = Socket::connect(world.address).await;
        socket.send_raw(message).await;
        assert_eq!(socket.closed(SOON).await.0, 4400);
    }
    world.stop().await;
}

#[tokio::test]
async fn other_subprotocols_are_refused() {
    let world = World::start().await;
    let mut silent = Socket::handshake(world.address);
    silent.headers_mut().remove("sec-websocket-protocol");

    let mut socket = Socket::connect_with(silent).await.unwrap();
    let mut legacy = Socket::handshake(world.address);
    legacy
        .headers_mut()
        .insert("sec-websocket-protocol", "graphql-ws".parse().unwrap());

    assert_eq!(socket.closed(SOON).await.0, 4406);
    // The server selects none of what this client offers, which the client takes as a refusal.
    let refused = Socket::connect_with(legacy).await.unwrap_err();
    assert!(matches!(refused, tungstenite::Error::Protocol(_)), "{refused:?}");
    world.stop().await;
}

#[tokio::test]
async fn a_client_must_introduce_itself_in_time() {
    let world = World::with(|settings| settings.sockets.init_within = Duration::from_millis(50)).await;

    let end = end_of(&world, &[]).await;

    assert_eq!(end, (4408, "Connection initialisation timeout".to_owned()));
    world.stop().await;
}

#[tokio::test]
async fn a_token_is_taken_in_every_usual_place() {
    let world = World::start().await;
    let payloads = [
        (json!({ "token": "alice" }), json!("1")),
        (json!({ "authToken": "bob" }), json!("2")),
        (json!({ "Authorization": "Bearer bob" }), json!("2")),
        (
            json!({ "headers": { "authorization": "bearer alice" } }),
            json!("1"),
        ),
        (json!({ "token": null }), json!(null)),
        (json!(null), json!(null)),
    ];

    for (payload, who) in payloads {
        let mut socket = Socket::connect(world.address).await;
        socket
            .send(json!({ "type": "connection_init", "payload": payload }))
            .await;
        assert_eq!(socket.next_message(SOON).await["type"], "connection_ack");
        socket.subscribe("{ who }", json!({})).await;
        assert_eq!(socket.next_event(SOON).await, json!({ "who": who }), "{payload}");
    }
    world.stop().await;
}

#[tokio::test]
async fn a_bad_token_is_refused_at_the_introduction() {
    let world = World::start().await;
    let introduce = |token: &str| vec![json!({ "type": "connection_init", "payload": { "token": token } })];

    assert_eq!(end_of(&world, &introduce("mallory")).await.0, 4403);
    assert_eq!(
        end_of(&world, &introduce("expired")).await,
        (4403, "token expired".to_owned())
    );
    assert_eq!(
        end_of(&world, &introduce("unlucky")).await,
        (4500, "Internal server error".to_owned())
    );
    world.stop().await;
}

#[tokio::test]
async fn a_socket_ends_with_its_token() {
    let world = World::start().await;
    let mut alice = world.socket(Some("alice")).await;
    let mut nobody = world.socket(None).await;

    world.clock.advance(chrono::TimeDelta::minutes(16));

    assert_eq!(alice.closed(SOON).await, (4403, "token expired".to_owned()));
    nobody.subscribe("{ hello }", json!({})).await;
    assert_eq!(nobody.next_event(SOON).await["hello"], "Hello, world!");
    world.stop().await;
}

#[tokio::test]
async fn pings_are_answered_before_and_after_the_introduction() {
    let world = World::start().await;
    let mut socket = Socket::connect(world.address).await;

    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next_message(SOON).await, json!({ "type": "pong" }));
    socket.send(init()).await;
    assert_eq!(socket.next_message(SOON).await["type"], "connection_ack");
    socket.send(json!({ "type": "pong" })).await;
    socket
        .send(json!({ "type": "ping", "payload": { "a": 1 } }))
        .await;
    assert_eq!(
        socket.next_message(SOON).await,
        json!({ "type": "pong", "payload": { "a": 1 } })
    );
    world.stop().await;
}

#[tokio::test]
async fn a_client_that_shows_no_life_is_dropped() {
    let world = World::with(|settings| settings.sockets.ping_every = Duration::from_millis(500)).await;
    let mut living = world.socket(None).await;
    let (enough, mut stop) = oneshot::channel::<()>();
    let answering = tokio::spawn(async move {
        loop {
            let frame = tokio::select! {
                _ = &mut stop => return living,
                frame = living.next_frame(SOON) => frame,
            };
            if let Message::Text(text) = frame {
                assert_eq!(text.as_str(), "{\"type\":\"ping\"}");
                living.send(json!({ "type": "pong" })).await;
            }
        }
    });

    // The connection is never read, so not even the WebSocket's own pings are answered.
    let mut dead = world.socket(None).await;
    dead.subscribe("subscription { newest { number } }", json!({}))
        .await;
    world.events.opened(1).await;

    world.events.ended(1).await;
    enough.send(()).unwrap();
    let mut living = answering.await.unwrap();
    living.subscribe("{ hello }", json!({})).await;
    assert_eq!(living.next_event(SOON).await["hello"], "Hello, world!");
    drop(dead);
    world.stop().await;
}

#[tokio::test]
async fn queries_and_mutations_run_over_a_socket() {
    let world = World::start().await;
    let mut socket = world.socket(None).await;

    let query = socket
        .subscribe("query($n: String) { hello(name: $n) }", json!({ "n": "socket" }))
        .await;
    let next = json!({ "id": query, "type": "next", "payload": { "data": { "hello": "Hello, socket!" } } });
    assert_eq!(socket.next_message(SOON).await, next);
    assert_eq!(
        socket.next_message(SOON).await,
        json!({ "id": query, "type": "complete" })
    );
    socket.subscribe("mutation { touch }", json!({})).await;
    assert_eq!(socket.next_event(SOON).await, json!({ "touch": 1 }));
    world.stop().await;
}

#[tokio::test]
async fn a_subscription_that_ends_is_completed_and_its_id_is_free_again() {
    let world = World::start().await;
    let mut socket = world.socket(None).await;

    for _ in 0..2 {
        socket
            .send(subscribe(
                "again",
                "subscription { ...F } fragment F on Subscription { count(to: 2) }",
            ))
            .await;
        assert_eq!(socket.next_event(SOON).await, json!({ "count": 1 }));
        assert_eq!(socket.next_event(SOON).await, json!({ "count": 2 }));
        assert_eq!(
            socket.next_message(SOON).await,
            json!({ "id": "again", "type": "complete" })
        );
    }
    world.stop().await;
}

#[tokio::test]
async fn what_cannot_start_is_an_error_and_leaves_the_socket_open() {
    let world = World::start().await;
    let mut socket = world.socket(None).await;
    let cases = [
        ("{", "BAD_USER_INPUT"),
        ("subscription { unknown }", "BAD_USER_INPUT"),
        ("subscription { count }", "BAD_USER_INPUT"),
        ("subscription { count(to: 1) refused }", "BAD_USER_INPUT"),
        ("{ unknown }", "BAD_USER_INPUT"),
        ("subscription { refused }", "FORBIDDEN"),
        ("subscription { panicking }", "INTERNAL"),
        ("{ panics }", "INTERNAL"),
    ];

    for (query, code) in cases {
        let id = socket.subscribe(query, json!({})).await;
        let message = socket.next_message(SOON).await;
        assert_eq!(message["type"], "error", "{query}: {message:#}");
        assert_eq!(message["id"], id);
        assert_eq!(
            message["payload"][0]["extensions"]["code"], code,
            "{query}: {message:#}"
        );
    }
    socket.subscribe("{ hello }", json!({})).await;
    assert_eq!(socket.next_event(SOON).await["hello"], "Hello, world!");
    world.stop().await;
}

#[tokio::test]
async fn an_event_that_fails_is_followed_by_the_next() {
    let world = World::start().await;
    let mut socket = world.socket(None).await;
    world.events.happen(2);

    socket
        .subscribe("subscription { events(after: 0) { even } }", json!({}))
        .await;

    let failed = socket.next_message(SOON).await;
    assert_eq!(failed["type"], "next", "{failed:#}");
    assert_eq!(failed["payload"]["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(socket.next_event(SOON).await, json!({ "events": { "even": 2 } }));
    world.stop().await;
}

#[tokio::test]
async fn a_completed_subscription_is_dropped_without_an_echo() {
    let world = World::start().await;
    let mut socket = world.socket(None).await;
    for (opened, query) in [(1, EVENTS), (2, "subscription { newest { number } }")] {
        let id = socket.subscribe(query, json!({})).await;
        world.events.opened(opened).await;
        socket.complete(&id).await;
    }
    socket.complete("never started").await;

    world.events.ended(2).await;
    world.events.happen(1);
    socket.subscribe("{ hello }", json!({})).await;
    assert_eq!(socket.next_event(SOON).await["hello"], "Hello, world!");
    world.stop().await;
}

#[tokio::test]
async fn a_client_that_leaves_takes_its_subscriptions_along() {
    let world = World::start().await;
    let mut socket = world.socket(None).await;
    socket.subscribe(EVENTS, json!({})).await;
    world.events.opened(1).await;

    socket.send_raw(Message::Close(None)).await;
    let answer = socket.next_frame(SOON).await;

    assert!(matches!(answer, Message::Close(_)), "{answer:?}");
    world.events.ended(1).await;
    world.stop().await;
}
