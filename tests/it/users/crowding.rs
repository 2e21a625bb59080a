//! Log-ins of many at once, over HTTP: a password costs a core half a second, and must not keep users out.

use std::time::Duration;

use amda::app::Tuning;
use amda::features::users::Limits;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{LOG_IN, PASSWORD, REGISTER};
use crate::support::app::{TestApp, tuning};
use crate::support::graphql::{GraphqlClient, Reply};

/// Time limit of a log-in: some turns of half a second, on a busy machine.
const IN_TIME: Duration = Duration::from_secs(15);

/// Sends a mutation as the proxy of a client at `ip`.
async fn run_from(api: &GraphqlClient, ip: &str, mutation: &str, email: &str) -> Reply {
    let variables = json!({ "input": { "email": email, "password": PASSWORD } });
    let request = api
        .request(Method::POST, "/graphql")
        .header("x-forwarded-for", ip);
    Reply::read(request.json(&json!({ "query": mutation, "variables": variables }))).await
}

fn retry_after_ms(reply: &Reply) -> Option<u64> {
    reply.body["errors"][0]["extensions"]["retryAfterMs"].as_u64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_of_invented_log_ins_keeps_no_user_out() {
    let in_service = Tuning {
        limits: Some(Limits::in_service()),
        password_cost: 12,
        ..tuning()
    };
    let app = TestApp::start_tuned(|config| config.proxies = 1, in_service).await;
    let api = app.client();
    run_from(&api, "192.0.2.7", REGISTER, "alice@example.org").await;

    let mut crowd = JoinSet::new();
    for number in 0..150 {
        let (api, ip) = (app.client(), format!("198.51.100.{number}"));
        crowd.spawn(async move { run_from(&api, &ip, LOG_IN, &format!("u{number}@example.org")).await });
    }
    let (mut refused, mut told) = (None, None);
    while refused.is_none() {
        let reply = crowd.join_next().await.unwrap().unwrap();
        refused = retry_after_ms(&reply);
        told = reply.headers.get("retry-after").cloned();
    }
    let honest = timeout(IN_TIME, run_from(&api, "192.0.2.7", LOG_IN, "alice@example.org")).await;
    crowd.shutdown().await;
    let stranger = timeout(IN_TIME, run_from(&api, "192.0.2.8", LOG_IN, "alice@example.org")).await;

    assert!(refused >= Some(1_000), "{refused:?}");
    let seconds: u64 = told.unwrap().to_str().unwrap().parse().unwrap();
    assert_eq!(Some(seconds), refused.map(|millis| millis.div_ceil(1_000)));
    let errors = |reply: Result<Reply, _>| reply.unwrap().data("/logIn/errors").clone();
    assert_eq!(errors(honest), Value::Array(Vec::new()));
    assert_eq!(errors(stranger), Value::Array(Vec::new()));
    app.stop().await;
}
