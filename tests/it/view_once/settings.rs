//! The settings of capturing, and the notice before it is turned on.

use amda::account::AccountRef;
use diesel_async::SimpleAsyncConnection;
use serde_json::{Value, json};

use super::turn;
use crate::support::world::World;

const SETTINGS: &str = "{ viewer { accounts { nodes {
    viewOnceSettings { id isEnabled privacyNotice account { id } }
} } } }";

async fn settings(world: &World, account: AccountRef) -> Value {
    let mut data = world.ask(account, SETTINGS, json!({})).await;
    data["viewer"]["accounts"]["nodes"][0]["viewOnceSettings"].take()
}

/// The payload of a change with exactly this input.
async fn update(world: &World, asker: AccountRef, input: Value) -> Value {
    let mutation = "mutation($input: UpdateViewOnceSettingsInput!) { updateViewOnceSettings(input: $input) {
        viewOnceSettings { id isEnabled } account { id } errors { code message path }
    } }";
    let mut data = world.ask(asker, mutation, json!({ "input": input })).await;
    data["updateViewOnceSettings"].take()
}

#[tokio::test]
async fn capturing_is_off_until_the_notice_is_acknowledged() {
    let (world, account) = World::with_user("FREE").await;
    let id = account.id.to_global();
    let on = json!({ "accountId": id, "settings": { "isEnabled": true } });

    let before = settings(&world, account).await;
    let refused = update(&world, account, on).await;
    let events_before = world.events(account).await.len();
    let payload = turn(&world, account, account, true).await;

    assert_eq!(before["isEnabled"], false);
    assert_eq!(
        refused,
        json!({ "viewOnceSettings": null, "account": null, "errors": [{
            "code": "INVALID_INPUT",
            "path": ["acknowledgesPrivacyNotice"],
            "message": "show viewOnceSettings.privacyNotice to the user, and pass true when they agree to it",
        }] })
    );
    assert_eq!(events_before, 0);
    assert_eq!(
        payload,
        json!({ "viewOnceSettings": { "isEnabled": true }, "account": { "id": id }, "errors": [] })
    );
    assert_eq!(settings(&world, account).await["isEnabled"], true);
    assert_eq!(world.events(account).await.len(), 1);
    turn(&world, account, account, true).await;
    assert_eq!(
        world.events(account).await.len(),
        1,
        "the second time nothing changed"
    );
}

#[tokio::test]
async fn what_is_on_stays_on_and_is_turned_off_without_the_notice() {
    let (world, account) = World::with_user("FREE").await;
    let id = account.id.to_global();
    turn(&world, account, account, true).await;

    let still_on = update(
        &world,
        account,
        json!({ "accountId": id, "settings": { "isEnabled": true } }),
    )
    .await;
    let unchanged = update(&world, account, json!({ "accountId": id, "settings": {} })).await;
    let off = update(
        &world,
        account,
        json!({ "accountId": id, "settings": { "isEnabled": false } }),
    )
    .await;

    assert_eq!(still_on["viewOnceSettings"]["isEnabled"], true);
    assert_eq!(unchanged["viewOnceSettings"]["isEnabled"], true);
    assert_eq!(off["viewOnceSettings"]["isEnabled"], false);
}

#[tokio::test]
async fn all_mistakes_of_a_change_are_told_at_once() {
    let (world, account) = World::with_user("FREE").await;
    let theirs = world.user("FREE").await;

    for id in [theirs.id.to_global(), "nothing".to_owned()] {
        let input = json!({ "accountId": id, "settings": { "isEnabled": true } });
        let errors = update(&world, account, input).await["errors"].take();

        let places: Vec<_> = errors
            .as_array()
            .unwrap()
            .iter()
            .map(|error| (error["code"].clone(), error["path"].clone()))
            .collect();
        assert_eq!(
            places,
            [
                (json!("NOT_FOUND"), json!(["accountId"])),
                (json!("INVALID_INPUT"), json!(["acknowledgesPrivacyNotice"])),
            ]
        );
    }
}

#[tokio::test]
async fn the_notice_is_in_the_users_language() {
    let (world, account) = World::with_user("FREE").await;
    let mut all = world.everything().await;

    for (locale, words) in [
        ("en-GB", "expects that it is seen once"),
        ("fr", "vu une seule fois"),
        ("pt-BR", "vista uma só vez"),
        ("de", "expects that it is seen once"),
    ] {
        let set = format!("UPDATE users SET locale = '{locale}'");
        all.batch_execute(&set).await.unwrap();

        let notice = settings(&world, account).await["privacyNotice"].take();

        assert!(notice.as_str().unwrap().contains(words), "{locale}: {notice}");
    }
}

#[tokio::test]
async fn settings_are_nodes_of_their_owner_alone() {
    let (world, account) = World::with_user("FREE").await;
    let other = world.user("FREE").await;
    let both = "{ viewer { accounts { nodes { viewOnceSettings { id } deletedMessageSettings { id } } } } }";
    let found = world.ask(account, both, json!({})).await;
    let of_account = &found["viewer"]["accounts"]["nodes"][0];
    let ids = json!([
        of_account["viewOnceSettings"]["id"],
        of_account["deletedMessageSettings"]["id"]
    ]);
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) {
        ... on ViewOnceSettings { isEnabled account { id } }
        ... on DeletedMessageSettings { includesGroups account { id } }
    } }";

    let own = world.ask(account, query, json!({ "ids": ids })).await;
    let foreign = world.ask(other, query, json!({ "ids": ids })).await;

    let parent = json!({ "id": account.id.to_global() });
    assert_eq!(
        own["nodes"],
        json!([{ "isEnabled": false, "account": parent }, { "includesGroups": true, "account": parent }])
    );
    assert_eq!(foreign["nodes"], json!([null, null]));
}
