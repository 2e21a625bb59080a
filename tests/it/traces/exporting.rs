//! The export itself: the receiver is away, slow, or wants less.

use std::time::{Duration, Instant};

use tracing::dispatcher::with_default;

use crate::support::observer::{Counted, Observer};
use crate::support::receiver::Answer;

/// Number of spans that may wait.
const CAPACITY: usize = 8_192;

/// Makes spans as AMDA makes them.
fn make_spans(observer: &Observer, number: usize) {
    with_default(&observer.dispatch, || {
        for _ in 0..number {
            drop(tracing::debug_span!(target: "amda::test", "publish"));
        }
    });
}

#[tokio::test]
async fn spans_are_posted_as_otlp_with_the_operators_headers() {
    let mut observer = Observer::start("info", |traces| {
        traces
            .resource
            .insert("deployment.environment.name".to_owned(), "test".to_owned());
    })
    .await;
    let (_observed, exporter) = observer.observe();

    make_spans(&observer, 3);
    let heard = observer.receiver.next().await;
    exporter.shut_down().await;

    assert_eq!(heard.uri.path(), "/v1/traces");
    assert_eq!(heard.header("content-type"), "application/x-protobuf");
    assert_eq!(heard.header("authorization"), "Bearer sesame");
    for word in ["service.name", "amda-test", "deployment.environment.name"] {
        assert!(
            memchr::memmem::find(&heard.body, word.as_bytes()).is_some(),
            "{word}"
        );
    }
    assert_eq!(crate::support::observer::spans_in(&heard.body).len(), 3);
    assert_eq!(observer.counted(), Counted { taken: 3, lost: 0 });
}

#[tokio::test]
async fn a_span_that_a_thread_without_a_subscriber_reached_first_is_exported() {
    let mut observer = Observer::start("info", |_| {}).await;
    let (_observed, exporter) = observer.observe();
    let reach = || drop(tracing::debug_span!(target: "amda::test", "reached"));

    std::thread::spawn(reach).join().unwrap();
    reach();
    exporter.shut_down().await;

    let spans = observer.spans();
    assert_eq!(
        spans.iter().filter(|span| span.name == "reached").count(),
        1,
        "{spans:#?}"
    );
}

#[tokio::test]
async fn a_receiver_that_is_away_is_one_line_and_its_return_another_and_nothing_is_lost() {
    let mut observer = Observer::start("info", |_| {}).await;
    let answers = [Answer::Status(503), Answer::Status(503)];
    observer.receiver.answer(answers);
    let (_observed, exporter) = observer.observe();

    make_spans(&observer, 10);
    observer.until_counted(|counted| counted.taken == 10).await;
    exporter.shut_down().await;

    let log = observer.log.text();
    assert_eq!(
        log.matches("traces cannot be sent to http://127.0.0.1").count(),
        1,
        "{log}"
    );
    assert_eq!(log.matches("traces are sent again").count(), 1, "{log}");
    assert!(!log.contains("sesame"), "{log}");
    assert_eq!(observer.counted(), Counted { taken: 10, lost: 0 });
}

#[tokio::test]
async fn spans_that_the_receiver_refuses_are_lost_and_counted_with_one_line() {
    let mut observer = Observer::start("info", |_| {}).await;
    observer.receiver.answer_all(Answer::Status(401));
    let (_observed, exporter) = observer.observe();

    make_spans(&observer, 5);
    observer.until_counted(|counted| counted.lost == 5).await;
    make_spans(&observer, 4);
    observer.until_counted(|counted| counted.lost == 9).await;
    exporter.shut_down().await;

    let log = observer.log.text();
    assert_eq!(log.matches("traces cannot be sent").count(), 1, "{log}");
    assert!(
        log.contains("status 401") && log.contains("OTEL_EXPORTER_OTLP_HEADERS"),
        "{log}"
    );
}

#[tokio::test]
async fn spans_for_which_there_is_no_room_are_lost_and_counted_and_nobody_waits() {
    let mut observer = Observer::start("info", |_| {}).await;

    // Nobody takes them out.
    make_spans(&observer, CAPACITY + 100);
    let exporter = observer.export();
    observer
        .until_counted(|counted| counted.taken == CAPACITY as u64)
        .await;
    exporter.shut_down().await;

    assert_eq!(observer.counted().lost, 100);
}

#[tokio::test]
async fn what_is_left_is_sent_at_the_end_and_a_receiver_that_hangs_holds_nobody_up() {
    let mut prompt = Observer::start("info", |_| {}).await;
    let mut hanging = Observer::start("info", |_| {}).await;
    hanging.receiver.answer_all(Answer::Never);
    let exporters = [prompt.export(), hanging.export()];
    for observer in [&prompt, &hanging] {
        make_spans(observer, 2_000);
    }

    let begun = Instant::now();
    for exporter in exporters {
        exporter.shut_down().await;
    }

    assert_eq!(
        prompt.counted(),
        Counted {
            taken: 2_000,
            lost: 0
        }
    );
    assert_eq!(hanging.counted().taken, 0);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}
