use amda::event::{Event, Mute, Muted};
use amda::hub::EventKind;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{posts, says, turn_on, update};
use crate::support::core::noon;
use crate::support::graphql::{field_errors, merged};
use crate::support::whatsapp::{alice, bob, owner, words};
use crate::support::world::World;

#[tokio::test]
async fn settings_are_off_at_first_and_change_only_where_named() {
    let (world, account) = World::with_user("FREE").await;
    let query = "{ viewer { accounts { nodes { autoLikeSettings { isEnabled emoji scope skipsMuted maxPerHour quietHours { from } } } } } }";

    let before = world.ask(account, query, json!({})).await;
    let changed = update(
        &world,
        account,
        account,
        json!({ "isEnabled": true, "emoji": "❤️" }),
    )
    .await;
    let after = world.ask(account, query, json!({})).await;

    assert_eq!(
        before["viewer"]["accounts"]["nodes"][0]["autoLikeSettings"],
        json!({ "isEnabled": false, "emoji": "💚", "scope": "ALL", "skipsMuted": true, "maxPerHour": 60, "quietHours": null })
    );
    assert_eq!(changed["errors"], json!([]));
    assert_eq!(
        after["viewer"]["accounts"]["nodes"][0]["autoLikeSettings"],
        json!({ "isEnabled": true, "emoji": "❤️", "scope": "ALL", "skipsMuted": true, "maxPerHour": 60, "quietHours": null })
    );
    let events = world.events(account).await;
    assert_eq!(
        events.last().map(|row| row.event.kind),
        Some(EventKind::AccountChanged)
    );
}

#[tokio::test]
async fn every_wrong_value_is_told_at_once_and_nothing_is_changed() {
    let (world, account) = World::with_user("PREMIUM").await;
    let endless = "👩\u{200D}".repeat(20) + "👩";
    let wrong = [
        json!({ "emoji": "💚💚", "maxPerHour": 0, "contactIds": ["nonsense"] }),
        json!({ "emoji": endless, "maxPerHour": 121, "quietHours": { "from": "10pm", "until": "9:00" } }),
        json!({
            "quietHours": { "from": "22:00", "until": "22:00" },
            "contactEmojis": [{ "contactId": "nonsense", "emoji": "ok" }],
        }),
    ];

    let mut told = Vec::new();
    for settings in wrong {
        let settings = merged(json!({ "isEnabled": true }), &settings);
        let reply = update(&world, account, account, settings).await;
        assert_eq!(reply["autoLikeSettings"], json!(null));
        told.push(mistakes(&reply));
    }

    assert_eq!(told[0], ["emoji", "maxPerHour", "contactIds.0 (NOT_FOUND)"]);
    assert_eq!(
        told[1],
        ["emoji", "maxPerHour", "quietHours.from", "quietHours.until"]
    );
    assert_eq!(
        told[2],
        [
            "contactEmojis.0.contactId (NOT_FOUND)",
            "contactEmojis.0.emoji",
            "quietHours.until"
        ]
    );
    assert!(world.events(account).await.is_empty());
}

/// The places below `settings` of the wrong values of a reply, in order, with the code where it is not `INVALID_INPUT`.
fn mistakes(reply: &Value) -> Vec<String> {
    let errors = reply["errors"].as_array().unwrap().iter();
    let place = |error: &Value| {
        let path = error["path"].as_array().unwrap();
        assert_eq!(path[0], "settings", "{error}");
        let names: Vec<_> = path[1..].iter().map(|name| name.as_str().unwrap()).collect();
        let place = names.join(".");
        match error["code"].as_str().unwrap() {
            "INVALID_INPUT" => place,
            code => format!("{place} ({code})"),
        }
    };
    errors.map(place).collect()
}

#[tokio::test]
async fn the_settings_are_a_node_and_come_with_their_account() {
    let (world, account) = World::with_user("FREE").await;
    let stranger = world.user("FREE").await;
    let changed = update(&world, account, account, json!({ "maxPerHour": 7 })).await;
    let query =
        "query($id: ID!) { node(id: $id) { id ... on AutoLikeSettings { maxPerHour account { id } } } }";
    let id = changed["autoLikeSettings"]["id"].clone();

    let found = world.ask(account, query, json!({ "id": id })).await;
    let hidden = world.ask(stranger, query, json!({ "id": id })).await;

    assert_eq!(changed["account"]["id"], account.id.to_global());
    assert_eq!(
        found["node"],
        json!({ "id": id, "maxPerHour": 7, "account": { "id": account.id.to_global() } })
    );
    assert_eq!(hidden["node"], json!(null));
}

#[tokio::test]
async fn lists_and_quiet_hours_need_premium() {
    let (world, free) = World::with_user("FREE").await;
    let premium = world.user("PREMIUM").await;
    let hours = json!({ "quietHours": { "from": "22:00", "until": "07:00" } });

    for wanted in [
        json!({ "scope": "ONLY" }),
        json!({ "scope": "EXCEPT" }),
        hours.clone(),
    ] {
        let reply = update(&world, free, free, wanted.clone()).await;
        assert_eq!(reply["errors"][0]["code"], "ENTITLEMENT_REQUIRED", "{wanted}");
    }
    let both =
        json!({ "scope": "ONLY", "quietHours": { "from": "late", "until": "07:00" }, "maxPerHour": 0 });
    let told = update(&world, free, free, both).await;
    assert_eq!(told["errors"].as_array().unwrap().len(), 4, "{told}");
    let set = update(&world, premium, premium, hours).await;
    let unset = update(&world, premium, premium, json!({ "quietHours": null })).await;

    assert_eq!(
        set["autoLikeSettings"]["quietHours"],
        json!({ "from": "22:00", "until": "07:00" })
    );
    assert_eq!(unset["autoLikeSettings"]["quietHours"], json!(null));
}

#[tokio::test]
async fn somebody_elses_account_and_contacts_look_like_none_at_all() {
    let (world, mine) = World::with_user("PREMIUM").await;
    let theirs = world.user("PREMIUM").await;
    world.receive(theirs, &[posts(alice(), "S1", "hello")]).await;
    turn_on(&world, theirs, json!({})).await;
    let query = "{ viewer { statuses { edges { node { author { id } } } } } }";
    let data = world.ask(theirs, query, json!({})).await;
    let their_contact = data["viewer"]["statuses"]["edges"][0]["node"]["author"]["id"].clone();
    let nobody = amda::account::AccountRef {
        id: world.core.ids.next(),
        ..mine
    };
    let no_contact: amda::id::ContactId = world.core.ids.next();

    let of_theirs = update(&world, mine, theirs, json!({ "isEnabled": false })).await;
    let of_nobody = update(&world, mine, nobody, json!({ "isEnabled": false })).await;
    let with_theirs = update(&world, mine, mine, json!({ "contactIds": [their_contact] })).await;
    let with_none = update(
        &world,
        mine,
        mine,
        json!({ "contactIds": [no_contact.to_global()] }),
    )
    .await;

    assert_eq!(of_theirs, of_nobody);
    assert_eq!(of_theirs["errors"][0]["code"], "NOT_FOUND");
    assert_eq!(with_theirs, with_none);
    assert_eq!(with_theirs["errors"][0]["code"], "NOT_FOUND");
    assert_eq!(
        with_theirs["errors"][0]["path"],
        json!(["settings", "contactIds", "0"])
    );
    let with_mistakes = update(&world, mine, theirs, json!({ "maxPerHour": 0 })).await;
    assert_eq!(with_mistakes["errors"][0]["path"], json!(["accountId"]));
    assert_eq!(
        with_mistakes["errors"][1]["path"],
        json!(["settings", "maxPerHour"])
    );
}

#[tokio::test]
async fn a_list_can_be_emptied() {
    let (world, account) = World::with_user("PREMIUM").await;
    world.receive(account, &[posts(alice(), "S1", "hello")]).await;
    let query = "{ viewer { statuses { edges { node { author { id } } } } } }";
    let data = world.ask(account, query, json!({})).await;
    let contact = data["viewer"]["statuses"]["edges"][0]["node"]["author"]["id"].clone();

    let filled = update(
        &world,
        account,
        account,
        json!({ "contactIds": [contact, contact] }),
    )
    .await;
    let emptied = update(&world, account, account, json!({ "contactIds": [] })).await;

    assert_eq!(
        filled["autoLikeSettings"]["contacts"],
        json!([{ "id": contact, "displayName": "+49151001" }])
    );
    assert_eq!(emptied["autoLikeSettings"]["contacts"], json!([]));
}

#[tokio::test]
async fn a_preview_tells_what_a_change_would_have_done_and_changes_nothing() {
    let (world, account) = World::with_user("FREE").await;
    let late = noon() - TimeDelta::hours(25);
    let mute = Mute {
        person: bob(),
        what: Muted::Chat,
        is_muted: true,
    };
    let minute = |minutes| noon() + TimeDelta::minutes(minutes);
    world
        .receive(
            account,
            &[
                says(alice(), "S0", late, words("yesterday")),
                says(alice(), "S1", minute(1), words("one")),
                says(owner(), "S2", minute(2), words("mine")),
                Event::Mute(mute),
                says(bob(), "S3", minute(3), words("two")),
                says(alice(), "S4", minute(4), words("three")),
            ],
        )
        .await;
    let before = world.events(account).await.len();
    let query = "query($settings: AutoLikeSettingsInput) { viewer { id accounts { nodes { id
        autoLikePreview(settings: $settings) { likeCount skipCount items { status { text } isLiked skipReason } }
    } } } }";
    let preview = async |settings: Value| {
        let answer = world
            .respond(account, query, json!({ "settings": settings }))
            .await;
        let data = answer.data.into_json().unwrap();
        let preview = data["viewer"]["accounts"]["nodes"][0]["autoLikePreview"].clone();
        (preview, answer.errors)
    };

    let (found, _) = preview(json!({ "maxPerHour": 1 })).await;
    let (present, _) = preview(json!(null)).await;
    let (none, errors) = preview(json!({ "emoji": "ok", "maxPerHour": 0 })).await;

    assert_eq!(
        found,
        json!({ "likeCount": 1, "skipCount": 2, "items": [
            { "status": { "text": "three" }, "isLiked": false, "skipReason": "HOURLY_LIMIT" },
            { "status": { "text": "two" }, "isLiked": false, "skipReason": "MUTED_CONTACT" },
            { "status": { "text": "one" }, "isLiked": true, "skipReason": null },
        ] })
    );
    assert_eq!(present["likeCount"], 2);
    assert_eq!(none, json!(null));
    let error = serde_json::to_value(&errors[0]).unwrap();
    assert_eq!(
        field_errors(&error),
        json!([
            ["INVALID_INPUT", ["settings", "emoji"], null],
            ["INVALID_INPUT", ["settings", "maxPerHour"], null],
        ])
    );
    let told = error["message"].as_str().unwrap();
    assert!(told.starts_with("settings.emoji: 'ok'"), "{told}");
    assert_eq!(world.events(account).await.len(), before);
}

#[tokio::test]
async fn a_preview_of_what_only_premium_includes_says_so_of_its_field() {
    let (world, account) = World::with_user("FREE").await;
    let query = "query($id: ID!, $settings: AutoLikeSettingsInput) { node(id: $id) { ... on Account {
        id autoLikePreview(settings: $settings) { likeCount }
    } } }";
    let settings = json!({ "quietHours": { "from": "22:00", "until": "07:00" }, "emoji": "ok" });

    let refused = world
        .respond(
            account,
            query,
            json!({ "id": account.id.to_global(), "settings": settings }),
        )
        .await;

    assert_eq!(
        field_errors(&serde_json::to_value(&refused.errors[0]).unwrap()),
        json!([
            ["INVALID_INPUT", ["settings", "emoji"], null],
            ["ENTITLEMENT_REQUIRED", ["settings", "quietHours"], "PREMIUM"],
        ])
    );
}
