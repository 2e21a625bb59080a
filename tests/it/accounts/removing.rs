//! Renaming, unlinking and removing accounts.

use amda::db::schema::{accounts, contacts, jobs, media, scheduled_statuses};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures::StreamExt;
use serde_json::json;

use super::{field, mutate};
use crate::scheduled_statuses::steps::{add_contact, add_upload, plan_text};
use crate::support::database::until_waiting;
use crate::support::whatsapp::alice;
use crate::support::world::World;

#[tokio::test]
async fn an_account_is_renamed_and_a_blank_label_is_refused() {
    let (world, account) = World::with_user("FREE").await;

    let renamed = mutate(
        &world,
        account,
        "renameAccount",
        "RenameAccountInput",
        json!({"label": " Work "}),
    )
    .await;
    let refused = mutate(
        &world,
        account,
        "renameAccount",
        "RenameAccountInput",
        json!({"label": "  "}),
    )
    .await;

    assert_eq!(renamed["account"]["label"], "Work", "{renamed}");
    let error = &refused["errors"][0];
    assert_eq!(
        (&error["code"], &error["path"]),
        (&json!("INVALID_INPUT"), &json!(["label"]))
    );
    assert_eq!(field(&world, account, "label").await, "Work");
    let stranger = world.user("FREE").await;
    let input = json!({"label": "Mine", "accountId": account.id.to_global()});
    let theirs = mutate(&world, stranger, "renameAccount", "RenameAccountInput", input).await;
    assert_eq!(theirs["errors"][0]["code"], "NOT_FOUND");
}

#[tokio::test]
async fn unlinking_warns_of_scheduled_statuses() {
    let (world, account) = World::with_user("FREE").await;
    plan_text(&world, account, 10).await;

    let refused = mutate(&world, account, "unlinkAccount", "UnlinkAccountInput", json!({})).await;

    let error = &refused["errors"][0];
    assert_eq!(
        (&error["code"], &error["path"]),
        (&json!("CONFLICT"), &json!(["isConfirmed"]))
    );
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains("the account has 1 scheduled status"),
        "{error}"
    );
    assert_eq!(field(&world, account, "state").await, "ONLINE");
    assert_eq!(field(&world, account, "scheduledStatusCount").await, 1);
    let input = json!({"isConfirmed": true});
    let unlinked = mutate(&world, account, "unlinkAccount", "UnlinkAccountInput", input).await;
    assert_eq!(unlinked["account"]["state"], "UNLINKED", "{unlinked}");
}

#[tokio::test]
async fn removing_an_account_asks_first_and_then_leaves_nothing() {
    let (world, account) = World::with_user("FREE").await;
    let other = world.account(account.user).await;
    add_contact(&world, account, "Alice", &alice()).await;
    add_contact(&world, other, "Alice", &alice()).await;
    add_upload(&world, account, "image/png").await;
    plan_text(&world, account, 10).await;

    let asked = mutate(&world, account, "removeAccount", "RemoveAccountInput", json!({})).await;
    let error = &asked["errors"][0];
    assert_eq!(error["code"], "CONFLICT");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .contains(", 1 scheduled status among it"),
        "{error}"
    );
    assert_eq!(field(&world, account, "state").await, "ONLINE");

    let input = json!({"isConfirmed": true});
    let removed = mutate(&world, account, "removeAccount", "RemoveAccountInput", input).await;

    assert_eq!(removed["removedAccountId"], account.id.to_global(), "{removed}");
    let left = json!([{ "id": other.id.to_global() }]);
    assert_eq!(removed["viewer"]["accounts"]["nodes"], left);
    let gone = world
        .ask(
            other,
            "query ($id: ID!) { node(id: $id) { id } }",
            json!({"id": account.id.to_global()}),
        )
        .await;
    assert_eq!(gone["node"], json!(null));
    let mut all = world.everything().await;
    let left: i64 = contacts::table.count().get_result(&mut all).await.unwrap();
    assert_eq!(left, 1, "the other account's contact stays");
    assert_eq!(media::table.count().get_result::<i64>(&mut all).await.unwrap(), 0);
    assert_eq!(
        scheduled_statuses::table
            .count()
            .get_result::<i64>(&mut all)
            .await
            .unwrap(),
        0
    );
    let discarding = jobs::table.filter(jobs::kind.eq("media.discard_all")).count();
    assert_eq!(discarding.get_result::<i64>(&mut all).await.unwrap(), 1);
    let query = "subscription($after: Cursor) { events(after: $after, kinds: [ACCOUNT_REMOVED]) {
        ... on AccountRemovedEvent { account { id } removedAccount { id } }
    } }";
    let beginning = data_encoding::BASE64URL_NOPAD.encode(b"event:0");
    let mut heard = world.subscribe(other, query, json!({ "after": beginning }));
    let event = heard.next().await.unwrap().data.into_json().unwrap();
    let expected = json!({ "account": null, "removedAccount": { "id": account.id.to_global() } });
    assert_eq!(event["events"], expected);
}

#[tokio::test]
async fn an_account_that_is_unlinked_while_it_is_restarted_stays_unlinked() {
    let (world, account) = World::with_user("FREE").await;
    let mut unlinking = world.core.begin(account.user).await.unwrap();
    unlinking.lock_user().await.unwrap();
    let restarting = mutate(
        &world,
        account,
        "restartAccount",
        "RestartAccountInput",
        json!({}),
    );
    let unlink = async {
        // The restart has seen a link by now.
        until_waiting(&world.database, 1).await;
        diesel::update(accounts::table.find(account.id))
            .set(accounts::state.eq("UNLINKED"))
            .execute(&mut *unlinking)
            .await
            .unwrap();
        unlinking.commit().await.unwrap();
    };

    let (refused, ()) = tokio::join!(restarting, unlink);

    assert_eq!(refused["errors"][0]["code"], "CONFLICT", "{refused}");
    assert_eq!(field(&world, account, "state").await, "UNLINKED");
}
