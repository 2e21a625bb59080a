//! What one server asks another for is found in the logs and traces of both by the request that it was asked for.

use serde_json::{Value, json};

use super::cluster::Cluster;
use crate::support::app::TestUser;
use crate::support::graphql::Reply;
use crate::support::observer::Observer;

const REQUEST: &str = "request-that-restarts";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_gives_an_account_away_logs_and_traces_the_request_of_the_other_server() {
    let mut observer = Observer::start("info", |_| {}).await;
    let exporter = observer.export();
    let mut cluster = Cluster::open().await;
    cluster.observe_by(&observer.dispatch);
    let first = cluster.node().await;
    let user = cluster.register(&first, "alice@example.org").await;
    let phone = cluster.link(&user, "5511900000001").await;
    let second = cluster.node().await;
    let there = TestUser::at(second.address, &user.token);

    let restart = "mutation ($id: ID!) { restartAccount(input: {accountId: $id}) { errors { message } } }";
    let request = there
        .client
        .request(reqwest::Method::POST, "/graphql")
        .header("x-request-id", REQUEST)
        .json(&json!({"query": restart, "variables": {"id": phone.account}}));
    let restarted = Reply::read(request).await;
    let spans = observer
        .until(|spans| {
            ["asked", "MUTATION restartAccount"]
                .iter()
                .all(|name| spans.iter().any(|span| span.name == *name))
        })
        .await;

    assert_eq!(restarted.data("/restartAccount/errors"), &json!([]));
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (asked, operation) = (named("asked"), named("MUTATION restartAccount"));
    assert_eq!((&asked.trace, &asked.parent), (&operation.trace, &operation.id));
    assert_eq!(asked.attribute("request.id"), REQUEST);
    let id_in = |line: &Value| line["spans"][0]["request.id"].clone();
    let there = observer.log.lines_with("another server takes account");
    let is_of_the_request =
        |line: &Value| id_in(line) == REQUEST && line["trace_id"] == operation.trace.as_str();
    assert!(there.iter().any(is_of_the_request), "{there:#?}");
    first.stop().await;
    second.stop().await;
    exporter.shut_down().await;
}
