//! The stored data as a thief of the disk sees it.

use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls};

use crate::support::app::TestApp;

const KEPT: &str = "{ viewer {
    viewOnceMessages(first: 10) { nodes { outcome } }
    deletedMessages(first: 10) { nodes { text sender { displayName } chat { name } } }
    editedMessages(first: 10) { nodes { text } }
} }";

fn is_kept(answer: &Value) -> bool {
    answer.pointer("/viewer/viewOnceMessages/nodes/0/outcome") == Some(&json!("CAPTURED"))
        && answer.pointer("/viewer/deletedMessages/nodes/0/text").is_some()
        && answer.pointer("/viewer/editedMessages/nodes/0/text").is_some()
}

/// Names and texts of the scenario, each of which is in no other test.
const WORDS: [&str; 9] = [
    "Quixotina",
    "Zanzibarius",
    "Wombatfreunde",
    "Labelwort-Kiwi",
    "geheimnisvoll-vertraulich",
    "durchgesickert-vorher",
    "durchgesickert-nachher",
    "bildunterschrift-heimlich",
    "statuswort-verborgen",
];
/// The owner's number and the contact's.
const NUMBERS: [&str; 2] = ["5511900000990", "5511800000991"];

async fn superuser(app: &TestApp) -> Client {
    let url = app.database.url().expose_secret();
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Every row of every table as text, bytes in hexadecimal: the table's name, and its rows.
pub(crate) async fn dump(database: &Client) -> Vec<(String, String)> {
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
    let mut dumped = Vec::new();
    for row in database.query(tables, &[]).await.unwrap() {
        let table: String = row.get(0);
        let rows = format!("SELECT coalesce(string_agg(t::text, chr(10)), '') FROM {table} AS t");
        let rows = database.query_one(&rows, &[]).await.unwrap().get(0);
        dumped.push((table, rows));
    }
    dumped
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .flat_map(|path| {
            if path.is_dir() {
                files_below(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

fn holds(bytes: &[u8], word: &str) -> bool {
    memchr::memmem::find(bytes, word.as_bytes()).is_some()
}

pub(crate) fn stands_in(rows: &str, word: &str) -> bool {
    rows.contains(word) || rows.contains(&HEXLOWER.encode(word.as_bytes()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_table_log_or_file_holds_a_name_number_text_or_token_in_clear() {
    let app = TestApp::start().await;
    let (user, phone) = app.premium_with_phone("sealing@example.org", NUMBERS[0]).await;
    let contact = phone.contact(NUMBERS[1], "Quixotina Zanzibarius").await;
    let group = app
        .simulator()
        .create_group_with_admins(&phone.number, "Wombatfreunde", &[&contact], &[&contact])
        .await
        .unwrap();
    let secret =
        json!({"kind": "message", "from": contact, "chat": group, "text": "geheimnisvoll-vertraulich"});
    let secret = phone.happen(secret).await;
    let edited = json!({"kind": "message", "from": contact, "text": "durchgesickert-vorher"});
    let edited = phone.happen(edited).await;
    for event in [
        json!({"kind": "delete", "from": contact, "messageId": secret}),
        json!({"kind": "edit", "from": contact, "messageId": edited, "text": "durchgesickert-nachher"}),
        json!({"kind": "status", "from": contact, "text": "statuswort-verborgen"}),
        json!({"kind": "viewOnce", "from": contact, "media": "image", "text": "bildunterschrift-heimlich"}),
    ] {
        phone.happen(event).await;
    }
    let kept = user.until(KEPT, json!({}), is_kept).await;
    assert_eq!(
        kept["viewer"]["deletedMessages"]["nodes"][0],
        json!({
            "text": "geheimnisvoll-vertraulich",
            "sender": {"displayName": "Quixotina Zanzibarius"},
            "chat": {"name": "Wombatfreunde"},
        })
    );
    let link = "mutation { linkAccount(input: {label: \"Labelwort-Kiwi\", method: {qr: true}}) { errors { message } } }";
    assert_eq!(
        user.run(link, json!({})).await["linkAccount"]["errors"],
        json!([])
    );

    let database = superuser(&app).await;
    for (table, rows) in dump(&database).await {
        for word in WORDS.into_iter().chain(NUMBERS).chain([user.token.as_str()]) {
            assert!(!stands_in(&rows, word), "{word} stands in clear in {table}");
        }
    }
    let folder: String = database
        .query_one("SHOW data_directory", &[])
        .await
        .unwrap()
        .get(0);
    let log = files_below(&Path::new(&folder).join("pg_wal"));
    let media = files_below(&app.config.data_dir.join("media"));
    assert!(!log.is_empty() && !media.is_empty());
    for file in log.iter().chain(&media) {
        // PostgreSQL removes old files of its log meanwhile.
        let bytes = fs::read(file).unwrap_or_default();
        for word in WORDS.into_iter().chain(NUMBERS).chain([user.token.as_str()]) {
            assert!(
                !holds(&bytes, word),
                "{word} stands in clear in {}",
                file.display()
            );
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_an_earlier_release_stored_in_clear_are_sealed_at_the_next_start() {
    let app = TestApp::start().await;
    let (user, phone) = app
        .premium_with_phone("earlier@example.org", "5511900000992")
        .await;
    let contact = phone.contact("5511800000993", "Sealed Today").await;
    phone
        .happen(json!({"kind": "status", "from": contact, "text": "hello"}))
        .await;
    let named = "query($search: String!) { viewer { accounts(first: 1) { nodes {
        label phoneNumber contacts(first: 5, search: $search) { nodes { name phoneNumber } } } } } }";
    let search = json!({"search": "5511800000993"});
    let is_known = |answer: &Value| {
        let contacts = answer.pointer("/viewer/accounts/nodes/0/contacts/nodes/0/name");
        contacts == Some(&json!("Sealed Today"))
    };
    user.until(named, search, is_known).await;
    let database = superuser(&app).await;
    let unseal = "
        UPDATE contacts SET name = 'Clear Yesterday', phone_number = '5511800000994', sealed_name = NULL,
            sealed_push_name = NULL, sealed_phone_number = NULL, phone_number_print = NULL WHERE NOT is_self;
        UPDATE accounts SET label = 'Old Label', phone_number = '5511900000992', sealed_phone_number = NULL";
    database.batch_execute(unseal).await.unwrap();

    let app = app.restart().await;

    let user = app.log_in("earlier@example.org").await;
    let answer = user.run(named, json!({"search": "yesterday"})).await;
    assert_eq!(
        answer["viewer"]["accounts"]["nodes"][0],
        json!({
            "label": "Old Label", "phoneNumber": "+5511900000992",
            "contacts": {"nodes": [{"name": "Clear Yesterday", "phoneNumber": "+5511800000994"}]},
        })
    );
    let plain = "SELECT count(*) FROM amda_users_with_plain_names()";
    assert_eq!(database.query_one(plain, &[]).await.unwrap().get::<_, i64>(0), 0);
    app.stop().await;
}
