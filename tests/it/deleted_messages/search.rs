use amda::account::AccountRef;
use amda::event::Chat;
use amda::features::deleted_messages::DeletedMessages;
use chrono::TimeDelta;
use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use serde_json::{Value, json};

use super::{deleted, texts};
use crate::support::kept::keep_deleted;
use crate::support::schedules::run_round;
use crate::support::whatsapp::{alice, alice_deletes, alice_writes, picture, revoke, says};
use crate::support::world::World;

/// Lets Alice write these messages and delete them, each deletion a minute after the one before.
async fn alice_wrote_and_deleted(texts: &[&str]) -> (World, AccountRef) {
    let (world, account) = World::with_user("FREE").await;
    let mut events = Vec::new();
    for (number, text) in (1..).zip(texts) {
        let wa_id = format!("M{number}");
        events.push(alice_writes(&wa_id, text));
        let deletion = revoke(&wa_id);
        events.push(says(
            Chat::Direct(alice()),
            alice(),
            &format!("R{number}"),
            number,
            deletion,
        ));
    }
    world.receive(account, &events).await;
    (world, account)
}

/// The texts of the messages that a search finds, in their order.
async fn found(world: &World, account: AccountRef, search: &str) -> String {
    let found = deleted(world, account, json!({ "search": search })).await;
    texts(&found).join(", ")
}

#[tokio::test]
async fn words_and_parts_of_words_are_found_without_case_accents_and_width() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(
            account,
            &[
                alice_writes("M1", "Überraschung für José"),
                says(Chat::Direct(alice()), alice(), "M2", 0, picture("the Façade")),
                alice_deletes("R1", "M1"),
                alice_deletes("R2", "M2"),
            ],
        )
        .await;
    let search = async |text: &str| found(&world, account, text).await;

    assert_eq!(search("uberraschung JOSE").await, "Überraschung für José");
    assert_eq!(search("raschung").await, "Überraschung für José");
    assert_eq!(search("ＦＡＣＡＤＥ").await, "the Façade");
    assert_eq!(search("FAÇ").await, "the Façade");
    assert_eq!(search("fa").await, "the Façade");
    assert_eq!(search("ad").await, "");
    assert_eq!(search("jose facade").await, "");
    assert_eq!(search("?!").await, "");
    assert_eq!(search(" ").await, "the Façade, Überraschung für José");
}

#[tokio::test]
async fn scripts_without_spaces_and_emoji_are_found_anywhere() {
    let (world, account) =
        alice_wrote_and_deleted(&["今天晚上我们去吃火锅吧", "happy birthday🎉🎂", "สวัสดีครับ", "👍🏽 ok"]).await;
    let search = async |text: &str| found(&world, account, text).await;

    for part in ["火锅", "今天", "吧", "我们去"] {
        assert_eq!(search(part).await, "今天晚上我们去吃火锅吧", "{part}");
    }
    assert_eq!(search("🎉").await, "happy birthday🎉🎂");
    assert_eq!(search("ดี").await, "สวัสดีครับ");
    assert_eq!(search("👍").await, "👍🏽 ok");
    assert_eq!(search("锅火").await, "");
    assert_eq!(search("🎈").await, "");
}

#[tokio::test]
async fn words_and_beginnings_come_before_what_is_inside_page_by_page() {
    let (world, account) = alice_wrote_and_deleted(&[
        "a station",
        "the playstation",
        "Stationery",
        "workstation",
        "station again",
        "my playstation is at the station",
        "nothing",
    ])
    .await;
    let query = "query($after: Cursor) { viewer {
        deletedMessages(first: 3, after: $after, filter: { search: \"station\" }) {
            edges { node { text } } pageInfo { hasNextPage endCursor }
        }
    } }";
    let page = async |after: Value| {
        let data = world.ask(account, query, json!({ "after": after })).await;
        let page = &data["viewer"]["deletedMessages"];
        let edges = page["edges"].as_array().unwrap();
        let texts: Vec<_> = edges.iter().map(|edge| edge["node"]["text"].clone()).collect();
        (json!(texts), page["pageInfo"].clone())
    };

    let (first, end_of_first) = page(Value::Null).await;
    let (second, end_of_second) = page(end_of_first["endCursor"].clone()).await;

    let beginnings = ["my playstation is at the station", "station again", "Stationery"];
    assert_eq!(first, json!(beginnings));
    assert_eq!(end_of_first["hasNextPage"], true);
    assert_eq!(second, json!(["a station", "workstation", "the playstation"]));
    assert_eq!(end_of_second["hasNextPage"], false);
    let (third, _) = page(end_of_second["endCursor"].clone()).await;
    assert_eq!(third, json!([]));
}

#[tokio::test]
async fn a_message_that_only_shares_terms_with_the_search_is_not_found() {
    let (world, account) = alice_wrote_and_deleted(&["hello", "goodbye"]).await;
    let mut all = world.everything().await;
    let share = "UPDATE deleted_messages SET terms = ARRAY(SELECT unnest(terms) FROM deleted_messages)";
    all.batch_execute(share).await.unwrap();

    assert_eq!(found(&world, account, "hello").await, "hello");
}

#[tokio::test]
async fn what_is_older_than_the_recent_messages_is_found_by_the_index() {
    let (world, account) = alice_wrote_and_deleted(&["the newest, with a needle"]).await;
    let mut kept: Vec<String> = (0..3_000).map(|number| format!("hay {number}")).collect();
    kept[5] = "an old needle".to_owned();
    kept[1_500] = "needlework".to_owned();
    kept[1_400] = "pineneedles".to_owned();
    keep_deleted(&world.core, account, &kept).await;

    assert_eq!(
        found(&world, account, "needle").await,
        "the newest, with a needle, needlework, an old needle, pineneedles"
    );
    let filter = json!({ "search": "needle", "to": "2026-11-23T10:59:59Z" });
    let older = deleted(&world, account, filter).await;
    assert_eq!(texts(&older), ["needlework", "an old needle", "pineneedles"]);
}

#[tokio::test]
async fn what_the_previous_index_had_is_indexed_again_in_batches_of_every_user() {
    let (world, account) = alice_wrote_and_deleted(&["hello"]).await;
    let other = world.user("FREE").await;
    world
        .receive(
            other,
            &[alice_writes("M1", "hello too"), alice_deletes("R1", "M1")],
        )
        .await;
    let kept: Vec<String> = (0..250).map(|number| format!("hay {number}")).collect();
    keep_deleted(&world.core, account, &kept).await;
    let mut all = world.everything().await;
    all.batch_execute("UPDATE deleted_messages SET terms = '{1}', terms_version = 1")
        .await
        .unwrap();
    assert_eq!(found(&world, account, "hello").await, "");

    run_round(&world, &DeletedMessages).await;

    assert_eq!(found(&world, account, "hello").await, "hello");
    assert_eq!(found(&world, account, "249").await, "hay 249");
    assert_eq!(found(&world, other, "hello").await, "hello too");
}

#[tokio::test]
async fn an_interrupted_renewal_of_the_index_goes_on_with_what_is_left() {
    let (world, account) = alice_wrote_and_deleted(&["one", "two"]).await;
    let mut all = world.everything().await;
    all.batch_execute("UPDATE deleted_messages SET terms = '{1}', terms_version = 1")
        .await
        .unwrap();
    let lock = "BEGIN; SELECT FROM deleted_messages ORDER BY deleted_at LIMIT 1 FOR UPDATE";
    all.batch_execute(lock).await.unwrap();

    run_round(&world, &DeletedMessages).await;
    let after_first = (
        found(&world, account, "one").await,
        found(&world, account, "two").await,
    );
    all.batch_execute("ROLLBACK").await.unwrap();
    world.clock.advance(TimeDelta::hours(1));
    run_round(&world, &DeletedMessages).await;

    assert_eq!(after_first, (String::new(), "two".to_owned()));
    assert_eq!(found(&world, account, "one").await, "one");
}

#[tokio::test]
async fn a_search_that_is_too_long_is_refused() {
    let (world, account) = World::with_user("FREE").await;
    let query = "query($text: String) { viewer { deletedMessages(filter: { search: $text }) { edges { node { id } } } } }";

    let response = world
        .respond(account, query, json!({ "text": "x".repeat(201) }))
        .await;

    assert_eq!(
        response.errors[0].message,
        "filter.search: the text is 201 characters long; pass at most 200"
    );
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    text: String,
}

async fn plan(conn: &mut diesel_async::AsyncPgConnection, query: &str) -> String {
    let lines: Vec<Line> = sql_query(format!("EXPLAIN {query}")).load(conn).await.unwrap();
    lines.into_iter().map(|line| line.text + "\n").collect()
}

#[tokio::test]
async fn a_search_uses_the_index_of_terms_which_row_level_security_alone_forbids() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(account, &[alice_writes("M1", "hello"), alice_deletes("R1", "M1")])
        .await;
    let mut all = world.everything().await;
    let many = "INSERT INTO deleted_messages SELECT gen_random_uuid(), user_id, account_id, chat_id, sender_id,
        deleted_by_id, number::text, message_id, outcome, is_by_admin, kind, loss, content, media_id, ARRAY[number::bigint],
        sent_at, deleted_at FROM deleted_messages, generate_series(1, 5000) AS number;
        ANALYZE deleted_messages";
    all.batch_execute(many).await.unwrap();
    let as_user = format!(
        "SET ROLE amda_app; SET amda.user_id = '{}'",
        account.user.as_uuid()
    );
    // The query of the search function, run as the owner of the tables.
    let inside =
        "SELECT id FROM deleted_messages WHERE terms @> ARRAY[7::bigint] AND user_id = (SELECT amda_user())";

    let by_function = plan(&mut all, inside).await;
    all.batch_execute(&as_user).await.unwrap();
    let by_table = plan(&mut all, inside).await;

    assert!(by_function.contains("deleted_messages_terms"), "{by_function}");
    assert!(!by_table.contains("deleted_messages_terms"), "{by_table}");
}
