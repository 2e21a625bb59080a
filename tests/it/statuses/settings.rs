use amda::event::{Event, Mute, Muted};
use amda::hub::EventKind;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{posts, says, turn_on, update};
use crate::support::linked::{House, noon};
use crate::support::whatsapp::{alice, bob, owner, words};

#[tokio::test]
async fn settings_are_off_at_first_and_change_only_where_named() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    let query = "{ viewer { account { autoLike { isEnabled emoji scope skipMuted maxPerHour quietHours { from } } } } }";

    let before = house.ask(account, query, json!({})).await;
    let changed = update(
        &house,
        account,
        account,
        json!({ "isEnabled": true, "emoji": "❤️" }),
    )
    .await;
    let after = house.ask(account, query, json!({})).await;

    assert_eq!(
        before["viewer"]["account"]["autoLike"],
        json!({ "isEnabled": false, "emoji": "💚", "scope": "ALL", "skipMuted": true, "maxPerHour": 60, "quietHours": null })
    );
    assert_eq!(changed["errors"], json!([]));
    assert_eq!(
        after["viewer"]["account"]["autoLike"],
        json!({ "isEnabled": true, "emoji": "❤️", "scope": "ALL", "skipMuted": true, "maxPerHour": 60, "quietHours": null })
    );
    let events = house.events(account).await;
    assert_eq!(
        events.last().map(|row| row.event.kind),
        Some(EventKind::AccountChanged)
    );
}

#[tokio::test]
async fn wrong_values_are_refused_and_change_nothing() {
    let house = House::build().await;
    let account = house.user("PREMIUM").await;
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
            &house,
            account,
            account,
            super::merged(json!({ "isEnabled": true }), &wrong),
        )
        .await;

        assert_eq!(reply["errors"][0]["code"], "INVALID_INPUT", "{wrong}");
        assert_eq!(reply["errors"][0]["path"], json!([path]), "{wrong}");
        assert_eq!(reply["autoLike"], json!(null), "{wrong}");
    }
    assert!(house.events(account).await.is_empty());
}

#[tokio::test]
async fn lists_and_quiet_hours_need_premium() {
    let house = House::build().await;
    let free = house.user("FREE").await;
    let premium = house.user("PREMIUM").await;
    let hours = json!({ "quietHours": { "from": "22:00", "until": "07:00" } });

    for wanted in [
        json!({ "scope": "ONLY" }),
        json!({ "scope": "EXCEPT" }),
        hours.clone(),
    ] {
        let reply = update(&house, free, free, wanted.clone()).await;
        assert_eq!(reply["errors"][0]["code"], "PREMIUM_REQUIRED", "{wanted}");
    }
    let set = update(&house, premium, premium, hours).await;
    let unset = update(&house, premium, premium, json!({ "quietHours": null })).await;

    assert_eq!(
        set["autoLike"]["quietHours"],
        json!({ "from": "22:00", "until": "07:00" })
    );
    assert_eq!(unset["autoLike"]["quietHours"], json!(null));
}

#[tokio::test]
async fn somebody_elses_account_and_contacts_look_like_none_at_all() {
    let house = House::build().await;
    let mine = house.user("PREMIUM").await;
    let theirs = house.user("PREMIUM").await;
    house.tell(theirs, &[posts(alice(), "S1", "hello")]).await;
    turn_on(&house, theirs, json!({})).await;
    let query = "{ viewer { statuses { edges { node { author { id } } } } } }";
    let data = house.ask(theirs, query, json!({})).await;
    let their_contact = data["viewer"]["statuses"]["edges"][0]["node"]["author"]["id"].clone();
    let nobody = amda::account::AccountRef {
        id: house.core.ids.next(),
        ..mine
    };
    let no_contact: amda::id::ContactId = house.core.ids.next();

    let of_theirs = update(&house, mine, theirs, json!({ "isEnabled": false })).await;
    let of_nobody = update(&house, mine, nobody, json!({ "isEnabled": false })).await;
    let with_theirs = update(&house, mine, mine, json!({ "contactIds": [their_contact] })).await;
    let with_none = update(
        &house,
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
    let house = House::build().await;
    let account = house.user("PREMIUM").await;
    house.tell(account, &[posts(alice(), "S1", "hello")]).await;
    let query = "{ viewer { statuses { edges { node { author { id } } } } } }";
    let data = house.ask(account, query, json!({})).await;
    let contact = data["viewer"]["statuses"]["edges"][0]["node"]["author"]["id"].clone();

    let filled = update(
        &house,
        account,
        account,
        json!({ "contactIds": [contact, contact] }),
    )
    .await;
    let emptied = update(&house, account, account, json!({ "contactIds": [] })).await;

    assert_eq!(
        filled["autoLike"]["contacts"],
        json!([{ "id": contact, "displayName": "+49151001" }])
    );
    assert_eq!(emptied["autoLike"]["contacts"], json!([]));
}

#[tokio::test]
async fn a_preview_tells_what_a_change_would_have_done_and_changes_nothing() {
    let house = House::build().await;
    let account = house.user("FREE").await;
    let late = noon() - TimeDelta::hours(25);
    let mute = Mute {
        person: bob(),
        what: Muted::Chat,
        is_muted: true,
    };
    let minute = |minutes| noon() + TimeDelta::minutes(minutes);
    house
        .tell(
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
    let before = house.events(account).await.len();
    let mutation = "mutation($input: UpdateAutoLikeInput!) { previewAutoLike(input: $input) {
        preview { likeCount skipCount items { status { text } isLiked reason } } errors { code }
    } }";
    let preview = async |settings: Value| {
        let input = super::merged(json!({ "accountId": account.id.to_global() }), &settings);
        house.ask(account, mutation, json!({ "input": input })).await["previewAutoLike"].take()
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
    assert_eq!(house.events(account).await.len(), before);
}
