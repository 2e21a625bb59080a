use reqwest::Method;
use serde_json::{Value, json};

use super::world::World;
use crate::support::app::{TestApp, TestUser};
use crate::support::graphql::GraphqlClient;
use crate::support::websocket::SOON;

/// The body of the response, as it was sent.
async fn body(client: &GraphqlClient, query: &str) -> String {
    let request = client.request(Method::POST, "/graphql");
    let response = request.json(&json!({ "query": query })).send().await.unwrap();
    response.text().await.unwrap()
}

/// The data in the response, as it was sent.
async fn data(user: &TestUser, query: &str) -> String {
    let body = body(&user.client, query).await;
    let data = body.strip_prefix("{\"data\":").expect("data comes first");
    let end = [",\"errors\":", ",\"extensions\":"]
        .iter()
        .filter_map(|next| data.find(next))
        .min();
    data[..end.unwrap()].to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_product_answers_as_the_specification_says() {
    let app = TestApp::start().await;
    let user = app.register("alice@example.org").await;
    let failed = "{ viewer { id statuses(first: 1000) { nodes { id } } user { email } } }";
    let absent = "{ serverInfo { apiName: __typename } node(id: \"bad\") { id } }";
    let ordered = "{ viewer { statuses(first: 1) { nodes { id } } user { email } } }";

    let reply = user.client.run(failed, json!({})).await;
    let viewer = data(&user, failed).await;
    assert!(viewer.starts_with(r#"{"viewer":{"id":""#), "{viewer}");
    assert!(
        viewer.ends_with(r#"","statuses":null,"user":{"email":"alice@example.org"}}}"#),
        "{viewer}"
    );
    assert_eq!(reply.body["errors"][0]["path"], json!(["viewer", "statuses"]));
    assert_eq!(reply.error_code(), "BAD_USER_INPUT");
    assert_eq!(
        data(&user, absent).await,
        r#"{"serverInfo":{"apiName":"ServerInfo"},"node":null}"#
    );
    assert_eq!(
        data(&user, ordered).await,
        r#"{"viewer":{"statuses":{"nodes":[]},"user":{"email":"alice@example.org"}}}"#
    );
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn introspection_tells_the_description_of_the_schema() {
    let app = TestApp::start().await;

    let reply = app.client().run("{ __schema { description } }", json!({})).await;

    let described = reply.data("/__schema/description").as_str().unwrap();
    assert!(described.contains("- `RATE_LIMITED`: "), "{described}");
    assert!(amda::server::sdl().contains(described));
    app.stop().await;
}

#[tokio::test]
async fn a_failed_field_is_null_and_its_siblings_stay() {
    let world = World::start().await;
    let query = "{ b: hello forbidden a: hello ... { b: hello c: __typename } }";

    let body = body(&world.api(), query).await;

    let data = r#"{"data":{"b":"Hello, world!","forbidden":null,"a":"Hello, world!","c":"Query"},"#;
    assert!(body.starts_with(data), "{body}");
    assert!(body.contains(r#""path":["forbidden"]"#), "{body}");
    world.stop().await;
}

#[tokio::test]
async fn an_object_of_which_nothing_is_asked_is_empty() {
    let world = World::start().await;
    let query = "query($no: Boolean = false) { list(first: 1) { hello @include(if: $no) } }";

    let reply = world.api().run(query, json!({})).await;
    let asked = world.api().run(query, json!({ "no": true })).await;

    assert_eq!(reply.body["data"], json!({ "list": [{}] }));
    assert_eq!(
        asked.body["data"],
        json!({ "list": [{ "hello": "Hello, world!" }] })
    );
    world.stop().await;
}

#[tokio::test]
async fn a_value_that_is_missing_without_an_error_is_one_of_the_server() {
    let world = World::start().await;

    let reply = world
        .api()
        .run("{ list(first: 1) { a: notANumber } }", json!({}))
        .await;

    assert_eq!(reply.body["data"], Value::Null);
    assert_eq!(reply.body["errors"].as_array().unwrap().len(), 1);
    assert_eq!(reply.error_code(), "INTERNAL");
    assert_eq!(reply.body["errors"][0]["path"], json!(["list", 0, "a"]));
    world.stop().await;
}

#[tokio::test]
async fn null_travels_to_the_root_on_every_transport() {
    let world = World::start().await;
    let mut socket = world.socket(None).await;
    let query = "{ hello list(first: 1) { leak } }";

    let posted = world.api().run(query, json!({})).await;
    socket.subscribe(query, json!({})).await;
    let next = socket.next_message(SOON).await;

    for answer in [&posted.body, &next["payload"]] {
        assert_eq!(answer["data"], Value::Null, "{answer:#}");
        assert!(answer.as_object().unwrap().contains_key("data"), "{answer:#}");
        assert_eq!(answer["errors"][0]["path"], json!(["list", 0, "leak"]));
    }
    assert_eq!(next["type"], "next");
    world.stop().await;
}

#[tokio::test]
async fn an_event_that_fails_is_null_and_the_next_one_follows() {
    let world = World::start().await;
    let mut socket = world.socket(Some("alice")).await;
    socket
        .subscribe("subscription { events { even number } }", json!({}))
        .await;
    world.events.opened(1).await;

    world.events.happen(2);
    let odd = socket.next_message(SOON).await;
    let even = socket.next_message(SOON).await;

    assert_eq!(odd["payload"]["data"], Value::Null, "{odd:#}");
    assert_eq!(
        odd["payload"]["errors"][0]["path"],
        json!(["events", "even"]),
        "{odd:#}"
    );
    assert_eq!(
        even["payload"]["data"],
        json!({ "events": { "even": 2, "number": 2 } })
    );
    world.stop().await;
}

#[tokio::test]
async fn a_mutation_that_is_asked_for_twice_under_one_key_is_executed_once() {
    let world = World::start().await;
    let twice = "mutation { touch ...F } fragment F on Mutation { touch ...G } fragment G on Mutation { again: touch }";
    let other = "mutation($no: Boolean = false) { touch ... @include(if: $no) { touch } }";

    let merged = world.api().run(twice, json!({})).await;
    let refused = world.api().run(other, json!({})).await;

    assert_eq!(merged.body["data"], json!({ "touch": 1, "again": 2 }));
    assert_eq!(refused.error_code(), "BAD_USER_INPUT");
    world.stop().await;
}
