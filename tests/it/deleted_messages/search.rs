use amda::event::Chat;
use diesel::sql_types::Text;
use diesel::{QueryableByName, sql_query};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use serde_json::json;

use super::{deleted, texts};
use crate::support::whatsapp::{alice, alice_deletes, alice_writes, picture, says};
use crate::support::world::World;

#[tokio::test]
async fn words_are_found_without_case_and_accents_and_by_their_beginnings() {
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
    let search = async |text: &str| {
        let found = deleted(&world, account, json!({ "search": text })).await;
        texts(&found).join(", ")
    };

    assert_eq!(search("uberraschung JOSE").await, "Überraschung für José");
    assert_eq!(search("überr").await, "Überraschung für José");
    assert_eq!(search("facade").await, "the Façade");
    assert_eq!(search("FAÇ").await, "the Façade");
    assert_eq!(search("fa").await, "");
    assert_eq!(search("jose facade").await, "");
    assert_eq!(search("?!").await, "");
    assert_eq!(search(" ").await, "the Façade, Überraschung für José");
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
        "search is 201 characters long; pass at most 200"
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
