//! Migrations that rewrite rows of an earlier release.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use amda::db;
use diesel::sql_types::{Array, BigInt, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::support::database::TestDatabase;

const KINDS: &str = "2026-11-29-070700_tell_kinds_of_events_apart";

/// Rows of the release before [`KINDS`]: a like that was accepted and one that was skipped, a view-once message that was
/// captured and one that was not, a real and a forged deletion, an own status with a viewer and a contact's.
const OLD_ROWS: &str = "
    CREATE FUNCTION id(number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN lpad(to_hex(number), 32, '0')::uuid;
    SET session_replication_role = replica;
    INSERT INTO status_likes (id, user_id, account_id, status_id, emoji, outcome, reason, created_at, settled_at) VALUES
        (id(1), id(0), id(0), id(101), '💚', 'LIKED', NULL, now(), now()),
        (id(2), id(0), id(0), id(102), '💚', 'SKIPPED', 'too old', now(), now());
    INSERT INTO view_once_messages (id, user_id, account_id, chat_id, sender_id, wa_id, outcome, is_capturing, received_at, captured_at) VALUES
        (id(3), id(0), id(0), id(0), id(0), 'V3', 'CAPTURED', false, now(), now()),
        (id(4), id(0), id(0), id(0), id(0), 'V4', 'NOT_DELIVERED', false, now(), NULL);
    INSERT INTO deleted_messages (id, user_id, account_id, chat_id, sender_id, deleted_by_id, wa_id, outcome, is_by_admin, kind, loss, terms, sent_at, deleted_at) VALUES
        (id(5), id(0), id(0), id(0), id(0), id(0), 'D5', 'DELETED', false, 'TEXT', NULL, '{}', now(), now()),
        (id(6), id(0), id(0), id(0), id(0), id(0), 'D6', 'FORGED', false, 'TEXT', 'FORGED', '{}', now(), now());
    INSERT INTO status_viewers (status_id, contact_id, user_id, viewed_at) VALUES (id(7), id(0), id(0), now());
    INSERT INTO events (user_id, sequence, kind, account_id, subject_id, occurred_at)
        SELECT id(0), position, kind, id(0), id(subject), now()
        FROM unnest(
            ARRAY['STATUS_LIKED', 'STATUS_LIKED', 'STATUS_LIKED', 'VIEW_ONCE_CAPTURED', 'VIEW_ONCE_CAPTURED',
                'VIEW_ONCE_CAPTURED', 'MESSAGE_DELETED', 'MESSAGE_DELETED', 'MESSAGE_DELETED', 'STATUS_CHANGED',
                'STATUS_CHANGED', 'MESSAGE_EDITED', 'ITEM_DELETED', 'AUTO_REPLY_SENT', 'ACCOUNT_CHANGED'],
            ARRAY[1, 1, 2, 3, 3, 4, 5, 5, 6, 7, 8, 9, 10, 11, 12]
        ) WITH ORDINALITY AS old (kind, subject, position);
    INSERT INTO webhook_endpoints (id, user_id, url, kinds, secret, created_at) VALUES
        (id(20), id(0), '', ARRAY['ACCOUNT_CHANGED', 'STATUS_LIKED', 'MESSAGE_EDITED'], '', now()),
        (id(21), id(0), '', NULL, '', now());
    INSERT INTO webhook_deliveries (id, user_id, endpoint_id, sequence, kind, subject_id, occurred_at, state, created_at, settled_at)
        SELECT id(30 + number), id(0), id(20), number, kind, id(1), now(), 'DELIVERED', now(), now()
        FROM unnest(ARRAY[2, 3, 99], ARRAY['STATUS_LIKED', 'STATUS_LIKED', 'MESSAGE_DELETED']) AS old (number, kind);
";

/// A database as the migrations before `migration` left it.
async fn database_before(migration: &str) -> (TestDatabase, AsyncPgConnection) {
    let database = TestDatabase::create_empty().await;
    let mut conn = db::connect(database.url()).await.unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let folders = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let ups: BTreeMap<_, _> = folders
        .filter(|folder| folder.is_dir())
        .map(|folder| (folder.file_name().unwrap().to_owned(), folder.join("up.sql")))
        .collect();
    for (_, up) in ups.iter().take_while(|(name, _)| name.as_os_str() < migration) {
        conn.batch_execute(&fs::read_to_string(up).unwrap())
            .await
            .unwrap();
    }
    (database, conn)
}

async fn run(conn: &mut AsyncPgConnection, migration: &str, file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(migration)
        .join(file);
    conn.batch_execute(&fs::read_to_string(path).unwrap())
        .await
        .unwrap();
}

#[derive(QueryableByName)]
struct Kind {
    #[diesel(sql_type = BigInt)]
    sequence: i64,
    #[diesel(sql_type = Text)]
    kind: String,
}

/// The kinds of the rows of `table`, by the number of their event.
async fn kinds(conn: &mut AsyncPgConnection, table: &str) -> Vec<(i64, String)> {
    let query = format!("SELECT sequence, kind FROM {table} ORDER BY sequence");
    let rows: Vec<Kind> = sql_query(query).load(conn).await.unwrap();
    rows.into_iter().map(|row| (row.sequence, row.kind)).collect()
}

fn numbered(kinds: &[(i64, &str)]) -> Vec<(i64, String)> {
    kinds
        .iter()
        .map(|(number, kind)| (*number, (*kind).to_owned()))
        .collect()
}

#[derive(QueryableByName)]
struct Chosen {
    #[diesel(sql_type = Array<Text>)]
    kinds: Vec<String>,
}

async fn chosen(conn: &mut AsyncPgConnection) -> Vec<String> {
    let query = "SELECT kinds FROM webhook_endpoints WHERE kinds IS NOT NULL";
    sql_query(query).get_result::<Chosen>(conn).await.unwrap().kinds
}

async fn old_rows() -> (TestDatabase, AsyncPgConnection) {
    let (database, mut conn) = database_before(KINDS).await;
    conn.batch_execute(OLD_ROWS).await.unwrap();
    (database, conn)
}

#[tokio::test]
async fn a_stored_event_keeps_the_name_of_what_happened_and_any_other_change_is_called_one() {
    let (_database, mut conn) = old_rows().await;

    run(&mut conn, KINDS, "up.sql").await;

    let events = [
        (1, "STATUS_LIKE_CHANGED"),
        (2, "STATUS_LIKED"),
        (3, "STATUS_LIKE_CHANGED"),
        (4, "VIEW_ONCE_MESSAGE_CHANGED"),
        (5, "VIEW_ONCE_CAPTURED"),
        (6, "VIEW_ONCE_MESSAGE_CHANGED"),
        (7, "MESSAGE_DELETED"),
        (8, "DELETED_MESSAGE_CHANGED"),
        (9, "DELETED_MESSAGE_CHANGED"),
        (10, "STATUS_VIEWED"),
        (11, "STATUS_MEDIA_CHANGED"),
        (12, "EDITED_MESSAGE_CHANGED"),
        (13, "KEPT_ITEM_REMOVED"),
        (14, "AUTO_REPLY_CHANGED"),
        (15, "ACCOUNT_CHANGED"),
    ];
    assert_eq!(kinds(&mut conn, "events").await, numbered(&events));
    let deliveries = [
        (2, "STATUS_LIKED"),
        (3, "STATUS_LIKE_CHANGED"),
        (99, "DELETED_MESSAGE_CHANGED"),
    ];
    assert_eq!(
        kinds(&mut conn, "webhook_deliveries").await,
        numbered(&deliveries)
    );
}

#[tokio::test]
async fn an_endpoint_goes_on_receiving_what_it_received_and_goes_back_to_what_it_chose() {
    let (_database, mut conn) = old_rows().await;
    let before = kinds(&mut conn, "events").await;

    run(&mut conn, KINDS, "up.sql").await;
    let now = chosen(&mut conn).await;
    run(&mut conn, KINDS, "down.sql").await;

    assert_eq!(
        now,
        [
            "ACCOUNT_CHANGED",
            "STATUS_LIKED",
            "STATUS_LIKE_CHANGED",
            "EDITED_MESSAGE_CHANGED"
        ]
    );
    assert_eq!(
        chosen(&mut conn).await,
        ["ACCOUNT_CHANGED", "STATUS_LIKED", "MESSAGE_EDITED"]
    );
    assert_eq!(kinds(&mut conn, "events").await, before);
}
