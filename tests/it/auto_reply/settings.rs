use amda::account::AccountRef;
use amda::hub::EventKind;
use serde_json::{Value, json};

use super::{asks, away, contact, minutes, outcomes, said, turn_on, update};
use crate::support::core::noon;
use crate::support::database::{allow_commits, fail_commits};
use crate::support::graphql::{field_errors, merged};
use crate::support::whatsapp::{alice, arrives, bob, message, person, words};
use crate::support::world::World;

#[tokio::test]
async fn settings_are_off_at_first_and_change_only_where_named() {
    let (world, account) = World::with_user("FREE").await;
    let query = "{ viewer { accounts { nodes { autoReplySettings {
        mode busyUntil offlineMessage busyMessage cooldownMinutes scope contacts { id } schedule { from }
    } } } } }";

    let before = world.ask(account, query, json!({})).await;
    let changed = update(
        &world,
        account,
        account,
        json!({ "mode": "OFFLINE", "offlineMessage": "Back soon, {name}" }),
    )
    .await;

    let untouched = "I am busy just now and will answer later.";
    assert_eq!(
        before["viewer"]["accounts"]["nodes"][0]["autoReplySettings"],
        json!({
            "mode": "OFF", "busyUntil": null, "cooldownMinutes": 60, "scope": "ALL", "contacts": [], "schedule": [],
            "offlineMessage": "I am not available just now and will answer later.", "busyMessage": untouched,
        })
    );
    assert_eq!(
        changed["autoReplySettings"],
        json!({
            "mode": "OFFLINE", "busyUntil": null, "cooldownMinutes": 60, "scope": "ALL", "contacts": [], "schedule": [],
            "offlineMessage": "Back soon, {name}", "busyMessage": untouched,
        })
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
    let slot = |from, until| json!({ "schedule": [{ "weekday": "MONDAY", "from": from, "until": until }] });
    let slots = vec![json!({ "weekday": "MONDAY", "from": "09:00", "until": "17:00" }); 51];
    let refused = [
        (
            json!({ "offlineMessage": "Hi {nmae}" }),
            "offlineMessage",
            "{nmae}",
        ),
        (json!({ "offlineMessage": " " }), "offlineMessage", "empty"),
        (json!({ "busyMessage": "a".repeat(1_001) }), "busyMessage", "1001"),
        (json!({ "cooldownMinutes": 0 }), "cooldownMinutes", "1 to 10080"),
        (
            json!({ "cooldownMinutes": 10_081 }),
            "cooldownMinutes",
            "1 to 10080",
        ),
        (
            json!({ "busyUntil": "2026-11-24T11:00:00Z" }),
            "busyUntil",
            "OFFLINE",
        ),
        (
            json!({ "mode": "BUSY", "busyUntil": "2026-11-23T10:59:00Z" }),
            "busyUntil",
            "from now",
        ),
        (slot("09:00", "09:00"), "schedule", "different"),
        (slot("9am", "17:00"), "schedule", "'9am'"),
        (json!({ "schedule": slots }), "schedule", "at most 50"),
    ];

    for (wrong, path, said) in refused {
        let settings = merged(json!({ "mode": "OFFLINE" }), &wrong);
        let reply = update(&world, account, account, settings).await;

        let error = &reply["errors"][0];
        assert_eq!(error["code"], "INVALID_INPUT", "{wrong}");
        assert_eq!(error["path"][0], "settings", "{wrong}");
        assert_eq!(error["path"][1], path, "{wrong}");
        assert!(error["message"].as_str().unwrap().contains(said), "{error}");
        assert_eq!(reply["autoReplySettings"], json!(null), "{wrong}");
    }
    assert!(world.events(account).await.is_empty());
}

#[tokio::test]
async fn every_wrong_value_is_told_at_once_with_its_place() {
    let (world, account) = World::with_user("FREE").await;
    let wrong = json!({
        "mode": "OFFLINE", "busyUntil": "2026-11-24T11:00:00Z", "offlineMessage": " ", "cooldownMinutes": 0,
        "scope": "ONLY", "contactIds": ["nonsense"],
        "schedule": [
            { "weekday": "MONDAY", "from": "09:00", "until": "17:00" },
            { "weekday": "MONDAY", "from": "9am", "until": "24:01" },
        ],
    });

    let reply = update(&world, account, account, wrong).await;

    let errors = reply["errors"].as_array().unwrap().iter();
    let place = |error: &Value| {
        let names = error["path"].as_array().unwrap()[1..].iter();
        let names: Vec<_> = names.map(|name| name.as_str().unwrap()).collect();
        format!("{} {}", error["code"].as_str().unwrap(), names.join("."))
    };
    assert_eq!(
        errors.map(place).collect::<Vec<_>>(),
        [
            "INVALID_INPUT busyUntil",
            "INVALID_INPUT offlineMessage",
            "INVALID_INPUT cooldownMinutes",
            "ENTITLEMENT_REQUIRED scope",
            "NOT_FOUND contactIds.0",
            "ENTITLEMENT_REQUIRED contactIds",
            "INVALID_INPUT schedule.1.from",
            "INVALID_INPUT schedule.1.until",
            "ENTITLEMENT_REQUIRED schedule",
        ]
    );
    assert!(world.events(account).await.is_empty());
}

#[tokio::test]
async fn the_settings_are_a_node_of_their_account() {
    let (world, account) = away("FREE", json!({})).await;
    let stranger = world.user("FREE").await;
    let query = "query($id: ID!) { node(id: $id) { id ... on AutoReplySettings { mode account { id } } } }";
    let ids = "{ viewer { accounts { nodes { autoReplySettings { id } } } } }";
    let data = world.ask(account, ids, json!({})).await;
    let id = &data["viewer"]["accounts"]["nodes"][0]["autoReplySettings"]["id"];

    let found = world.ask(account, query, json!({ "id": id })).await;
    let hidden = world.ask(stranger, query, json!({ "id": id })).await;

    assert_eq!(
        found["node"],
        json!({ "id": id, "mode": "OFFLINE", "account": { "id": account.id.to_global() } })
    );
    assert_eq!(hidden["node"], json!(null));
}

#[tokio::test]
async fn when_the_commit_fails_the_settings_stay_as_they_are_and_nobody_is_told() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    let before = world.events(account).await;
    let news = world.core.hub.subscribe(account.user);
    let mutation = "mutation($input: UpdateAutoReplySettingsInput!) { updateAutoReplySettings(input: $input) { errors { code } } }";
    let off = json!({ "accountId": account.id.to_global(), "settings": { "mode": "OFF" } });
    fail_commits(&world.database).await;

    let failed = world.respond(account, mutation, json!({ "input": off })).await;

    allow_commits(&world.database).await;
    assert!(failed.is_err());
    assert!(news.is_empty());
    assert_eq!(world.events(account).await, before);
    assert_eq!(
        outcomes(&world, account).await,
        ["QUEUED"],
        "it is not taken back"
    );
    world
        .receive(account, &[asks(&world, bob(), "M2", "hello?")])
        .await;
    assert_eq!(said(&world, account).await, ["away", "away"]);
}

#[tokio::test]
async fn lists_and_a_schedule_need_premium() {
    let world = World::build().await;
    let (free, premium) = (world.user("FREE").await, world.user("PREMIUM").await);
    let schedule = json!({ "schedule": [{ "weekday": "SUNDAY", "from": "22:00", "until": "07:00" }] });

    for wanted in [
        json!({ "scope": "ONLY" }),
        json!({ "scope": "EXCEPT" }),
        schedule.clone(),
    ] {
        let reply = update(&world, free, free, wanted.clone()).await;
        assert_eq!(reply["errors"][0]["code"], "ENTITLEMENT_REQUIRED", "{wanted}");
    }
    let allowed = update(
        &world,
        free,
        free,
        json!({ "scope": "ALL", "schedule": [], "contactIds": [] }),
    )
    .await;
    let set = update(&world, premium, premium, schedule.clone()).await;

    assert_eq!(allowed["errors"], json!([]));
    assert_eq!(set["autoReplySettings"]["schedule"], schedule["schedule"]);
}

#[tokio::test]
async fn somebody_elses_account_and_contacts_look_like_none_at_all() {
    let (world, theirs) = away("PREMIUM", json!({})).await;
    let mine = world.user("PREMIUM").await;
    world
        .receive(theirs, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    let their_contact = contact(&world, theirs, &alice()).await;
    let nobody = AccountRef {
        id: world.core.ids.next(),
        ..mine
    };
    let no_contact: amda::id::ContactId = world.core.ids.next();
    let list = |id: Value| json!({ "contactIds": [id] });

    let of_theirs = update(&world, mine, theirs, json!({ "mode": "OFF" })).await;
    let of_nobody = update(&world, mine, nobody, json!({ "mode": "OFF" })).await;
    let with_theirs = update(&world, mine, mine, list(their_contact)).await;
    let with_none = update(&world, mine, mine, list(json!(no_contact.to_global()))).await;

    assert_eq!(of_theirs, of_nobody);
    assert_eq!(of_theirs["errors"][0]["code"], "NOT_FOUND");
    assert_eq!(with_theirs, with_none);
    assert_eq!(with_theirs["errors"][0]["code"], "NOT_FOUND");
}

#[tokio::test]
async fn a_preview_tells_whom_a_change_would_have_answered_and_why_others_not() {
    let (world, account) = World::with_user("PREMIUM").await;
    let tell = async |who: amda::event::Person, id: &str| {
        world.receive(account, &[asks(&world, who, id, "hello?")]).await;
    };
    tell(alice(), "M0").await;
    world.clock.advance(minutes(25 * 60));
    let late = message(
        amda::event::Chat::Direct(person(3)),
        person(3),
        "M1",
        noon() + minutes(24 * 60),
        words("late"),
    );
    world.receive(account, &[arrives(late)]).await;
    tell(alice(), "M2").await;
    world.clock.advance(minutes(1));
    tell(bob(), "M3").await;
    world.clock.advance(minutes(1));
    tell(alice(), "M4").await;
    let before = world.events(account).await.len();
    let query = "query($settings: AutoReplySettingsInput) { viewer { id accounts { nodes { id
        autoReplyPreview(settings: $settings) {
            replyCount skipCount items { contact { phoneNumber } isAnswered text skipReason }
        }
    } } } }";
    let preview = async |settings: Value| {
        let answer = world
            .respond(account, query, json!({ "settings": settings }))
            .await;
        let data = answer.data.into_json().unwrap();
        let preview = data["viewer"]["accounts"]["nodes"][0]["autoReplyPreview"].clone();
        (preview, answer.errors)
    };

    let (found, _) = preview(json!({ "offlineMessage": "it was {time}" })).await;
    let (none, errors) = preview(json!({ "offlineMessage": "{oops}", "cooldownMinutes": 0 })).await;
    let (nobody, _) = preview(json!({ "scope": "ONLY" })).await;

    let item = |number: u32, text: Value, reason: Value| {
        json!({
            "contact": { "phoneNumber": format!("+4915100{number}") },
            "isAnswered": !text.is_null(), "text": text, "skipReason": reason,
        })
    };
    assert_eq!(
        found,
        json!({ "replyCount": 2, "skipCount": 2, "items": [
            item(1, json!(null), json!("COOLDOWN")),
            item(2, json!("it was 13:01"), json!(null)),
            item(1, json!("it was 13:00"), json!(null)),
            item(3, json!(null), json!("TOO_OLD")),
        ] })
    );
    assert_eq!(none, json!(null));
    assert_eq!(
        field_errors(&serde_json::to_value(&errors[0]).unwrap()),
        json!([
            ["INVALID_INPUT", ["settings", "offlineMessage"], null],
            ["INVALID_INPUT", ["settings", "cooldownMinutes"], null],
        ])
    );
    assert_eq!(nobody["replyCount"], 0);
    assert_eq!(nobody["items"][0]["skipReason"], "FILTERED");
    assert_eq!(world.events(account).await.len(), before);
}

#[tokio::test]
async fn what_is_on_disk_of_the_words_is_not_readable() {
    let (world, account) = away("FREE", json!({ "offlineMessage": "gone fishing" })).await;
    turn_on(&world, account, json!({ "offlineMessage": "gone fishing" })).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "gone fishing?")])
        .await;

    let query = "SELECT (SELECT count(*) FROM auto_replies WHERE position('fishing'::bytea IN content) > 0)
        + (SELECT count(*) FROM auto_reply_settings WHERE position('fishing'::bytea IN offline_message) > 0) AS count,
        (SELECT count(*) FROM auto_replies WHERE content IS NOT NULL) AS kept";
    let mut all = world.everything().await;
    let found: Found = diesel_async::RunQueryDsl::get_result(diesel::sql_query(query), &mut all)
        .await
        .unwrap();
    assert_eq!((found.count, found.kept), (0, 1));
}

#[derive(diesel::QueryableByName)]
struct Found {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    kept: i64,
}
