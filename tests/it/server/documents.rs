use std::fmt::Write;

use amda::server::CostBudget;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::world::World;
use crate::support::graphql::Reply;
use crate::support::websocket::SOON;

/// Each fragment spreads the next one twice: a billion fields in a kilobyte.
fn bomb() -> String {
    let mut text = "{ ...f0 }".to_owned();
    for level in 0..30 {
        write!(
            text,
            " fragment f{level} on Query {{ ...f{0} ...f{0} }}",
            level + 1
        )
        .unwrap();
    }
    text + " fragment f30 on Query { hello }"
}

#[tokio::test]
async fn a_hostile_document_is_refused_on_both_transports() {
    let world = World::start().await;
    let mut socket = world.socket(None).await;
    let request = world
        .api()
        .request(Method::POST, "/graphql")
        .header("accept", "application/graphql-response+json");

    let reply = Reply::read(request.json(&json!({ "query": bomb() }))).await;
    socket.subscribe(&bomb(), json!({})).await;
    let message = socket.next_message(SOON).await;

    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(reply.error_code(), "COST_LIMIT");
    assert_eq!(reply.body["errors"][0]["extensions"]["allowed"], 2_000);
    assert_eq!(message["type"], "error");
    assert_eq!(message["payload"][0]["extensions"]["code"], "COST_LIMIT");
    world.stop().await;
}

#[tokio::test]
async fn a_variable_that_does_not_fit_its_type_is_refused_on_every_transport() {
    let world = World::start().await;
    let mut socket = world.socket(None).await;
    let query = "query($x: String) { hello(name: $x) }";
    let variables = json!({ "x": [0, 0] });
    let parameters = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("query", query)
        .append_pair("variables", &variables.to_string())
        .finish();
    let url = format!("/graphql?{parameters}");

    let posted = world.api().run(query, variables.clone()).await;
    let got = Reply::read(world.api().request(Method::GET, &url)).await;
    socket.subscribe(query, variables).await;
    let message = socket.next_message(SOON).await;

    let refusal = json!("the variable $x is a list; it must be String");
    assert_eq!(posted.error_code(), "BAD_USER_INPUT");
    assert_eq!(posted.body["errors"][0]["message"], refusal);
    assert_eq!(got.body["errors"][0]["message"], refusal);
    assert_eq!(message["payload"][0]["message"], refusal);
    world.stop().await;
}

#[tokio::test]
async fn a_variable_that_is_needed_and_missing_is_named() {
    let world = World::start().await;

    let missing = world
        .api()
        .run("query($n: Int!) { list(first: $n) { hello } }", json!({}))
        .await;
    let defaulted = world
        .api()
        .run(
            "query($n: Int! = 1) { list(first: $n) { hello } }",
            json!({ "unused": {} }),
        )
        .await;

    let message = &missing.body["errors"][0]["message"];
    assert_eq!(message, "the variable $n is missing; it must be Int!");
    assert_eq!(defaulted.data("/list/0/hello"), "Hello, world!");
    world.stop().await;
}

#[tokio::test]
async fn a_long_value_that_is_used_too_often_is_refused_on_both_transports() {
    let world = World::start().await;
    let mut socket = world.socket(None).await;
    let uses = "$x ".repeat(450);
    let query = format!("query($x: String) {{ hello(name: [{uses}]) }}");
    let variables = json!({ "x": "x".repeat(100_000) });

    let posted = world.api().run(&query, variables.clone()).await;
    socket.subscribe(&query, variables).await;
    let message = socket.next_message(SOON).await;

    assert_eq!(posted.error_code(), "COST_LIMIT");
    assert_eq!(
        posted.body["errors"][0]["extensions"]["limit"],
        "bytes of arguments"
    );
    assert_eq!(message["payload"][0]["extensions"]["code"], "COST_LIMIT");
    world.stop().await;
}

#[tokio::test]
async fn the_cost_counts_the_values_of_variables() {
    let world = World::start().await;
    let query = "query($n: Int) { list(first: $n) { list(first: $n) { list(first: 5) { hello } } } }";

    let cheap = world.api().run(query, json!({ "n": 2 })).await;
    let dear = world.api().run(query, json!({ "n": 100 })).await;

    assert_eq!(cheap.data("/list/0/list/1/list/4/hello"), "Hello, world!");
    assert_eq!(dear.error_code(), "COST_LIMIT");
    assert_eq!(
        dear.body["errors"][0]["extensions"],
        json!({ "code": "COST_LIMIT", "limit": "cost", "requested": 60_101, "allowed": 10_000 })
    );
    world.stop().await;
}

#[tokio::test]
async fn a_document_of_several_operations_needs_a_name() {
    let world = World::start().await;
    let query = "query A { hello } query B { who }";
    let named = |name: &str| json!({ "query": query, "operationName": name });
    let post = |body| Reply::read(world.api().request(Method::POST, "/graphql").json(&body));

    assert_eq!(post(named("A")).await.data("/hello"), "Hello, world!");
    assert_eq!(post(named("C")).await.error_code(), "BAD_USER_INPUT");
    assert_eq!(
        world.api().run(query, json!({})).await.error_code(),
        "BAD_USER_INPUT"
    );
    world.stop().await;
}

#[tokio::test]
async fn a_persisted_query_is_asked_for_in_full() {
    let world = World::start().await;
    let body = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "abc" } } });

    let reply = Reply::read(world.api().request(Method::POST, "/graphql").json(&body)).await;

    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.error_code(), "PERSISTED_QUERY_NOT_SUPPORTED");
    assert_eq!(reply.body["errors"][0]["message"], "PersistedQueryNotSupported");
    world.stop().await;
}

#[tokio::test]
async fn a_client_spends_a_budget_that_time_restores() {
    let budget = CostBudget {
        capacity: 10,
        restored_per_second: 5,
    };
    let world = World::with(|settings| settings.budget = Some(budget)).await;
    let api = world.api();
    let ask = || api.run("{ a: hello b: hello c: hello d: hello }", json!({}));

    let first = ask().await;
    let second = ask().await;
    let third = ask().await;
    let alice = world.api().signed_in("alice").run("{ hello }", json!({})).await;
    world.clock.advance(chrono::TimeDelta::seconds(1));
    let fourth = ask().await;

    let cost = |reply: &Reply| reply.body["extensions"]["cost"].clone();
    assert_eq!(
        cost(&first),
        json!({ "requested": 4, "available": 6, "restoreRate": 5 })
    );
    assert_eq!(cost(&second)["available"], 2);
    assert_eq!(
        (third.status, third.error_code()),
        (StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED")
    );
    assert_eq!(third.body["errors"][0]["extensions"]["retryAfterMs"], 400);
    assert_eq!(third.headers["retry-after"], "1");
    assert_eq!(cost(&alice)["available"], 9);
    assert_eq!(cost(&fourth)["available"], 3);
    world.stop().await;
}

#[tokio::test]
async fn an_exhausted_budget_leaves_mutations_with_one_of_their_own_alone() {
    let budget = CostBudget {
        capacity: 2,
        restored_per_second: 1,
    };
    let world = World::with(|settings| settings.budget = Some(budget)).await;
    let run = async |query: &str| world.api().run(query, json!({})).await;
    run("{ a: hello b: hello }").await;

    let refused = run("mutation { touch again: touch }").await;
    let own = run("mutation { touch }").await;

    assert_eq!(refused.error_code(), "RATE_LIMITED");
    assert_eq!(own.data("/touch"), 1);
    assert_eq!(own.body["extensions"]["cost"]["available"], 1);
    world.stop().await;
}
