use std::sync::Arc;

use amda::db::Db;
use amda::server::Check;
use axum::Router;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::world::{Answer, World};
use crate::support::database::TestDatabase;
use crate::support::graphql::Reply;

#[tokio::test]
async fn a_server_is_ready_while_its_database_answers() {
    let database = TestDatabase::create().await;
    let checks = vec![Check::database(Db::connect(database.app_url(), 1).unwrap())];
    let world = World::build(|_| {}, checks, Router::new()).await;

    let alive = Reply::read(world.api().request(Method::GET, "/healthz")).await;
    let ready = Reply::read(world.api().request(Method::GET, "/readyz")).await;

    assert_eq!(alive.body, json!({ "status": "alive" }));
    assert_eq!(
        ready.body,
        json!({ "status": "ready", "checks": { "database": "ok" } })
    );
    world.stop().await;
}

#[tokio::test]
async fn a_server_that_is_not_ready_says_what_is_wrong() {
    let nowhere = Db::connect(&"postgresql://nobody:secret@127.0.0.1:1/none".into(), 1).unwrap();
    let checks = vec![
        Check::database(nowhere),
        Check {
            name: "media",
            probe: Arc::new(Answer(Ok(()))),
            is_optional: false,
        },
    ];
    let world = World::build(|_| {}, checks, Router::new()).await;

    let ready = Reply::read(world.api().request(Method::GET, "/readyz")).await;

    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.body["status"], "not ready");
    assert_eq!(ready.body["checks"]["media"], "ok");
    assert_eq!(
        ready.body["checks"]["database"],
        "it does not answer; the log says why"
    );
    world.stop().await;
}

#[tokio::test]
async fn routes_that_are_handed_in_get_the_same_layers() {
    let routes = Router::new().route("/extra", axum::routing::get(async || "extra"));
    let world = World::build(|_| {}, Vec::new(), routes).await;

    let reply = world.api().request(Method::GET, "/extra").send().await.unwrap();

    assert_eq!(reply.headers()["x-content-type-options"], "nosniff");
    assert_eq!(reply.text().await.unwrap(), "extra");
    world.stop().await;
}
