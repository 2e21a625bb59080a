use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::world::World;
use crate::support::graphql::Reply;
use crate::support::websocket::SOON;

const GRAPHQL: &str = "application/graphql-response+json";

async fn get(world: &World, parameters: &[(&str, &str)]) -> Reply {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    Reply::read(world.api().request(Method::GET, &format!("/graphql?{query}"))).await
}

#[tokio::test]
async fn a_query_is_answered_over_post_and_get() {
    let world = World::start().await;
    let query = "query Greet($name: String) { hello(name: $name) }";

    let posted = world.api().run(query, json!({ "name": "you" })).await;
    let parameters = [
        (
            "query",
            "query A { hello } query B($name: String) { hello(name: $name) }",
        ),
        ("operationName", "B"),
        ("variables", "{\"name\":\"get\"}"),
    ];
    let got = get(&world, &parameters).await;

    assert_eq!(posted.data("/hello"), "Hello, you!");
    assert_eq!(got.data("/hello"), "Hello, get!");
    assert_eq!(got.headers["content-type"], "application/json; charset=utf-8");
    world.stop().await;
}

#[tokio::test]
async fn the_status_of_a_refused_document_follows_the_media_type() {
    let world = World::start().await;
    let ask = |accept: &'static str, query: &'static str| {
        let request = world
            .api()
            .request(Method::POST, "/graphql")
            .header("accept", accept);
        Reply::read(request.json(&json!({ "query": query })))
    };

    for query in [
        "{",
        "{ unknown }",
        "query($a: Int!) { hello }",
        "{ ...f } fragment f on Query { ...f }",
    ] {
        let graphql = ask(GRAPHQL, query).await;
        let json = ask("application/json", query).await;
        assert_eq!(graphql.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(
            graphql.headers["content-type"],
            "application/graphql-response+json; charset=utf-8"
        );
        assert_eq!(json.status, StatusCode::OK, "{query}");
        assert_eq!(json.error_code(), "BAD_USER_INPUT");
        assert!(
            json.body.get("data").is_none(),
            "a request error has no data: {:#}",
            json.body
        );
    }
    let failed = ask(GRAPHQL, "{ forbidden }").await;
    assert_eq!(
        (failed.status, failed.error_code()),
        (StatusCode::OK, "FORBIDDEN")
    );
    assert!(
        failed.body.as_object().unwrap().contains_key("data"),
        "it was executed: {:#}",
        failed.body
    );
    assert_eq!(
        ask("text/plain", "{ hello }").await.status,
        StatusCode::NOT_ACCEPTABLE
    );
    world.stop().await;
}

#[tokio::test]
async fn malformed_requests_are_refused_with_what_would_be_right() {
    let world = World::start().await;
    let cases = [
        ("{", "the body is not JSON"),
        ("7", "must be a JSON object"),
        ("[{\"query\":\"{hello}\"}]", "one operation per request"),
        ("{}", "`query` must be a string"),
        ("{\"query\":7}", "`query` must be a string"),
        (
            "{\"query\":\"{hello}\",\"operationName\":7}",
            "`operationName` must be a string",
        ),
        (
            "{\"query\":\"{hello}\",\"variables\":[]}",
            "`variables` must be an object",
        ),
        (
            "{\"query\":\"{hello}\",\"extensions\":\"x\"}",
            "`extensions` must be an object",
        ),
    ];

    for (body, wanted) in cases {
        let request = world.api().request(Method::POST, "/graphql");
        let reply = Reply::read(request.header("content-type", "application/json").body(body)).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{body}");
        let message = reply.body["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(wanted), "{body}: {message}");
    }
    world.stop().await;
}

/// The status line of the response to a malformed request.
async fn first_line(world: &World, request: &str) -> String {
    let mut connection = BufReader::new(TcpStream::connect(world.address).await.unwrap());
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut line = String::new();
    tokio::time::timeout(SOON, connection.read_line(&mut line))
        .await
        .unwrap()
        .unwrap();
    line.trim().to_owned()
}

#[tokio::test]
async fn what_is_not_json_or_too_long_is_not_read() {
    let world = World::with(|settings| settings.body_bytes = 1_000).await;
    let post = || world.api().request(Method::POST, "/graphql");
    let long = json!({ "query": "{ hello }", "variables": { "name": "x".repeat(1_000) } }).to_string();
    let chunks = format!(
        "POST /graphql HTTP/1.1\r\nhost: amda.test\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{long}\r\n0\r\n\r\n",
        long.len()
    );

    let form = Reply::read(post().header("content-type", "text/plain").body("{ hello }")).await;
    let typeless = Reply::read(post().body("{}")).await;
    let announced = Reply::read(post().header("content-type", "application/json").body(long)).await;
    let chunked = first_line(&world, &chunks).await;

    assert_eq!(form.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(typeless.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(announced.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(chunked, "HTTP/1.1 413 Payload Too Large");
    world.stop().await;
}

#[tokio::test]
async fn only_queries_run_over_get() {
    let world = World::start().await;

    let mutation = get(&world, &[("query", "mutation { touch }")]).await;
    let subscription = get(&world, &[("query", "subscription { count(to: 1) }")]).await;
    let put = Reply::read(world.api().request(Method::PUT, "/graphql")).await;

    assert_eq!(mutation.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(mutation.headers["allow"], "POST");
    assert_eq!(
        world
            .api()
            .run("mutation { touch }", json!({}))
            .await
            .data("/touch"),
        1
    );
    let message = subscription.body["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("graphql-transport-ws"), "{message}");
    assert_eq!(put.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(put.headers["allow"], "GET, POST");
    world.stop().await;
}

#[tokio::test]
async fn a_token_tells_who_asks_and_a_bad_one_is_refused() {
    let world = World::start().await;
    let who = |token: &str| {
        let api = world.api().signed_in(token);
        async move { api.run("{ who }", json!({})).await }
    };

    assert_eq!(
        world.api().run("{ who }", json!({})).await.data("/who"),
        &json!(null)
    );
    assert_eq!(who("alice").await.data("/who"), "1");
    assert_eq!(who("bob").await.data("/who"), "2");
    for (token, wanted) in [("mallory", "is not valid"), ("expired", "has expired")] {
        let refused = who(token).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused.error_code(), "UNAUTHENTICATED");
        assert!(
            refused.body["errors"][0]["message"]
                .as_str()
                .unwrap()
                .contains(wanted)
        );
        assert!(refused.headers.contains_key("www-authenticate"));
    }
    let unlucky = who("unlucky").await;
    assert_eq!(
        (unlucky.status, unlucky.error_code()),
        (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL")
    );
    assert!(!unlucky.body.to_string().contains("away"));
    world.stop().await;
}

#[tokio::test]
async fn what_a_resolver_lets_through_by_mistake_is_masked() {
    let world = World::start().await;

    let leaked = world.api().run("{ leak }", json!({})).await;
    let panicked = world.api().run("{ panics }", json!({})).await;

    assert_eq!(leaked.error_code(), "INTERNAL");
    assert!(!leaked.body.to_string().contains("hunter2"), "{:#}", leaked.body);
    assert_eq!(panicked.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(panicked.error_code(), "INTERNAL");
    let id = &panicked.body["errors"][0]["extensions"]["requestId"];
    assert_eq!(id, panicked.headers["x-request-id"].to_str().unwrap());
    assert_eq!(
        world.api().run("{ hello }", json!({})).await.data("/hello"),
        "Hello, world!"
    );
    world.stop().await;
}

#[tokio::test]
async fn an_operation_that_takes_too_long_is_stopped() {
    let world =
        World::with(|settings| settings.operation_timeout = std::time::Duration::from_millis(20)).await;

    let reply = world.api().run("{ forever }", json!({})).await;

    assert_eq!(
        (reply.status, reply.error_code()),
        (StatusCode::SERVICE_UNAVAILABLE, "TIMEOUT")
    );
    world.stop().await;
}

#[tokio::test]
async fn resolvers_see_the_client_and_set_its_cookies() {
    let world = World::with(|settings| settings.proxies = 1).await;
    let request = world
        .api()
        .request(Method::POST, "/graphql")
        .header("x-forwarded-for", "6.6.6.6, 1.2.3.4")
        .header("user-agent", "a browser")
        .header("cookie", "amda_refresh=secret")
        .header("x-request-id", "mine-1");

    let reply = Reply::read(request.json(&json!({ "query": "{ client cookie requestId }" }))).await;

    assert_eq!(
        reply.data("/client"),
        "Some(1.2.3.4) Some(\"a browser\") Some(\"secret\")"
    );
    assert_eq!(reply.data("/requestId"), "mine-1");
    assert_eq!(reply.headers["x-request-id"], "mine-1");
    let cookies: Vec<_> = reply.headers.get_all("set-cookie").iter().collect();
    assert_eq!(cookies, ["a=1; HttpOnly", "b=2; HttpOnly"]);
    world.stop().await;
}

#[tokio::test]
async fn every_reply_has_safe_headers_and_an_id() {
    let world = World::start().await;

    let lost = Reply::read(
        world
            .api()
            .request(Method::GET, "/nowhere")
            .header("x-request-id", "bad id\t"),
    )
    .await;

    assert_eq!(lost.status, StatusCode::NOT_FOUND);
    assert!(
        lost.body["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("/graphql")
    );
    assert_eq!(lost.headers["x-content-type-options"], "nosniff");
    assert_eq!(lost.headers["x-frame-options"], "DENY");
    assert_eq!(
        lost.headers["content-security-policy"],
        "default-src 'none'; frame-ancestors 'none'"
    );
    assert_eq!(lost.headers["x-request-id"].len(), 26);
    world.stop().await;
}

#[tokio::test]
async fn only_allowed_origins_may_call_from_a_page() {
    let world = World::start().await;
    let preflight = |origin: &'static str| {
        let request = world
            .api()
            .request(Method::OPTIONS, "/graphql")
            .header("origin", origin);
        let request = request
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,content-type");
        Reply::read(request)
    };

    let friend = preflight("https://app.test").await;
    let stranger = preflight("https://evil.test").await;

    assert_eq!(friend.headers["access-control-allow-origin"], "https://app.test");
    assert_eq!(friend.headers["access-control-allow-credentials"], "true");
    assert!(!stranger.headers.contains_key("access-control-allow-origin"));
    world.stop().await;
}

#[tokio::test]
async fn a_browser_gets_graphiql_from_this_server_alone() {
    let world = World::start().await;
    let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    let page = world
        .api()
        .request(Method::GET, "/graphql")
        .header("accept", browser)
        .send()
        .await
        .unwrap();
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    let html = page.text().await.unwrap();

    assert!(
        policy.contains("script-src 'self';") && policy.contains("default-src 'none'"),
        "{policy}"
    );
    assert!(!html.contains("://"), "nothing is loaded from elsewhere: {html}");
    let assets: Vec<_> = html
        .split('"')
        .filter(|part| part.starts_with("graphiql/"))
        .collect();
    assert!(assets.len() >= 2, "{html}");
    for asset in assets {
        // The page is served at /graphql.
        let path = format!("/{asset}");
        let reply = world.api().request(Method::GET, &path).send().await.unwrap();
        assert_eq!(reply.status(), StatusCode::OK, "{asset}");
        assert!(
            reply.headers()["cache-control"]
                .to_str()
                .unwrap()
                .contains("immutable")
        );
    }
    world.stop().await;
}

#[tokio::test]
async fn introspection_can_be_turned_off() {
    let open = World::start().await;
    let closed = World::with(|settings| settings.allows_introspection = false).await;
    let query = "{ hello ...F } fragment F on Query { ... { __schema { queryType { name } } } }";

    assert_eq!(
        open.api()
            .run(query, json!({}))
            .await
            .data("/__schema/queryType/name"),
        "Query"
    );
    let hidden = closed.api().run(query, json!({})).await;
    let one = closed
        .api()
        .run("{ __type(name: \"Query\") { name } }", json!({}))
        .await;
    let names = closed.api().run("{ hello __typename }", json!({})).await;
    assert_eq!(hidden.error_code(), "INTROSPECTION_DISABLED");
    assert_eq!(hidden.body.get("data"), None);
    assert_eq!(one.error_code(), "INTROSPECTION_DISABLED");
    assert_eq!(names.data("/__typename"), "Query");
    open.stop().await;
    closed.stop().await;
}
