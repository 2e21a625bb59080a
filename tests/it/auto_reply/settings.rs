use amda::account::AccountRef;
use amda::hub::EventKind;
use serde_json::{Value, json};

use super::{asks, away, contact, minutes, outcomes, said, turn_on, update};
use crate::support::core::noon;
use crate::support::database::{allow_commits, fail_commits};
use crate::support::graphql::merged;
use crate::support::whatsapp::{alice, arrives, bob, message, person, words};
use crate::support::world::World;

#[tokio::test]
async fn settings_are_off_at_first_and_change_only_where_named() {
    let (world, account) = World::with_user("FREE").await;
    let query = "{ viewer { accounts { nodes { autoReply {
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
        before["viewer"]["accounts"]["nodes"][0]["autoReply"],
        json!({
            "mode": "OFF", "busyUntil": null, "cooldownMinutes": 60, "scope": "ALL", "contacts": [], "schedule": [],
            "offlineMessage": "I am not available just now and will answer later.", "busyMessage": untouched,
        })
    );
    assert_eq!(
        changed["autoReply"],
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
        (slot("9am", "17:00"), "schedule", "09:00"),
        (json!({ "schedule": slots }), "schedule", "at most 50"),
        (json!({ "contactIds": ["nonsense"] }), "contactIds", "nonsense"),
    ];

    for (wrong, path, said) in refused {
        let settings = merged(json!({ "mode": "OFFLINE" }), &wrong);
        let reply = update(&world, account, account, settings).await;

        let error = &reply["errors"][0];
        assert_eq!(error["code"], "INVALID_INPUT", "{wrong}");
        assert_eq!(error["path"][0], path, "{wrong}");
        assert!(error["message"].as_str().unwrap().contains(said), "{error}");
        assert_eq!(reply["autoReply"], json!(null), "{wrong}");
    }
    assert!(world.events(account).await.is_empty());
}

#[tokio::test]
async fn when_the_commit_fails_the_settings_stay_as_they_are_and_nobody_is_told() {
    let (world, account) = away("FREE", json!({})).await;
    world
        .receive(account, &[asks(&world, alice(), "M1", "hello?")])
        .await;
    let before = world.events(account).await;
    let news = world.core.hub.subscribe(account.user);
    let mutation =
        "mutation($input: UpdateAutoReplyInput!) { updateAutoReply(input: $input) { errors { code } } }";
    let off = json!({ "accountId": account.id.to_global(), "mode": "OFF" });
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
    assert_eq!(set["autoReply"]["schedule"], schedule["schedule"]);
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
    let mutation = "mutation($input: UpdateAutoReplyInput!) { previewAutoReply(input: $input) {
        preview { replyCount skipCount items { contact { phoneNumber } isAnswered text reason } } errors { code }
    } }";
    let preview = async |settings: Value| {
        let input = merged(json!({ "accountId": account.id.to_global() }), &settings);
        world.ask(account, mutation, json!({ "input": input })).await["previewAutoReply"].take()
    };

    let found = preview(json!({ "offlineMessage": "it was {time}" })).await;
    let wrong = preview(json!({ "offlineMessage": "{oops}" })).await;
    let nobody = preview(json!({ "scope": "ONLY" })).await;

    let item = |number: u32, text: Value, reason: Value| {
        json!({
            "contact": { "phoneNumber": format!("+4915100{number}") },
            "isAnswered": !text.is_null(), "text": text, "reason": reason,
        })
    };
    assert_eq!(
        found["preview"],
        json!({ "replyCount": 2, "skipCount": 2, "items": [
            item(1, json!(null), json!("cooldown")),
            item(2, json!("it was 13:01"), json!(null)),
            item(1, json!("it was 13:00"), json!(null)),
            item(3, json!(null), json!("too old")),
        ] })
    );
    assert_eq!(
        wrong,
        json!({ "preview": null, "errors": [{ "code": "INVALID_INPUT" }] })
    );
    assert_eq!(nobody["preview"]["replyCount"], 0);
    assert_eq!(nobody["preview"]["items"][0]["reason"], "filtered");
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
