//! The servers whose subscribers are compared. Each publishes by the order `publish FIRST LAST COUNT`: to every user from the
//! first to the last, so many events.

use std::collections::HashMap;
use std::sync::Arc;

use amda::features::users::find_by_email;
use amda::id::UserId;
use amda::kinds::EventKind;
use amda::work::Core;
use async_graphql_axum::GraphQLSubscription;
use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use futures::SinkExt as _;
use serde_json::Value;
use tokio::sync::broadcast;

use super::amda_server::start_with_high_limits;
use super::server_process::{obey, serve};
use super::stock;
use super::topics::{Event, Topics};

/// The buffer of a connection in each direction, as AMDA has it.
const BUFFER_BYTES: usize = 4 * 1024;

/// The address of the user with this number, who registers from outside.
pub(super) fn email(user: usize) -> String {
    format!("user{user}@example.org")
}

/// AMDA, whole: an event is a committed change of the user's profile.
pub(super) async fn amda() {
    let app = start_with_high_limits().await;
    let core = app.app.services.core.clone();
    let mut users = HashMap::new();
    obey(app.app.address, async |order| {
        let Order { first, last, count } = Order::read(order);
        for user in first..=last {
            let id = match users.get(&user) {
                Some(id) => *id,
                None => {
                    let found = find_by_email(&core.db, &email(user)).await.unwrap();
                    *users.entry(user).or_insert(found.expect("they have registered"))
                }
            };
            change_profile(&core, id, count).await;
        }
        String::new()
    })
    .await;
    app.stop().await;
}

async fn change_profile(core: &Core, user: UserId, count: usize) {
    let mut work = core.begin(user).await.unwrap();
    for _ in 0..count {
        work.emit_each(EventKind::ProfileChanged, None, user);
    }
    work.commit().await.unwrap();
}

/// The stock subscriptions of async-graphql-axum: every subscriber executes its own.
pub(super) async fn stock() {
    let topics = Arc::new(Topics::new());
    let subscriptions = GraphQLSubscription::new(stock::schema(Arc::clone(&topics)));
    let router = Router::new().route_service("/graphql", subscriptions);
    let mut published = 0;
    serve(router, async |order| {
        Order::read(order).carry_out(&mut published, |user, event| topics.publish(user, event));
        String::new()
    })
    .await;
}

/// A bare WebSocket of axum for each subscriber, which is sent the bytes of an event as they are.
pub(super) async fn bare() {
    let topics = Arc::new(Topics::new());
    let router = Router::new()
        .route("/graphql", get(upgrade))
        .with_state(Arc::clone(&topics));
    let mut published = 0;
    serve(router, async |order| {
        Order::read(order).carry_out(&mut published, |user, event| {
            topics.publish(user, Utf8Bytes::from(event.message()));
        });
        String::new()
    })
    .await;
}

async fn upgrade(upgrade: WebSocketUpgrade, State(topics): State<Arc<Topics<Utf8Bytes>>>) -> Response {
    upgrade
        .protocols(["graphql-transport-ws"])
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .on_upgrade(move |socket| async move {
            // A subscriber that goes breaks its socket.
            let _ = forward(socket, &topics).await;
        })
}

/// Answers as much of the protocol as a subscriber needs, and forwards what its user is told.
async fn forward(mut socket: WebSocket, topics: &Topics<Utf8Bytes>) -> Result<(), axum::Error> {
    let mut receiver: Option<broadcast::Receiver<Utf8Bytes>> = None;
    loop {
        let told = async {
            match &mut receiver {
                Some(receiver) => receiver
                    .recv()
                    .await
                    .expect("rounds are smaller than the backlog"),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = told => {
                let mut next = Some(event);
                while let Some(event) = next {
                    socket.feed(Message::Text(event)).await?;
                    next = receiver.as_mut().and_then(|receiver| receiver.try_recv().ok());
                }
                socket.flush().await?;
            }
            message = socket.recv() => {
                let Some(message) = message else { return Ok(()) };
                let Message::Text(text) = message? else { continue };
                let message: Value = serde_json::from_str(&text).map_err(axum::Error::new)?;
                match message["type"].as_str() {
                    Some("connection_init") => {
                        let user = message["payload"]["token"].as_str().and_then(|token| token.parse().ok());
                        receiver = user.map(|user: usize| topics.subscribe(user));
                        socket.send(Message::text(r#"{"type":"connection_ack"}"#)).await?;
                    }
                    Some("ping") => socket.send(Message::text(r#"{"type":"pong"}"#)).await?,
                    _ => {}
                }
            }
        }
    }
}

/// An order to publish.
struct Order {
    first: usize,
    last: usize,
    count: usize,
}

impl Order {
    fn read(order: &str) -> Self {
        let numbers: Vec<usize> = order
            .split_whitespace()
            .skip(1)
            .map(|number| number.parse().unwrap())
            .collect();
        Self {
            first: numbers[0],
            last: numbers[1],
            count: numbers[2],
        }
    }

    /// Makes the events and hands them over, behind those that were published before.
    fn carry_out(&self, published: &mut usize, publish: impl Fn(usize, Event)) {
        for _ in 0..self.count {
            *published += 1;
            for user in self.first..=self.last {
                publish(user, Event::numbered(*published));
            }
        }
    }
}
