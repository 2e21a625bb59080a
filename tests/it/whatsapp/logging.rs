use std::net::TcpListener;

use amda::event::LinkEvent;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format::FmtSpan;

use super::session_harness::SessionHarness;
use crate::support::observer::{Log, ask_every_subscriber};

/// The lines that contain `text`.
fn lines_with(log: &Log, text: &str) -> Vec<String> {
    let log = log.text();
    let lines = log.lines().filter(|line| line.contains(text));
    lines.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_cause_that_lasts_is_logged_once_with_the_account_the_address_and_the_next_try() {
    let harness = SessionHarness::open().await;
    let account = harness.a_linked_account().await;
    harness.supervisor.stop(account).await.unwrap();
    let closed_port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let url = format!("ws://{closed_port}/ws/chat");
    let supervisor = harness.supervisor_for(&url).unwrap();
    ask_every_subscriber();
    let log = Log::default();
    let writer = log.clone();
    let subscriber = fmt()
        .with_env_filter(EnvFilter::new("amda=info"))
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);

    supervisor.start(account).await.unwrap();
    harness
        .wait_for_link_event(account, "the third try", |event| {
            matches!(event, LinkEvent::Reconnecting { attempt: 3, .. }).then_some(())
        })
        .await;

    let lines = lines_with(&log, "is offline");
    assert_eq!(lines.len(), 1, "{lines:#?}");
    for part in [
        account.id.to_string().as_str(),
        url.as_str(),
        "no connection to WhatsApp",
        "next_try_at=",
    ] {
        assert!(lines[0].contains(part), "{part} is missing in {}", lines[0]);
    }
    supervisor.shutdown().await;
    harness.close().await;
}

#[tokio::test]
async fn what_the_library_logs_names_the_account() {
    let harness = SessionHarness::open().await;
    ask_every_subscriber();
    let log = Log::default();
    let writer = log.clone();
    // The library's spans stand for its lines, which go through another logger.
    let subscriber = fmt()
        .with_env_filter(EnvFilter::new("amda=error,whatsapp_rust=debug"))
        .with_span_events(FmtSpan::NEW)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _logging = tracing::subscriber::set_default(subscriber);

    let account = harness.a_linked_account().await;
    let heard = harness.hears_from_alice("hello").await;
    harness.message(account, &heard).await;

    let spans = lines_with(&log, "wa.");
    assert!(spans.iter().any(|line| line.contains("wa.recv.")), "{spans:#?}");
    let span = format!("whatsapp{{account.id={}}}", account.id);
    let nameless: Vec<&String> = spans.iter().filter(|line| !line.contains(&span)).collect();
    assert!(nameless.is_empty(), "{nameless:#?}");
    harness.close().await;
}
