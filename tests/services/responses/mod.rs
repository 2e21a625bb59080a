//! Responses, compared with those that graphql-js makes of the same documents, schema and data.
//!
//! The documents are random and always the same ones: `RESPONSES_DOCUMENTS` says how many. A document that is answered
//! otherwise is made smaller as long as it still is, and then shown.
//!
//! ```text
//! RESPONSES_DOCUMENTS=20000 cargo test --features services --test services responses
//! ```

mod data;
mod document;
mod generate;
mod reference;
mod server;

use amda::server::Lifetime;
use axum::Router;
use reqwest::Method;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use crate::support::graphql::GraphqlClient;
use crate::support::websocket::{SOON, Socket};
use document::Document;
use generate::Types;
use reference::Reference;

/// Number of documents that the routes answer, unless `RESPONSES_DOCUMENTS` says otherwise.
const DOCUMENTS: u32 = 2_500;

/// Number of documents for each transport with a connection.
const CONNECTED_DOCUMENTS: u32 = 150;

fn types() -> Types {
    Types::read(&data::schema().sdl())
}

#[test]
fn the_lists_with_which_the_library_goes_wrong_are_not_in_the_product() {
    assert!(!amda::server::sdl().contains(": [["));
    assert_eq!(data::schema().sdl().matches(": [[").count(), 1);
}

#[tokio::test]
async fn the_server_answers_as_graphql_js_does() {
    let (types, mut reference) = (types(), Reference::start().await);
    let router = server::router(&Lifetime::default());
    let documents = std::env::var("RESPONSES_DOCUMENTS").map_or(DOCUMENTS, |count| count.parse().unwrap());

    for seed in 0..documents {
        let document = generate::document(&types, "query", seed);
        if difference(&router, &mut reference, seed, &document)
            .await
            .is_some()
        {
            let (document, difference) = shrink(&router, &mut reference, seed, document).await;
            panic!(
                "with the seed {seed}, {} is answered otherwise: {difference}",
                document.text()
            );
        }
    }
}

async fn difference(
    router: &Router,
    reference: &mut Reference,
    seed: u32,
    document: &Document,
) -> Option<String> {
    let text = document.text();
    let answered = server::post(router, seed, &text, &Document::variables()).await;
    reference.difference(seed, &text, &answered).await
}

/// The smallest document that is still answered otherwise, and the difference.
async fn shrink(
    router: &Router,
    reference: &mut Reference,
    seed: u32,
    mut document: Document,
) -> (Document, String) {
    let mut found = String::new();
    loop {
        let mut smaller = document.smaller().into_iter();
        let next = loop {
            let Some(candidate) = smaller.next() else {
                return (document, found);
            };
            if let Some(difference) = difference(router, reference, seed, &candidate).await {
                found = difference;
                break candidate;
            }
        };
        document = next;
    }
}

#[tokio::test]
async fn http_and_sockets_answer_as_graphql_js_does() {
    let (types, mut reference) = (types(), Reference::start().await);
    let lifetime = Lifetime::default();
    let (address, serving) = server::serve(&lifetime).await;
    let client = GraphqlClient::new(address);

    for seed in 0..CONNECTED_DOCUMENTS {
        let text = generate::document(&types, "query", seed).text();
        let body = json!({ "query": text, "variables": Document::variables() });
        let posted = client
            .signed_in(&seed.to_string())
            .request(Method::POST, "/graphql");
        let posted = posted
            .header("accept", "application/graphql-response+json")
            .json(&body);
        let posted = posted.send().await.unwrap().text().await.unwrap();
        let mut socket = Socket::open(address, Some(&seed.to_string())).await;
        socket.subscribe(&text, Document::variables()).await;
        let next = payload(&mut socket).await.expect("a query has an answer");

        for answered in [posted, next] {
            let difference = reference.difference(seed, &text, &answered).await;
            assert_eq!(difference, None, "{text}");
        }
    }

    lifetime.shutdown.cancel();
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn events_are_completed_as_by_graphql_js() {
    let (types, mut reference) = (types(), Reference::start().await);
    let lifetime = Lifetime::default();
    let (address, serving) = server::serve(&lifetime).await;

    for seed in 0..CONNECTED_DOCUMENTS {
        let text = generate::document(&types, "subscription", seed).text();
        let mut socket = Socket::open(address, Some(&seed.to_string())).await;
        socket.subscribe(&text, Document::variables()).await;

        // Both events are of the same data.
        for _ in 0..2 {
            let next = payload(&mut socket).await.expect("there are two events");
            let difference = reference.difference(seed, &text, &next).await;
            assert_eq!(difference, None, "{text}");
        }
        assert_eq!(payload(&mut socket).await, None, "{text}");
    }

    lifetime.shutdown.cancel();
    serving.await.unwrap().unwrap();
}

/// The payload of the next message, as it was written; none when the operation is over.
async fn payload(socket: &mut Socket) -> Option<String> {
    loop {
        let Message::Text(text) = socket.next_frame(SOON).await else {
            continue;
        };
        if text.contains("\"type\":\"ping\"") {
            continue;
        }
        if text.contains("\"type\":\"complete\"") {
            return None;
        }
        let (_, payload) = text
            .split_once("\"payload\":")
            .expect("the message has a payload");
        return Some(payload.strip_suffix('}').unwrap().to_owned());
    }
}
