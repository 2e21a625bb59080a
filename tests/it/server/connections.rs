//! Connections: silent ones are closed, there are so many and no more, and the memory of what they send is bounded.

use std::time::Duration;

use amda::memory_budget::MemoryLimits;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::sockets::EVENTS;
use super::world::World;
use crate::support::graphql::Reply;
use crate::support::websocket::SOON;

/// A connection on which `sent` was sent.
async fn connect(world: &World, sent: &str) -> TcpStream {
    let mut stream = TcpStream::connect(world.address).await.unwrap();
    stream.write_all(sent.as_bytes()).await.unwrap();
    stream
}

/// What the server sends until it closes the connection.
async fn until_closed(mut stream: TcpStream) -> String {
    let mut heard = Vec::new();
    let reading = timeout(SOON, stream.read_to_end(&mut heard)).await;
    reading.expect("the server closes the connection").unwrap();
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn connections_that_send_no_request_are_closed() {
    let world = World::with(|settings| settings.connections.head_within = Duration::from_millis(50)).await;

    let silent = connect(&world, "").await;
    let half_open = connect(&world, "POST /graphql HTTP/1.1\r\nhost: amda.test\r\nx-slow: ").await;
    let idle = connect(&world, "GET /healthz HTTP/1.1\r\nhost: amda.test\r\n\r\n").await;

    assert_eq!(until_closed(silent).await, "");
    until_closed(half_open).await;
    assert!(until_closed(idle).await.starts_with("HTTP/1.1 200 OK"));
    world.stop().await;
}

#[tokio::test]
async fn a_socket_may_be_silent_for_longer_than_a_connection_without_a_request() {
    let world = World::with(|settings| settings.connections.head_within = Duration::from_millis(50)).await;
    let mut socket = world.socket(Some("alice")).await;
    socket.subscribe(EVENTS, json!({})).await;
    world.events.opened(1).await;

    until_closed(connect(&world, "").await).await;
    world.events.happen(1);

    assert_eq!(socket.next_event(SOON).await["events"]["number"], 1);
    world.stop().await;
}

#[tokio::test]
async fn one_connection_too_many_is_told_so_and_a_closed_one_makes_room() {
    let world = World::with(|settings| settings.connections.in_all = 8).await;
    let mut open = Vec::new();
    for _ in 0..7 {
        open.push(connect(&world, "").await);
    }

    let refused = until_closed(connect(&world, "").await).await;
    open.pop();
    let admitted = timeout(SOON, async {
        let health = "GET /healthz HTTP/1.1\r\nhost: amda.test\r\nconnection: close\r\n\r\n";
        while !until_closed(connect(&world, health).await)
            .await
            .contains("200 OK")
        {}
    });

    assert!(
        refused.starts_with("HTTP/1.1 503 ") && refused.contains("retry-after: 5"),
        "{refused}"
    );
    assert!(
        refused.contains("this address has 7 connections open"),
        "{refused}"
    );
    admitted.await.expect("there is room again");
    drop(open);
    world.stop().await;
}

#[tokio::test]
async fn unfinished_bodies_take_bounded_memory_and_leave_room_for_small_ones() {
    let memory = MemoryLimits {
        total: 64 * 1024,
        per_key: 64 * 1024,
        for_small: 16 * 1024,
        small: 1024,
    };
    let world = World::with(|settings| settings.body_memory = memory).await;
    let ask = async |padding: usize| {
        let query = format!("{{ hello }}{}", " ".repeat(padding));
        let request = world.api().request(Method::POST, "/graphql");
        Reply::read(request.json(&json!({ "query": query }))).await
    };
    let until = async |status: StatusCode| {
        let asking = async {
            loop {
                let reply = ask(2_000).await;
                if reply.status == status {
                    return reply;
                }
            }
        };
        timeout(SOON, asking).await.expect("the memory is counted soon")
    };
    let head = "POST /graphql HTTP/1.1\r\nhost: amda.test\r\ncontent-type: application/json\r\ncontent-length: 60000\r\n\r\n";

    let unfinished = connect(&world, &format!("{head}{}", " ".repeat(48 * 1024))).await;
    let refused = until(StatusCode::TOO_MANY_REQUESTS).await;
    let small = ask(0).await;
    drop(unfinished);
    let large = until(StatusCode::OK).await;

    assert_eq!(refused.error_code(), "RATE_LIMITED");
    assert_eq!(refused.body["errors"][0]["extensions"]["retryAfterMs"], 1_000);
    assert_eq!(small.data("/hello"), "Hello, world!");
    assert_eq!(large.data("/hello"), "Hello, world!");
    world.stop().await;
}

#[tokio::test]
async fn a_request_for_another_host_is_refused() {
    let world = World::start().await;
    let ask = async |path: &str, host: &str| {
        let request = world.api().request(Method::GET, path).header("host", host);
        Reply::read(request).await
    };

    let strange = ask("/graphql?query={hello}", "evil.test").await;
    let health = ask("/healthz", "evil.test").await;

    assert_eq!(strange.status, StatusCode::MISDIRECTED_REQUEST);
    let message = strange.body["errors"][0]["message"].as_str().unwrap();
    assert!(
        message.contains("http://amda.test") && message.contains("AMDA_PUBLIC_URL"),
        "{message}"
    );
    assert_eq!(health.status, StatusCode::OK);
    for own in ["amda.test", "localhost:3000", "192.168.1.5:3000"] {
        let reply = ask("/graphql?query={hello}", own).await;
        assert_eq!(reply.data("/hello"), "Hello, world!", "{own}");
    }
    world.stop().await;
}
