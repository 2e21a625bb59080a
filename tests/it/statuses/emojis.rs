use amda::account::AccountRef;
use amda::event::Person;
use amda::plan::{self, Plan};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::likes::contact;
use super::{likes, posts, says, turn_on};
use crate::support::whatsapp::{alice, bob, words};
use crate::support::world::World;

/// The payload of a change of emojis.
async fn set(world: &World, account: AccountRef, emojis: Value) -> Value {
    let mutation = "mutation($input: UpdateAutoLikeSettingsInput!) { updateAutoLikeSettings(input: $input) {
        autoLikeSettings { contactEmojis { emoji contact { phoneNumber } } } errors { code path message }
    } }";
    let input = json!({ "accountId": account.id.to_global(), "settings": { "contactEmojis": emojis } });
    let mut data = world.ask(account, mutation, json!({ "input": input })).await;
    data["updateAutoLikeSettings"].take()
}

/// A world with auto-like on in which Alice is a contact; returns the world and her id.
async fn acquainted(plan: &str) -> (World, AccountRef, String) {
    let (world, account) = World::with_user(plan).await;
    let by_number = Person { lid: None, ..alice() };
    world
        .receive(
            account,
            &[posts(by_number, "S0", "before"), posts(bob(), "S9", "before")],
        )
        .await;
    turn_on(&world, account, json!({})).await;
    let known = contact(&world, account, "49151001").await;
    (world, account, known)
}

/// The emoji of each like, by the status's text.
async fn emojis(world: &World, account: AccountRef) -> Vec<String> {
    let likes = likes(world, account).await;
    let mut told: Vec<String> = likes
        .iter()
        .map(|like| {
            let text = like["status"]["text"].as_str().unwrap();
            format!("{text} {}", like["emoji"].as_str().unwrap())
        })
        .collect();
    told.sort();
    told
}

#[tokio::test]
async fn a_contact_with_an_emoji_of_their_own_is_liked_with_it_by_either_name() {
    let (world, account, known) = acquainted("PREMIUM").await;
    let reply = set(&world, account, json!([{ "contactId": known, "emoji": "🔥" }])).await;
    let by_lid = Person {
        phone_number: None,
        ..alice()
    };

    world
        .receive(
            account,
            &[
                posts(alice(), "S1", "one"),
                posts(by_lid, "S2", "two"),
                posts(bob(), "S3", "three"),
            ],
        )
        .await;

    assert_eq!(
        reply["autoLikeSettings"]["contactEmojis"],
        json!([{ "emoji": "🔥", "contact": { "phoneNumber": "+49151001" } }])
    );
    assert_eq!(emojis(&world, account).await, ["one 🔥", "three 💚", "two 🔥"]);
}

#[tokio::test]
async fn an_emoji_is_changed_and_taken_away_by_itself() {
    let (world, account, known) = acquainted("PREMIUM").await;
    let other = contact(&world, account, "49151002").await;
    let both = json!([{ "contactId": known, "emoji": "🔥" }, { "contactId": other, "emoji": "🎉" }]);
    set(&world, account, both).await;

    let changed = set(&world, account, json!([{ "contactId": known, "emoji": "😂" }])).await;
    // Alice turns out to have a row by LID, which stands for her from now on; the old id still names her.
    let by_lid = Person {
        phone_number: None,
        ..alice()
    };
    world.receive(account, &[posts(by_lid, "S1", "one")]).await;
    world.receive(account, &[posts(alice(), "S2", "two")]).await;
    let taken = set(&world, account, json!([{ "contactId": known, "emoji": null }])).await;

    assert_eq!(
        changed["autoLikeSettings"]["contactEmojis"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        taken["autoLikeSettings"]["contactEmojis"],
        json!([{ "emoji": "🎉", "contact": { "phoneNumber": "+49151002" } }])
    );
    assert_eq!(emojis(&world, account).await, ["one 💚", "two 😂"]);
}

#[tokio::test]
async fn emojis_of_contacts_need_premium_and_rest_when_it_ends() {
    let (world, account, known) = acquainted("PREMIUM").await;
    let emoji = json!([{ "contactId": known, "emoji": "🔥" }]);
    set(&world, account, emoji.clone()).await;
    let mut work = world.core.begin(account.user).await.unwrap();
    plan::set(&mut work, Plan::Free).await.unwrap();
    work.commit().await.unwrap();

    world.receive(account, &[posts(alice(), "S1", "one")]).await;
    let refused = set(&world, account, emoji).await;
    let taken = set(&world, account, json!([{ "contactId": known, "emoji": null }])).await;

    assert_eq!(emojis(&world, account).await, ["one 💚"]);
    assert_eq!(refused["errors"][0]["code"], "ENTITLEMENT_REQUIRED");
    assert_eq!(refused["errors"][0]["path"], json!(["settings", "contactEmojis"]));
    assert_eq!(taken["autoLikeSettings"]["contactEmojis"], json!([]));
}

#[tokio::test]
async fn what_is_no_emoji_or_no_contact_is_refused() {
    let (world, account, known) = acquainted("PREMIUM").await;
    let nobody: amda::id::ContactId = world.core.ids.next();

    let wrong = set(&world, account, json!([{ "contactId": known, "emoji": "ok" }])).await;
    let unknown = set(
        &world,
        account,
        json!([{ "contactId": nobody.to_global(), "emoji": "🔥" }]),
    )
    .await;
    let malformed = set(
        &world,
        account,
        json!([{ "contactId": "nonsense", "emoji": "🔥" }]),
    )
    .await;

    assert_eq!(wrong["errors"][0]["code"], "INVALID_INPUT");
    assert_eq!(unknown["errors"][0]["code"], "NOT_FOUND");
    assert_eq!(
        malformed["errors"][0]["path"],
        json!(["settings", "contactEmojis", "0", "contactId"])
    );
    assert_eq!(malformed["errors"][0]["path"], unknown["errors"][0]["path"]);
    assert_eq!(
        wrong["errors"][0]["path"],
        json!(["settings", "contactEmojis", "0", "emoji"])
    );
}

#[tokio::test]
async fn a_change_of_endless_emojis_is_refused() {
    let (world, account, known) = acquainted("PREMIUM").await;
    let endless = vec![json!({ "contactId": known, "emoji": "🔥" }); 1_001];

    let refused = set(&world, account, json!(endless)).await;

    assert_eq!(refused["errors"][0]["code"], "INVALID_INPUT");
    assert_eq!(refused["errors"][0]["path"], json!(["settings", "contactEmojis"]));
}

#[tokio::test]
async fn a_preview_tells_the_emoji() {
    let (world, account, known) = acquainted("PREMIUM").await;
    let query = "query($settings: AutoLikeSettingsInput) { viewer { accounts { nodes {
        autoLikePreview(settings: $settings) { items { status { author { phoneNumber } } emoji } }
    } } } }";
    world.clock.advance(TimeDelta::minutes(1));
    world
        .receive(
            account,
            &[says(alice(), "S1", world.core.clock.now(), words("one"))],
        )
        .await;

    let settings = json!({ "contactEmojis": [{ "contactId": known, "emoji": "🔥" }] });
    let found = world.ask(account, query, json!({ "settings": settings })).await;

    let preview = &found["viewer"]["accounts"]["nodes"][0]["autoLikePreview"];
    let items = preview["items"].as_array().unwrap();
    let of = |phone: &str| {
        let theirs = items
            .iter()
            .filter(|item| item["status"]["author"]["phoneNumber"] == phone);
        theirs
            .map(|item| item["emoji"].as_str().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!((of("+49151001"), of("+49151002")), (vec!["🔥", "🔥"], vec!["💚"]));
}
