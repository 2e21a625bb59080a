use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::world::World;
use crate::support::graphql::Reply;
use crate::support::websocket::SOON;

const PARTS: &str = "multipart/mixed;boundary=\"graphql\";subscriptionSpec=\"1.0\",application/json";

/// A subscription's response, read part by part.
struct Parts {
    response: Response,
    read: String,
}

impl Parts {
    async fn open(world: &World, query: &str) -> Self {
        let request = world
            .api()
            .signed_in("alice")
            .request(Method::POST, "/graphql")
            .header("accept", PARTS);
        let response = request.json(&json!({ "query": query })).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let kind = response.headers()["content-type"].to_str().unwrap();
        assert!(
            kind.starts_with("multipart/mixed; boundary=\"graphql\""),
            "{kind}"
        );
        Self {
            response,
            read: String::new(),
        }
    }

    /// The JSON of the next part; none at the end.
    async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some((part, rest)) = self.take() {
                self.read = rest;
                return part;
            }
            let chunk = tokio::time::timeout(SOON, self.response.chunk())
                .await
                .unwrap()
                .unwrap();
            self.read += std::str::from_utf8(&chunk.expect("the end is marked")).unwrap();
        }
    }

    fn take(&self) -> Option<(Option<Value>, String)> {
        if self.read.starts_with("\r\n--graphql--") {
            return Some((None, self.read.clone()));
        }
        let body = self
            .read
            .strip_prefix("\r\n--graphql\r\nContent-Type: application/json\r\n\r\n")?;
        let end = body.find("\r\n").unwrap_or(body.len());
        let part = serde_json::from_str(&body[..end]).ok()?;
        Some((Some(part), body[end..].to_owned()))
    }
}

#[tokio::test]
async fn a_subscription_runs_over_plain_http() {
    let world = World::start().await;
    let mut parts = Parts::open(&world, "subscription { events { number viewer } }").await;
    world.events.opened(1).await;

    for number in 1..=2 {
        world.events.happen(1);
        let event = json!({ "payload": { "data": { "events": { "number": number, "viewer": "1" } } } });
        assert_eq!(parts.next().await, Some(event));
    }
    drop(parts);

    world.events.ended(1).await;
    world.stop().await;
}

#[tokio::test]
async fn a_subscription_over_http_ends_by_itself_with_its_token_and_at_shutdown() {
    let world = World::start().await;
    let mut counted = Parts::open(&world, "subscription { count(to: 1) }").await;
    let mut refused = Parts::open(&world, "subscription { refused }").await;
    let mut expiring = Parts::open(&world, "subscription { events { number } }").await;

    assert_eq!(
        counted.next().await,
        Some(json!({ "payload": { "data": { "count": 1 } } }))
    );
    assert_eq!(counted.next().await, None);
    let errors = refused.next().await.unwrap();
    assert_eq!(errors["payload"], json!(null));
    assert_eq!(errors["errors"][0]["extensions"]["code"], "FORBIDDEN");
    assert_eq!(refused.next().await, None);
    world.clock.advance(chrono::TimeDelta::minutes(16));
    assert_eq!(expiring.next().await, None);
    let mut last = Parts::open(&world, "subscription { events { number } }").await;
    world.lifetime.shutdown.cancel();
    assert_eq!(last.next().await, None);
    world.stop().await;
}

#[tokio::test]
async fn streams_count_as_sockets_and_other_operations_stay_whole() {
    let world = World::with(|settings| settings.sockets.per_user = 1).await;
    let _socket = world.socket(Some("alice")).await;
    let ask = |query: &'static str| {
        let request = world
            .api()
            .signed_in("alice")
            .request(Method::POST, "/graphql")
            .header("accept", PARTS);
        Reply::read(request.json(&json!({ "query": query })))
    };

    assert_eq!(
        ask("subscription { events { number } }").await.error_code(),
        "COST_LIMIT"
    );
    assert_eq!(ask("{ who }").await.data("/who"), "1");
    world.stop().await;
}
