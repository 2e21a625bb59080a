use amda::event::{Event, Mute, Muted};
use amda::hub::EventKind;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{posts, says, turn_on, update};
use crate::support::core::noon;
use crate::support::whatsapp::{alice, bob, owner, words};
use crate::support::world::World;

#[tokio::test]
async fn settings_are_off_at_first_and_change_only_where_named() {
    let (world, account) = World::with_user("FREE").await;
    let query = "{ viewer { accounts { nodes { autoLike { isEnabled emoji scope skipMuted maxPerHour quietHours { from } } } } } }";

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
        before["viewer"]["accounts"]["nodes"][0]["autoLike"],
        json!({ "isEnabled": false, "emoji": "💚", "scope": "ALL", "skipMuted": true, "maxPerHour": 60, "quietHours": null })
    );
    assert_eq!(changed["errors"], json!([]));
    assert_eq!(
        after["viewer"]["accounts"]["nodes"][0]["autoLike"],
        json!({ "isEnabled": true, "emoji": "❤️", "scope": "ALL", "skipMuted": true, "maxPerHour": 60, "quietHours": null })
    );
    let events = world.events(account).await;
    assert_eq!(
        events.last().map(|row| row.event.kind),
        Some(EventKind::AccountChanged)
    );
}

#[tokio::test]
async fn wrong_values_are_refused_and_change_nothing() {
    let (world, account) = World::with_user("PREMIUM").await;
    let endless = "👩\u{200D}".repeat(20) + "👩";
    let refused = [
        (json!({ "emoji": "💚💚" }), "emoji"),
        (json!({ "emoji": "ok" }), "emoji"),
        (json!({ "emoji": endless }), "emoji"),
        (json!({ "maxPerHour": 0 }), "maxPerHour"),
        (json!({ "maxPerHour": 121 }), "maxPerHour"),
        (
            json!({ "quietHours": { "from": "22:00", "until": "22:00" } }),
            "quietHours",
        ),
        (
            json!({ "quietHours": { "from": "10pm", "until": "22:00" } }),
            "quietHours",
        ),
        (
            json!({ "quietHours": { "from": "9:00", "until": "22:00" } }),
            "quietHours",
        ),
        (json!({ "contactIds": ["nonsense"] }), "contactIds"),
    ];

    for (wrong, path) in refused {
        let reply = update(
            &world,
            account,
            account,
            super::merged(json!({ "isEnabled": true }), &wrong),
        )
        .await;

        assert_eq!(reply["errors"][0]["code"], "INVALID_INPUT", "{wrong}");
        assert_eq!(reply["errors"][0]["path"], json!([path]), "{wrong}");
        assert_eq!(reply["autoLike"], json!(null), "{wrong}");
    }
    assert!(world.events(account).await.is_empty());
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
    let set = update(&world, premium, premium, hours).await;
    let unset = update(&world, premium, premium, json!({ "quietHours": null })).await;

    assert_eq!(
        set["autoLike"]["quietHours"],
        json!({ "from": "22:00", "until": "07:00" })
    );
    assert_eq!(unset["autoLike"]["quietHours"], json!(null));
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
        filled["autoLike"]["contacts"],
        json!([{ "id": contact, "displayName": "+49151001" }])
    );
    assert_eq!(emptied["autoLike"]["contacts"], json!([]));
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
    let mutation = "mutation($input: UpdateAutoLikeInput!) { previewAutoLike(input: $input) {
        preview { likeCount skipCount items { status { text } isLiked reason } } errors { code }
    } }";
    let preview = async |settings: Value| {
        let input = super::merged(json!({ "accountId": account.id.to_global() }), &settings);
        world.ask(account, mutation, json!({ "input": input })).await["previewAutoLike"].take()
    };

    let found = preview(json!({ "maxPerHour": 1 })).await;
    let wrong = preview(json!({ "emoji": "ok" })).await;

    assert_eq!(
        found["preview"],
        json!({ "likeCount": 1, "skipCount": 2, "items": [
            { "status": { "text": "three" }, "isLiked": false, "reason": "hourly limit" },
            { "status": { "text": "two" }, "isLiked": false, "reason": "muted contact" },
            { "status": { "text": "one" }, "isLiked": true, "reason": null },
        ] })
    );
    assert_eq!(
        wrong,
        json!({ "preview": null, "errors": [{ "code": "INVALID_INPUT" }] })
    );
    assert_eq!(world.events(account).await.len(), before);
}
