//! `amda serve` with the settings of OpenTelemetry.

use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::time::timeout;

use crate::support::database::open_to_passers;
use crate::support::graphql::GraphqlClient;
use crate::support::observer::spans_in;
use crate::support::receiver::Receiver;

#[tokio::test]
async fn a_server_exports_by_the_settings_of_opentelemetry_and_sends_the_rest_when_it_is_stopped() {
    let mut receiver = Receiver::start().await;
    let folder = tempfile::tempdir().unwrap();
    open_to_passers(folder.path());
    let mut command = Command::new(env!("CARGO_BIN_EXE_amda"));
    command
        .args([
            "serve",
            "--simulate",
            "--listen",
            "127.0.0.1:0",
            "--simulator-listen",
            "127.0.0.1:0",
        ])
        .env_clear()
        .current_dir(folder.path())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AMDA_DATA_DIR", folder.path().join("data"))
        .env("AMDA_STRIPE_SIMULATOR_LISTEN", "127.0.0.1:0")
        .env("AMDA_LOG_FORMAT", "json")
        .env(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            format!("http://{}", receiver.address),
        )
        .env("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20open-sesame")
        .env("OTEL_SERVICE_NAME", "amda-of-the-test")
        // The library would take these by itself.
        .env("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "0")
        .env("OTEL_TRACES_SAMPLER", "always_off")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut server = tokio::process::Command::from(command)
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let mut log = Vec::new();
    let address = loop {
        let line = timeout(Duration::from_mins(1), lines.next_line())
            .await
            .expect("it starts in time");
        let line = line.unwrap().expect("it starts");
        let message: Value = serde_json::from_str(&line).unwrap();
        log.push(line);
        if let Some(address) = message["message"]
            .as_str()
            .unwrap_or_default()
            .strip_prefix("serving on http://")
        {
            break address.parse().unwrap();
        }
    };

    let answer = GraphqlClient::new(address)
        .run("query Last { serverInfo { version } }", json!({}))
        .await;
    let pid = Pid::from_raw(i32::try_from(server.id().unwrap()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    while let Some(line) = lines.next_line().await.unwrap() {
        log.push(line);
    }

    assert_eq!(answer.status, 200);
    assert!(server.wait().await.unwrap().success(), "{log:#?}");
    assert!(
        log.last().unwrap().contains("stopped") && !log.concat().contains("open-sesame"),
        "{log:#?}"
    );
    let heard = receiver.drain();
    assert!(
        heard
            .iter()
            .all(|heard| heard.header("authorization") == "Bearer open-sesame")
    );
    let names = heard
        .iter()
        .map(|heard| memchr::memmem::find(&heard.body, b"amda-of-the-test"));
    assert!(!heard.is_empty() && names.into_iter().all(|found| found.is_some()));
    let spans: Vec<_> = heard.iter().flat_map(|heard| spans_in(&heard.body)).collect();
    let last = spans
        .iter()
        .find(|span| span.name == "QUERY Last")
        .expect("the last one was sent");
    assert_eq!(last.attribute("fields"), "serverInfo");
}
