//! What an earlier release stored of accounts.

use diesel_async::SimpleAsyncConnection;
use serde_json::json;

use super::field;
use crate::support::world::World;

const UP: &str = include_str!("../../../migrations/2026-11-29-070200_add_reasons_of_account_states/up.sql");
const DOWN: &str =
    include_str!("../../../migrations/2026-11-29-070200_add_reasons_of_account_states/down.sql");

#[tokio::test]
async fn an_earlier_reason_becomes_one_of_the_list_and_stays_as_the_message() {
    let (world, account) = World::with_user("FREE").await;
    let mut all = world.everything().await;
    let earlier = "UPDATE accounts SET state = 'BANNED_UNTIL', state_reason = 'code 101';
        INSERT INTO connection_gaps (id, user_id, account_id, started_at, reason)
            SELECT gen_random_uuid(), user_id, id, created_at, 'AMDA was not running' FROM accounts";
    all.batch_execute(DOWN).await.unwrap();
    all.batch_execute(earlier).await.unwrap();

    all.batch_execute(UP).await.unwrap();

    assert_eq!(field(&world, account, "state").await, "BANNED");
    assert_eq!(field(&world, account, "stateReason").await, "BANNED");
    assert_eq!(field(&world, account, "stateMessage").await, "code 101");
    let query = "{ viewer { accounts { nodes { gaps { nodes { reason reasonMessage } } } } } }";
    let answer = world.ask(account, query, json!({})).await;
    assert_eq!(
        answer["viewer"]["accounts"]["nodes"][0]["gaps"]["nodes"],
        json!([{ "reason": "SERVER_DOWN", "reasonMessage": "AMDA was not running" }])
    );
}
