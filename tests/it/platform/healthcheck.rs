//! `amda healthcheck` from outside.

use std::net::TcpListener;

use super::command_line::amda;
use super::embedded::a_folder;
use crate::support::app::TestApp;
use crate::support::database::connect;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ready_server_passes_and_one_that_cannot_read_its_tables_does_not() {
    let folder = a_folder();
    let app = TestApp::start().await;
    let address = app.app.address.to_string();
    let check = async || {
        amda(
            folder.path(),
            &["healthcheck"],
            &[("AMDA_LISTEN", address.as_str())],
        )
        .await
    };

    let ready = check().await;
    connect(app.database.url())
        .await
        .batch_execute("DO $$ BEGIN EXECUTE format('REVOKE ALL ON users FROM %I', (SELECT grantee FROM
             information_schema.role_table_grants WHERE table_name = 'users' AND grantee <> current_user LIMIT 1)); END $$")
        .await
        .unwrap();
    let not_ready = check().await;

    assert_eq!(
        (ready.code, ready.printed.as_str()),
        (Some(0), "ready\n"),
        "{}",
        ready.complained
    );
    assert_eq!(not_ready.code, Some(1));
    assert!(
        not_ready
            .complained
            .contains("is not ready (database: the server's role lacks privileges"),
        "{}",
        not_ready.complained
    );
    app.stop().await;
}

#[tokio::test]
async fn a_port_at_which_nobody_answers_fails_with_its_address_and_makes_nothing() {
    let folder = a_folder();
    let unused = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();

    let outcome = amda(folder.path(), &["healthcheck", "--listen", &unused], &[]).await;

    assert_eq!(outcome.code, Some(1));
    assert!(
        outcome.complained.contains(&unused) && outcome.complained.contains("AMDA_LISTEN"),
        "{}",
        outcome.complained
    );
    assert!(!folder.path().join("data").exists());
}
