//! What operators get for Prometheus, with a real one: the metrics, the panels of the dashboard and the alerts.

mod server;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use self::server::Prometheus;
use crate::support::app::TestApp;
use crate::support::scrape::Scrape;
use crate::support::websocket::{SOON, Socket};

/// A server that serves metrics, at which everything has happened that panels show.
struct Stage {
    app: TestApp,
    metrics: SocketAddr,
    _socket: Socket,
}

impl Stage {
    async fn open() -> Self {
        let app = TestApp::start_with(|config| config.metrics_listen = "127.0.0.1:0".parse().ok()).await;
        let metrics = app.app.metrics_address.unwrap();
        let (user, phone) = app.premium_with_phone("alice@example.org", "5511900009501").await;
        let bob = phone.contact("5511800009501", "Bob").await;
        let mut socket = user.subscribe_from_now("events", "kind").await;
        phone
            .happen(json!({"kind": "status", "from": bob, "text": "sunny"}))
            .await;
        while socket.next_event(SOON).await["events"]["kind"] != "STATUS_LIKED" {}
        // The second one finds the document of the first, and the third one is no document.
        for query in ["{ viewer { id } }", "{ viewer { id } }", "{ nope }"] {
            app.client().run(query, json!({})).await;
        }
        phone.fail(json!({"kind": "cut"})).await;
        let gap = "amda_connection_gaps_total{reason=\"CONNECTION_LOST\"}";
        Scrape::until(metrics, |scrape| scrape.count(gap) >= 1.0).await;
        Self {
            app,
            metrics,
            _socket: socket,
        }
    }

    /// A Prometheus that has read the metrics several times.
    async fn prometheus(&self) -> Prometheus {
        let prometheus = Prometheus::start(self.metrics, &deployed("alerts.yaml"));
        prometheus.until("count_over_time(up[1m]) >= 4").await;
        prometheus
    }
}

/// A file for operators.
fn deployed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(name)
}

/// The panels of the dashboard that show something: their titles and their queries.
fn panels() -> Vec<(String, Vec<String>)> {
    let text = std::fs::read_to_string(deployed("grafana.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    panels
        .filter(|panel| panel["type"] != "row")
        .map(|panel| {
            let targets = panel["targets"].as_array().unwrap().iter();
            let queries = targets.map(|target| target["expr"].as_str().unwrap());
            // Grafana fills it in.
            let queries = queries.map(|query| query.replace("$__rate_interval", "1m"));
            (panel["title"].as_str().unwrap().to_owned(), queries.collect())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_panel_shows_something_and_no_alert_fails_to_be_evaluated() {
    let stage = Box::pin(Stage::open()).await;
    let prometheus = stage.prometheus().await;

    let mut empty = Vec::new();
    for (title, queries) in panels() {
        let mut series = 0;
        for query in queries {
            let found = prometheus.query(&query).await;
            series += found
                .unwrap_or_else(|error| panic!("{title}: {query}: {error}"))
                .len();
        }
        if series == 0 {
            empty.push(title);
        }
    }
    prometheus
        .until_is_true("every alert is evaluated", async || {
            let rules = alerts(&prometheus).await;
            !rules.is_empty() && rules.iter().all(|rule| rule["health"] != "unknown")
        })
        .await;

    assert!(empty.is_empty(), "panels without a series: {empty:?}");
    for rule in alerts(&prometheus).await {
        assert_eq!(rule["health"], "ok", "{rule}");
        let query = rule["query"].as_str().unwrap();
        prometheus
            .query(query)
            .await
            .unwrap_or_else(|error| panic!("{query}: {error}"));
    }
    drop(prometheus);
    stage.app.stop().await;
}

/// The alerts, as the server knows them.
async fn alerts(prometheus: &Prometheus) -> Vec<Value> {
    let rules = prometheus.ask("rules", &[("type", "alert")]).await;
    let rules = rules.unwrap_or_default();
    rules["groups"][0]["rules"]
        .as_array()
        .cloned()
        .unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_is_raised_when_no_server_answers_any_more() {
    let stage = Box::pin(Stage::open()).await;
    let prometheus = stage.prometheus().await;
    let raised = "ALERTS{alertname=\"AmdaDown\"}";
    assert_eq!(prometheus.query(raised).await, Ok(Vec::new()));

    stage.app.stop().await;

    prometheus.until(raised).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn prometheus_finds_nothing_wrong_with_the_metrics_and_the_alerts() {
    let stage = Box::pin(Stage::open()).await;
    let text = Scrape::of(stage.metrics).await.0;

    let alerts = deployed("alerts.yaml");
    let checked_alerts = promtool(&["check", "rules", alerts.to_str().unwrap()], "");
    let checked_metrics = promtool(&["check", "metrics"], &text);

    assert!(checked_alerts.contains("SUCCESS"), "{checked_alerts}");
    assert_eq!(checked_metrics, "");
    stage.app.stop().await;
}

/// Runs `promtool`, which must succeed; answers with what it says.
fn promtool(arguments: &[&str], input: &str) -> String {
    let mut tool = Command::new("promtool")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("promtool does not start ({error}); apt-get install --no-install-recommends prometheus")
        });
    tool.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let ended = tool.wait_with_output().unwrap();
    let said = String::from_utf8([ended.stdout, ended.stderr].concat()).unwrap();
    assert!(ended.status.success(), "{said}");
    said
}
