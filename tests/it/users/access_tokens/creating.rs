use amda::config::DefaultPlan;
use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use serde_json::{Value, json};

use super::super::mailbox::Mailbox;
use super::super::{codes, registered, run_operation};
use super::{Alice, LIST};
use crate::support::core::noon;
use crate::support::database::connect;

fn time(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_token_is_shown_once_and_kept_as_a_hash() {
    let alice = Alice::register().await;
    let ids = [alice.account.id.to_global()];

    let created = alice
        .create(json!({"name": " Nightly\nbackup ", "scopes": ["ACT", "READ", "ACT"], "accountIds": ids}))
        .await;

    let token = created["token"].as_str().unwrap();
    let shown = &created["accessToken"];
    assert_eq!(token.len(), 53);
    assert!(token.starts_with("amda_") && token.ends_with(shown["lastFour"].as_str().unwrap()));
    assert_eq!(shown["name"], "Nightly backup");
    assert_eq!(shown["scopes"], json!(["READ", "ACT"]));
    assert_eq!(shown["accounts"], json!([{ "id": ids[0] }]));
    assert_eq!(created["viewer"]["accessTokens"]["totalCount"], 1);
    let listed = alice.ask(LIST, json!({})).await;
    assert_eq!(
        listed["viewer"]["accessTokens"]["edges"][0]["node"]["id"],
        shown["id"]
    );
    let owner = connect(alice.world.database.url()).await;
    let kept = owner
        .query_one("SELECT access_tokens::text FROM access_tokens", &[])
        .await
        .unwrap();
    assert!(!kept.get::<_, String>(0).contains(&token[5..]));
}

#[tokio::test]
async fn a_token_lives_ninety_days_unless_another_end_is_asked_for() {
    let alice = Alice::register().await;
    let tomorrow = noon() + TimeDelta::days(1);

    let usual = alice.create(json!({"name": "a", "scopes": ["READ"]})).await;
    let short = alice
        .create(json!({"name": "b", "scopes": ["READ"], "expiresAt": tomorrow}))
        .await;

    assert_eq!(
        time(&usual["accessToken"]["expiresAt"]),
        noon() + TimeDelta::days(90)
    );
    assert!(usual["accessToken"]["accounts"].is_null());
    assert_eq!(time(&short["accessToken"]["expiresAt"]), tomorrow);
}

#[tokio::test]
async fn of_fifty_one_tokens_that_are_created_at_once_fifty_are() {
    let alice = Alice::register().await;

    let creating =
        (0..51).map(|number| alice.create(json!({"name": format!("{number}"), "scopes": ["READ"]})));
    let created = join_all(creating).await;

    let refused: Vec<&Value> = created
        .iter()
        .filter(|payload| payload["token"].is_null())
        .collect();
    let [refused] = refused.as_slice() else {
        panic!("{refused:#?}");
    };
    assert_eq!(codes(refused), ["LIMIT_EXCEEDED"]);
    assert_eq!(refused["errors"][0]["limit"], 50);
    assert_eq!(refused["errors"][0]["used"], 50);
    let listed = alice.ask(LIST, json!({})).await;
    assert_eq!(listed["viewer"]["accessTokens"]["totalCount"], 50);
}

#[tokio::test]
async fn the_owner_of_a_new_token_is_told_by_mail_in_the_app_and_in_open_lists() {
    let (world, mut mailbox) =
        Mailbox::with(|choices| choices.config.default_plan = DefaultPlan::Premium).await;
    let alice = Alice::in_world(world).await;
    let (_, id) = alice.token(&["READ"], None).await;

    let mail = mailbox.find(&alice.world, 2, "An access token was created").await;
    let notifications = "{ viewer { notifications { edges { node { kind subject { id } body } } }
        events { edges { node { kind ... on AccessTokenEvent { accessToken { id } } } } } } }";
    let told = alice.ask(notifications, json!({})).await;

    assert!(mail.mail.parts[0].body.contains("change your password"));
    let notice = &told["viewer"]["notifications"]["edges"][0]["node"];
    assert_eq!(notice["kind"], "ACCESS_TOKEN_CREATED");
    assert_eq!(notice["subject"]["id"], id);
    assert!(
        notice["body"]
            .as_str()
            .unwrap()
            .contains("until 21 February 2027")
    );
    let events = told["viewer"]["events"]["edges"].as_array().unwrap();
    let event = events
        .iter()
        .find(|event| event["node"]["kind"] == "ACCESS_TOKEN_CHANGED");
    assert_eq!(event.unwrap()["node"]["accessToken"]["id"], id);
}

#[tokio::test]
async fn nobody_sees_or_revokes_the_token_of_another_user() {
    let alice = Alice::register().await;
    let (token, id) = alice.token(&["READ"], None).await;
    let (bob, _) = registered(&alice.world, "bob@example.org").await;

    let node = "query ($id: ID!) { node(id: $id) { id } viewer { accessTokens { totalCount } } }";
    let seen = run_operation(&alice.world, &bob, node, json!({ "id": id })).await;
    let input = json!({"input": {"accessTokenId": id}});
    let revoked = run_operation(&alice.world, &bob, super::REVOKE, input).await;

    assert_eq!(
        seen,
        json!({"node": null, "viewer": {"accessTokens": {"totalCount": 0}}})
    );
    assert_eq!(codes(&revoked["revokeAccessToken"]), ["NOT_FOUND"]);
    assert!(alice.is_good(&token).await);
}
