//! What takes long is named.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::app::TestApp;
use crate::support::observer::Observer;

const AT_ONCE: Option<Duration> = Some(Duration::from_nanos(1));
/// Lines of one kind in a minute.
const MAX_LINES: usize = 10;

#[tokio::test]
async fn slow_operations_and_statements_are_named_without_data_and_do_not_flood_the_log() {
    let mut observer = Observer::start("info", |_| {}).await;
    let (_observed, exporter) = observer.observe();
    let app = TestApp::start_with(|config| {
        config.log.slow_operation = AT_ONCE;
        config.log.slow_query = Some(Duration::from_micros(1));
    })
    .await;

    let begun = Instant::now();
    let user = app.register("slow-and-private@example.org").await;
    for _ in 0..50 {
        user.run("query Home { viewer { user { email } } }", json!({}))
            .await;
    }
    app.stop().await;
    exporter.shut_down().await;

    let operations = observer.log.lines_with("waiting and execution took");
    let statements = observer.log.lines_with("a slow statement took");
    let minutes = usize::try_from(begun.elapsed().as_secs() / 60).unwrap() + 2;
    for lines in [&operations, &statements] {
        assert!(
            (MAX_LINES..=minutes * MAX_LINES).contains(&lines.len()),
            "{lines:#?}"
        );
    }
    let first = operations[0]["message"].as_str().unwrap();
    assert!(first.starts_with("slow MUTATION register"), "{first}");
    assert!(
        operations
            .iter()
            .any(|line| line["message"].as_str().unwrap().starts_with("slow QUERY Home"))
    );
    assert!(statements.iter().all(|line| {
        let message = line["message"].as_str().unwrap();
        line["duration_ms"].is_number() && !message.contains('\'')
    }));
    assert!(!observer.log.text().contains("slow-and-private"));
}

#[tokio::test]
async fn what_is_not_slow_is_not_warned_of() {
    let mut observer = Observer::start("info", |_| {}).await;
    let (_observed, exporter) = observer.observe();
    let never = |config: &mut amda::config::Config| {
        config.log.slow_operation = Some(Duration::from_hours(1));
        config.log.slow_query = None;
    };
    let app = TestApp::start_with(never).await;

    app.register("quick@example.org").await;
    app.stop().await;
    exporter.shut_down().await;

    let log = observer.log.text();
    assert!(!log.contains("slow "), "{log}");
}
