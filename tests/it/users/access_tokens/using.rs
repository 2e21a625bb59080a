use amda::features::users::AccessTokenError;
use amda::graphql::{ClientInfo, Identity};
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Alice, LIST};
use crate::support::statements::StatementCount;
use crate::support::worker::DEADLINE;

/// A client at this address.
fn at(ip: &str) -> ClientInfo {
    ClientInfo {
        ip: Some(ip.parse().unwrap()),
        ..ClientInfo::default()
    }
}

async fn verify(alice: &Alice, token: &str, client: &ClientInfo) -> Result<Identity, AccessTokenError> {
    alice
        .world
        .services
        .users
        .verify_access_token(token, client)
        .await
}

/// The time and the address of the last use of the only token.
async fn last_use(alice: &Alice) -> (Value, Value) {
    let mut listed = alice.ask(LIST, json!({})).await;
    let node = &mut listed["viewer"]["accessTokens"]["edges"][0]["node"];
    (node["lastUsedAt"].take(), node["lastUsedFrom"].take())
}

#[tokio::test]
async fn a_mistyped_token_and_one_that_nobody_made_are_told_apart_and_both_refused() {
    let alice = Alice::register().await;
    let (token, id) = alice.token(&["READ"], None).await;
    let mut mistyped = token.clone();
    mistyped.replace_range(20..21, if &token[20..21] == "x" { "y" } else { "x" });
    alice.revoke(&id).await;

    let refused = verify(&alice, &mistyped, &ClientInfo::default()).await;
    let unknown = verify(&alice, &token, &ClientInfo::default()).await;

    assert!(matches!(refused, Err(AccessTokenError::Malformed)), "{refused:?}");
    assert!(matches!(unknown, Err(AccessTokenError::Unknown)), "{unknown:?}");
}

#[tokio::test]
async fn a_token_that_was_used_lately_is_verified_without_a_query() {
    let alice = Alice::register().await;
    let (token, _) = alice.token(&["READ"], None).await;
    let (client, statements) = (
        ClientInfo::default(),
        StatementCount::of(&alice.world.database, "access_tokens").await,
    );
    verify(&alice, &token, &client).await.unwrap();
    assert!(statements.take().await > 0, "the first use reads the row");

    for _ in 0..5 {
        verify(&alice, &token, &client).await.unwrap();
    }
    let remembered = statements.take().await;
    alice.world.clock.advance(TimeDelta::seconds(30));
    verify(&alice, &token, &client).await.unwrap();

    assert_eq!(remembered, 0);
    assert!(statements.take().await > 0, "the row is read again");
}

#[tokio::test]
async fn the_use_of_a_token_is_noted_once_a_minute_with_its_address() {
    let alice = Alice::register().await;
    let (token, _) = alice.token(&["READ"], None).await;
    assert_eq!(last_use(&alice).await, (Value::Null, Value::Null));

    verify(&alice, &token, &at("203.0.113.7")).await.unwrap();
    let first = last_use(&alice).await;
    alice.world.clock.advance(TimeDelta::seconds(59));
    verify(&alice, &token, &at("203.0.113.8")).await.unwrap();
    let second = last_use(&alice).await;
    alice.world.clock.advance(TimeDelta::seconds(1));
    verify(&alice, &token, &at("::ffff:203.0.113.9")).await.unwrap();
    let third = last_use(&alice).await;

    assert_eq!(first, (json!("2026-11-23T11:00:00+00:00"), json!("203.0.113.7")));
    assert_eq!(second, first);
    assert_eq!(third, (json!("2026-11-23T11:01:00+00:00"), json!("203.0.113.9")));
}

#[tokio::test]
async fn a_token_is_refused_from_its_end_on() {
    let alice = Alice::register().await;
    let (token, id) = alice.token(&["READ"], None).await;
    alice
        .world
        .clock
        .advance(TimeDelta::days(90) - TimeDelta::seconds(1));
    let identity = alice.verify(&token).await;

    alice.world.clock.advance(TimeDelta::seconds(1));
    let refused = verify(&alice, &token, &ClientInfo::default()).await;

    assert_eq!(
        identity.viewer.expires_at,
        "2027-02-21T11:00:00Z"
            .parse::<chrono::DateTime<chrono::Utc>>()
            .unwrap()
    );
    assert!(
        matches!(refused, Err(AccessTokenError::Expired(_))),
        "{refused:?}"
    );
    let mut tx = alice.world.core.db.begin(alice.account.user).await.unwrap();
    let kept = is_kept(&mut tx, &id).await;
    assert!(kept, "a job deletes it");
}

#[tokio::test]
async fn the_owner_is_told_a_week_before_the_end_and_the_token_goes_at_it() {
    let alice = Alice::register().await;
    let (_, id) = alice.token(&["READ"], None).await;
    let running = alice.world.run("users.expire_access_token");

    alice.world.clock.advance(TimeDelta::days(83));
    let kinds = "SELECT count(*) FROM notifications WHERE kind = 'ACCESS_TOKEN_EXPIRING'";
    until(&alice, kinds, 1).await;
    let mut tx = alice.world.core.db.begin(alice.account.user).await.unwrap();
    assert!(is_kept(&mut tx, &id).await);
    drop(tx);
    alice.world.clock.advance(TimeDelta::days(7));
    until(&alice, "SELECT count(*) FROM access_tokens", 0).await;

    running.stop().await;
    let changes = "SELECT count(*) FROM events WHERE kind = 'ACCESS_TOKEN_CHANGED'";
    until(&alice, changes, 2).await;
    until(&alice, kinds, 1).await;
}

/// True when the row of the token with this global id is there.
async fn is_kept(conn: &mut diesel_async::AsyncPgConnection, id: &str) -> bool {
    use amda::db::schema::access_tokens;
    use amda::id::AccessTokenId;
    use diesel::QueryDsl;
    use diesel_async::RunQueryDsl;

    let id = AccessTokenId::from_global(id).unwrap();
    let found: i64 = access_tokens::table
        .find(id)
        .count()
        .get_result(conn)
        .await
        .unwrap();
    found == 1
}

/// Waits until `query` counts so many.
async fn until(alice: &Alice, query: &str, wanted: i64) {
    let owner = crate::support::database::connect(alice.world.database.url()).await;
    let counted = async { while owner.query_one(query, &[]).await.unwrap().get::<_, i64>(0) != wanted {} };
    timeout(DEADLINE, counted).await.expect("it happens in time");
}
