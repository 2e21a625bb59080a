//! A backup of an installation that serves, restored elsewhere: the accounts go on there, and the installation before keeps out.

use std::fs;
use std::path::Path;
use std::time::Instant;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::cluster::{Cluster, Node, until_status};
use crate::platform::{a_folder, amda};
use crate::support::app::{PASSWORD, TestPhone, TestUser};
use crate::support::database::{TestDatabase, connect};
use crate::support::graphql::GraphqlClient;
use crate::support::http;
use crate::support::websocket::SOON;

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.org";
const STATES: &str = "{ viewer { accounts(first: 5) { nodes { state qr { code } } } } }";
const DELETED: &str = "{ viewer { deletedMessages(first: 10) { nodes { text media { state url } } } } }";

/// Runs `amda` on the installation of `cluster`; it must succeed. Returns what it printed.
async fn amda_on(cluster: &Cluster, folder: &Path, arguments: &[&str]) -> String {
    let variables = [
        ("DATABASE_URL", cluster.database.app_url().expose_secret()),
        ("AMDA_DATABASE_OWNER_URL", cluster.database.url().expose_secret()),
        ("AMDA_DATA_DIR", cluster.data_dir().to_str().unwrap()),
    ];
    let outcome = amda(folder, arguments, &variables).await;
    assert_eq!(outcome.code, Some(0), "{arguments:?}: {}", outcome.complained);
    outcome.printed
}

/// Keeps a picture that a contact of `phone` deleted.
async fn keep_a_picture(user: &TestUser, phone: &TestPhone, contact: &str) {
    let message = phone
        .happen(json!({"kind": "message", "from": contact, "text": "look", "media": "image"}))
        .await;
    phone
        .happen(json!({"kind": "delete", "from": contact, "messageId": message}))
        .await;
    user.until(DELETED, json!({}), |answer| {
        answer.pointer("/viewer/deletedMessages/nodes/0/media/state") == Some(&json!("STORED"))
    })
    .await;
}

/// Waits until both accounts of `user` are in `state`; none may show a code meanwhile.
async fn until_all_are(user: &TestUser, state: &str) {
    user.until(STATES, json!({}), |answer| {
        let accounts = answer.pointer("/viewer/accounts/nodes").and_then(Value::as_array);
        let accounts = accounts.expect("there are accounts");
        assert!(
            accounts.iter().all(|account| account["qr"].is_null()),
            "no code is shown: {answer}"
        );
        accounts.len() == 2 && accounts.iter().all(|account| account["state"] == state)
    })
    .await;
}

/// Signs somebody in at `node` with the password that everybody has; none when it is refused.
async fn log_in(node: &Node, email: &str) -> Option<TestUser> {
    let reply = GraphqlClient::new(node.address)
        .run(
            "mutation ($input: LogInInput!) { logIn(input: $input) { accessToken } }",
            json!({"input": {"email": email, "password": PASSWORD}}),
        )
        .await;
    let token = reply.data("/logIn/accessToken").as_str()?;
    Some(TestUser::at(node.address, token))
}

/// Waits until `database` has so many users.
async fn until_users(database: &TestDatabase, wanted: i64) {
    let client = connect(database.url()).await;
    let waiting = async {
        while client
            .query_one("SELECT count(*) FROM users", &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
            != wanted
        {
            client.execute("SELECT pg_sleep(0.05)", &[]).await.unwrap();
        }
    };
    timeout(SOON, waiting)
        .await
        .unwrap_or_else(|_| panic!("there are {wanted} users in time"));
}

/// The gaps in the numbers of the events of `database`, and the events there are.
async fn gaps_in_events(database: &TestDatabase) -> (i64, i64) {
    let query = "SELECT coalesce(sum(newest - found), 0)::bigint, coalesce(sum(found), 0)::bigint
        FROM event_counters JOIN (SELECT user_id, count(*) AS found FROM events GROUP BY 1) counted USING (user_id)";
    let row = connect(database.url()).await.query_one(query, &[]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_a_busy_server_goes_on_elsewhere_without_a_code_and_the_server_before_keeps_out() {
    let (before, folder) = (Cluster::open().await, a_folder());
    let old = before.node().await;
    let alice = before.register(&old, ALICE).await;
    let phone = before.link(&alice, "5511900000901").await;
    before.link(&alice, "5511900000902").await;
    before.register(&old, BOB).await;
    let carol = phone.contact("5511800000901", "Carol").await;
    keep_a_picture(&alice, &phone, &carol).await;

    // Made while statuses come in.
    let busy = async {
        for _ in 0..100_000 {
            phone
                .happen(json!({"kind": "status", "from": carol, "text": "busy"}))
                .await;
        }
    };
    let backup = tokio::select! {
        printed = amda_on(&before, folder.path(), &["backup", "copy.tar"]) => printed,
        () = busy => panic!("the backup is made before so many statuses"),
    };
    amda_on(&before, folder.path(), &["users", "delete", BOB, "--yes"]).await;
    until_users(&before.database, 1).await;
    let deleted = amda_on(&before, folder.path(), &["users", "deleted"]).await;
    fs::write(folder.path().join("deleted.txt"), deleted).unwrap();
    let after = before.elsewhere().await;
    let begun = Instant::now();
    let restored = amda_on(
        &after,
        folder.path(),
        &["restore", "copy.tar", "--deleted-users", "deleted.txt"],
    )
    .await;
    eprintln!("restored in {:?}: {restored}", begun.elapsed());

    assert!(backup.contains("1 media file and the keys"), "{backup}");
    assert!(
        restored.contains("the 1 stored media file is there"),
        "{restored}"
    );
    assert!(restored.contains("as REPLACED"), "{restored}");
    let (gaps, events) = gaps_in_events(&after.database).await;
    assert_eq!(gaps, 0, "of {events} events");
    until_users(&after.database, 2).await;

    let new = after.node().await;
    let there = log_in(&new, ALICE).await.expect("the password is as it was");
    until_all_are(&there, "ONLINE").await;
    until_users(&after.database, 1).await;
    assert!(log_in(&new, BOB).await.is_none(), "who was deleted stays so");
    let kept = there.run(DELETED, json!({})).await;
    let kept = &kept["viewer"]["deletedMessages"]["nodes"][0];
    assert_eq!(kept["text"], "look");
    let picture = http::get(kept["media"]["url"].as_str().unwrap()).await;
    assert!(image::load_from_memory(&picture.bytes().await.unwrap()).is_ok());

    // The server before still ran, saw itself replaced, and keeps out when it is started again.
    until_all_are(&alice, "REPLACED").await;
    old.stop().await;
    let old = before.node().await;
    assert!(before.owners().await.is_empty(), "it has claimed no account");
    phone
        .happen(json!({"kind": "status", "from": carol, "text": "after the move"}))
        .await;
    until_status(&there, "after the move").await;
    until_all_are(&there, "ONLINE").await;
    let alice = log_in(&old, ALICE).await.unwrap();
    until_all_are(&alice, "REPLACED").await;
    old.stop().await;
    new.stop().await;
}
