use std::time::Duration;

use serde_json::json;

use super::world::World;
use crate::support::websocket::{SOON, Socket};

const EVENTS: &str = "subscription($after: Int) { events(after: $after) { number viewer } }";

/// Subscribes, and returns when the server has taken note: it answers in order.
async fn listen(socket: &mut Socket, query: &str, variables: serde_json::Value) -> String {
    let id = socket.subscribe(query, variables).await;
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next_message(SOON).await["type"], "pong");
    id
}

async fn next_number(socket: &mut Socket) -> i64 {
    socket.next_event(SOON).await["events"]["number"]
        .as_i64()
        .unwrap()
}

#[tokio::test]
async fn two_sockets_of_one_viewer_share_one_execution() {
    let world = World::start().await;
    let mut tabs = [
        world.socket(Some("alice")).await,
        world.socket(Some("alice")).await,
    ];
    for tab in &mut tabs {
        listen(tab, EVENTS, json!({})).await;
        listen(tab, EVENTS, json!({ "after": null })).await;
        world.events.opened(2).await;
    }

    world.events.happen(3);

    for tab in &mut tabs {
        let mut numbers = Vec::new();
        for _ in 0..6 {
            numbers.push(next_number(tab).await);
        }
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 1, 2, 2, 3, 3]);
    }
    // Variables without `after`, and with null for it, are two executions of three events each; four listen.
    assert_eq!(world.events.executed(), 6);
    assert_eq!(world.events.opened_so_far(), 2);
    world.stop().await;
}

#[tokio::test]
async fn viewers_never_share() {
    let world = World::start().await;
    let tokens = [Some("alice"), Some("alice's phone"), Some("bob"), None];
    let mut sockets = Vec::new();
    for (index, token) in tokens.into_iter().enumerate() {
        let mut socket = world.socket(token).await;
        listen(&mut socket, EVENTS, json!({})).await;
        world.events.opened(index + 1).await;
        sockets.push(socket);
    }

    world.events.happen(1);

    let wanted = [json!("1"), json!("1"), json!("2"), json!(null)];
    for (socket, viewer) in sockets.iter_mut().zip(wanted) {
        assert_eq!(socket.next_event(SOON).await["events"]["viewer"], viewer);
    }
    assert_eq!(world.events.executed(), 4);
    world.stop().await;
}

#[tokio::test]
async fn a_subscription_with_a_cursor_replays_for_itself() {
    let world = World::start().await;
    world.events.happen(3);
    let (mut first, mut late) = (
        world.socket(Some("alice")).await,
        world.socket(Some("alice")).await,
    );
    let query = "subscription($after: Int = 1) { events(after: $after) { number } }";

    first.subscribe(EVENTS, json!({ "after": 1 })).await;
    assert_eq!(
        (next_number(&mut first).await, next_number(&mut first).await),
        (2, 3)
    );
    late.subscribe(EVENTS, json!({ "after": 1 })).await;
    assert_eq!(
        (next_number(&mut late).await, next_number(&mut late).await),
        (2, 3)
    );
    late.subscribe(query, json!({})).await;
    assert_eq!(
        (next_number(&mut late).await, next_number(&mut late).await),
        (2, 3)
    );
    late.subscribe("subscription { events(after: 2) { number } }", json!({}))
        .await;
    assert_eq!(next_number(&mut late).await, 3);

    assert_eq!(world.events.opened_so_far(), 4);
    world.stop().await;
}

#[tokio::test]
async fn a_subscription_that_cannot_be_resumed_begins_anew_for_everybody() {
    let world = World::start().await;
    world.events.happen(5);
    let (mut first, mut late) = (
        world.socket(Some("alice")).await,
        world.socket(Some("alice")).await,
    );

    for socket in [&mut first, &mut late] {
        socket
            .subscribe("subscription { newest { number } }", json!({}))
            .await;
        assert_eq!(
            socket.next_event(SOON).await,
            json!({ "newest": { "number": 5 } })
        );
    }

    world.stop().await;
}

#[tokio::test]
async fn who_joins_later_hears_what_follows_and_who_leaves_disturbs_nobody() {
    let world = World::start().await;
    let (mut first, mut late) = (
        world.socket(Some("alice")).await,
        world.socket(Some("alice")).await,
    );
    let id = listen(&mut first, EVENTS, json!({})).await;
    world.events.opened(1).await;
    world.events.happen(1);
    assert_eq!(next_number(&mut first).await, 1);

    listen(&mut late, EVENTS, json!({})).await;
    world.events.happen(1);
    assert_eq!(
        (next_number(&mut first).await, next_number(&mut late).await),
        (2, 2)
    );
    first.complete(&id).await;
    first.send(json!({ "type": "ping" })).await;
    assert_eq!(first.next_message(SOON).await["type"], "pong");
    world.events.happen(1);
    assert_eq!(next_number(&mut late).await, 3);
    assert_eq!(world.events.opened_so_far(), 1);

    drop(late);
    world.events.ended(1).await;
    listen(&mut first, EVENTS, json!({})).await;
    world.events.opened(2).await;
    world.events.happen(1);
    assert_eq!(next_number(&mut first).await, 4);
    world.stop().await;
}

#[tokio::test]
async fn a_shared_subscription_that_is_refused_is_refused_for_each() {
    let world = World::start().await;
    let mut socket = world.socket(Some("alice")).await;
    let query = "subscription { events(after: null) { unknown } }";

    for _ in 0..2 {
        let id = socket.subscribe(query, json!({})).await;
        let message = socket.next_message(SOON).await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!(id)));
    }

    world.stop().await;
}

#[tokio::test]
async fn a_slow_socket_on_a_shared_execution_is_told_to_resume() {
    let world = World::with(|settings| settings.sockets.backlog = 8).await;
    world.events.lengthen(256 * 1024);
    let (mut slow, mut quick) = (
        world.socket(Some("alice")).await,
        world.socket(Some("alice")).await,
    );
    let query = "subscription { events { number text } }";
    listen(&mut slow, query, json!({})).await;
    listen(&mut quick, query, json!({})).await;
    world.events.opened(1).await;

    // Far more than the buffers of both ends hold, while one of the two does not read.
    for number in 1..=100 {
        world.events.happen(1);
        assert_eq!(next_number(&mut quick).await, number);
    }
    let mut last = 0;
    let (code, reason) = loop {
        match slow.next_frame(SOON).await {
            tokio_tungstenite::tungstenite::Message::Text(text) => {
                let message: serde_json::Value = serde_json::from_str(&text).unwrap();
                let number = message["payload"]["data"]["events"]["number"].as_i64().unwrap();
                assert_eq!(number, last + 1, "nothing is left out before the end");
                last = number;
            }
            tokio_tungstenite::tungstenite::Message::Close(frame) => {
                let frame = frame.unwrap();
                break (u16::from(frame.code), frame.reason.to_string());
            }
            _ => {}
        }
    };

    assert_eq!(code, 1013);
    assert!(reason.starts_with("too slow:") && reason.len() < 123, "{reason}");
    let mut again = world.socket(Some("alice")).await;
    again.subscribe(EVENTS, json!({ "after": last })).await;
    assert_eq!(next_number(&mut again).await, last + 1);
    world.stop().await;
}

#[tokio::test]
async fn a_socket_that_reads_nothing_is_closed_and_told_to_resume() {
    let world = World::with(|settings| settings.sockets.read_within = Duration::from_millis(50)).await;
    // Far more than the buffers of both ends hold.
    world.events.lengthen(256 * 1024);
    world.events.happen(100);
    let mut slow = world.socket(Some("alice")).await;
    slow.subscribe("subscription { events(after: 0) { number text } }", json!({}))
        .await;

    world.events.ended(1).await;
    let reason = loop {
        if let tokio_tungstenite::tungstenite::Message::Close(frame) = slow.next_frame(SOON).await {
            let frame = frame.unwrap();
            assert_eq!(u16::from(frame.code), 1013);
            break frame.reason.to_string();
        }
    };

    assert!(reason.starts_with("too slow: nothing was read"), "{reason}");
    world.stop().await;
}

#[tokio::test]
async fn a_slow_socket_with_its_own_execution_gets_every_event() {
    let world = World::start().await;
    world.events.lengthen(64 * 1024);
    world.events.happen(300);
    let mut slow = world.socket(Some("alice")).await;
    slow.subscribe("subscription { events(after: 0) { number text } }", json!({}))
        .await;
    world.events.opened(1).await;

    for number in 1..=300 {
        assert_eq!(next_number(&mut slow).await, number);
        // The execution waits for the reader: the queue, and what the connection's buffers hold.
        assert!(world.events.executed() <= usize::try_from(number).unwrap() + 250);
    }
    world.stop().await;
}
