use serde_json::{Value, json};

use super::steps::{
    add_contact, cancel, count_changes, count_due, delete_published, load_status, plan_text, planned_in,
    schedule, update,
};
use crate::support::database::{allow_commits, fail_commits};
use crate::support::graphql::{merged, nodes};
use crate::support::whatsapp::alice;
use crate::support::world::World;

/// A refused plan: what differs from one that would be taken, where the mistake is, and what is said of it.
type Case = (Value, &'static str, &'static [&'static str], &'static str);

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of mistakes")]
async fn each_wrong_value_is_named_with_what_would_be_right() {
    let (world, account) = World::with_user("PREMIUM").await;
    let stranger = world.user("PREMIUM").await;
    let theirs = add_contact(&world, stranger, "Alice", &alice()).await.to_global();
    let media = json!({"uploadId": account.id.to_global()});
    let text = |text: &str| json!({"content": {"text": {"text": text}}});
    let local = |at: &str| json!({"publishAt": {"local": {"at": at}}});
    let cases: Vec<Case> = vec![
        (
            json!({"accountId": stranger.id.to_global()}),
            "NOT_FOUND",
            &["accountId"],
            "there is no account",
        ),
        (
            json!({"accountId": "nonsense"}),
            "NOT_FOUND",
            &["accountId"],
            "there is no account",
        ),
        (
            text("  "),
            "INVALID_INPUT",
            &["content", "text", "text"],
            "1 to 700 characters",
        ),
        (
            text(&"ä".repeat(701)),
            "INVALID_INPUT",
            &["content", "text", "text"],
            "701 characters; pass at most 700",
        ),
        (
            json!({"content": {"text": {"text": "hi", "backgroundColor": "red"}}}),
            "INVALID_INPUT",
            &["content", "text", "backgroundColor"],
            "'red' is no colour; pass red, green and blue as #RRGGBB",
        ),
        (
            json!({"content": {"media": media}}),
            "NOT_FOUND",
            &["content", "media", "uploadId"],
            "create another",
        ),
        (
            json!({"publishAt": {"instant": "2026-11-23T10:00:00Z"}}),
            "INVALID_INPUT",
            &["publishAt", "instant"],
            "is in the past; pass a time from now to a year ahead",
        ),
        (
            json!({"publishAt": {"instant": "2028-01-01T10:00:00Z"}}),
            "INVALID_INPUT",
            &["publishAt", "instant"],
            "more than a year ahead",
        ),
        (
            local("2026-11-23T10:00"),
            "INVALID_INPUT",
            &["publishAt", "local", "at"],
            "is in the past",
        ),
        (
            local("tomorrow"),
            "INVALID_INPUT",
            &["publishAt", "local", "at"],
            "'tomorrow' is no local time; pass a date and a time without an offset",
        ),
        (
            json!({"publishAt": {"local": {"at": "2026-12-24T18:00", "timeZone": "Mars"}}}),
            "INVALID_INPUT",
            &["publishAt", "local", "timeZone"],
            "'Mars' is no time zone",
        ),
        (
            json!({"audience": {"all": false}}),
            "INVALID_INPUT",
            &["audience", "all"],
            "all is false",
        ),
        (
            json!({"audience": {"only": []}}),
            "INVALID_INPUT",
            &["audience", "only"],
            "names nobody",
        ),
        (
            json!({"audience": {"except": [theirs]}}),
            "NOT_FOUND",
            &["audience", "except", "0"],
            "no contact of this account",
        ),
    ];
    let right = json!({"content": {"text": {"text": "hi"}}, "publishAt": planned_in(&world, 10)});
    for (wrong, code, path, says) in cases {
        let payload = schedule(&world, account, merged(right.clone(), &wrong)).await;

        assert_eq!(payload["scheduledStatus"], json!(null), "{wrong}");
        let error = &payload["errors"][0];
        assert_eq!(
            (&error["code"], &error["path"]),
            (&json!(code), &json!(path)),
            "{wrong}"
        );
        assert!(
            error["message"].as_str().unwrap().contains(says),
            "{wrong}: {error}"
        );
    }
    assert_eq!(count_changes(&world, account).await, 0);
    let payload = schedule(&world, account, right).await;
    assert_eq!(payload["errors"], json!([]));
}

#[tokio::test]
async fn all_mistakes_of_an_input_are_told_at_once() {
    let (world, account) = World::with_user("PREMIUM").await;
    let alice = add_contact(&world, account, "Alice", &alice()).await.to_global();
    let wrong = json!({
        "content": {"text": {"text": " ", "backgroundColor": "red"}},
        "publishAt": {"local": {"at": "noon", "timeZone": "Mars"}},
        "audience": {"only": [alice, "nonsense", account.id.to_global()]},
    });
    let paths = |payload: &Value| {
        let errors = payload["errors"].as_array().unwrap().iter();
        errors.map(|error| error["path"].clone()).collect::<Vec<_>>()
    };
    let expected = [
        json!(["publishAt", "local", "at"]),
        json!(["publishAt", "local", "timeZone"]),
        json!(["audience", "only", "1"]),
        json!(["audience", "only", "2"]),
        json!(["content", "text", "backgroundColor"]),
        json!(["content", "text", "text"]),
    ];

    let scheduled = schedule(&world, account, wrong.clone()).await;
    let id = plan_text(&world, account, 10).await;
    let updated = update(&world, account, &id, wrong.clone()).await;
    let absent = update(&world, account, "nonsense", wrong.clone()).await;
    let nowhere = schedule(&world, account, merged(wrong, &json!({"accountId": "nonsense"}))).await;

    assert_eq!(paths(&scheduled), expected);
    assert_eq!(paths(&updated), expected);
    assert_eq!(paths(&absent)[0], json!(["scheduledStatusId"]));
    assert_eq!(paths(&absent)[1..], expected);
    assert_eq!(paths(&nowhere)[0], json!(["accountId"]));
    assert_eq!(paths(&nowhere)[1..], expected);
}

#[tokio::test]
async fn the_free_plan_has_three_that_wait_and_no_lists() {
    let (world, account) = World::with_user("FREE").await;
    let alice = add_contact(&world, account, "Alice", &alice()).await.to_global();
    let input = json!({"content": {"text": {"text": "hi"}}, "publishAt": planned_in(&world, 10)});

    let lists = merged(input.clone(), &json!({"audience": {"only": [alice]}}));
    let refused = schedule(&world, account, lists).await;
    assert_eq!(
        (&refused["errors"][0]["__typename"], &refused["errors"][0]["path"]),
        (&json!("EntitlementRequired"), &json!(["audience", "only"]))
    );

    let many = (0..6).map(|_| schedule(&world, account, input.clone()));
    let payloads = futures::future::join_all(many).await;
    let planned = payloads.iter().filter(|payload| payload["errors"] == json!([]));
    assert_eq!(planned.count(), 3, "however many ask at once");
    let error = payloads
        .iter()
        .find_map(|payload| payload["errors"].get(0))
        .unwrap();
    assert_eq!(error["__typename"], "LimitExceeded");
    assert_eq!((&error["limit"], &error["used"]), (&json!(3), &json!(3)));

    let one = payloads
        .iter()
        .find_map(|payload| payload["scheduledStatus"]["id"].as_str())
        .unwrap();
    cancel(&world, account, one).await;
    let next = schedule(&world, account, input).await;
    assert_eq!(next["errors"], json!([]), "a cancelled one waits no more");
}

#[tokio::test]
async fn what_is_somebody_elses_does_not_exist() {
    let world = World::build().await;
    let (alice, mallory) = (world.user("PREMIUM").await, world.user("PREMIUM").await);
    let id = plan_text(&world, alice, 10).await;

    for payload in [
        cancel(&world, mallory, &id).await,
        delete_published(&world, mallory, &id).await,
        update(
            &world,
            mallory,
            &id,
            json!({"content": {"text": {"text": "mine"}}}),
        )
        .await,
        cancel(&world, mallory, "nonsense").await,
    ] {
        assert_eq!(payload["errors"][0]["code"], "NOT_FOUND");
        assert_eq!(payload["errors"][0]["path"], json!(["scheduledStatusId"]));
    }
    assert_eq!(load_status(&world, mallory, &id).await, json!(null));
    assert_eq!(load_status(&world, alice, &id).await["content"]["text"], "hello");
}

#[tokio::test]
async fn a_change_is_made_whole_or_not_at_all() {
    let (world, account) = World::with_user("PREMIUM").await;
    let id = plan_text(&world, account, 10).await;
    let before = load_status(&world, account, &id).await;

    let past = json!({"instant": "2020-01-01T00:00:00Z"});
    let change = json!({"content": {"text": {"text": "other"}}, "publishAt": past});
    let payload = update(&world, account, &id, change).await;
    assert_eq!(payload["errors"][0]["path"], json!(["publishAt", "instant"]));
    let payload = update(
        &world,
        account,
        &id,
        json!({"content": {"caption": "under what?"}}),
    )
    .await;
    assert_eq!(payload["errors"][0]["path"], json!(["content", "caption"]));

    assert_eq!(load_status(&world, account, &id).await, before);
}

#[tokio::test]
async fn when_the_commit_fails_nothing_is_planned_and_nobody_is_told() {
    let (world, account) = World::with_user("FREE").await;
    let news = world.core.hub.subscribe(account.user);
    let mutation =
        "mutation ($input: ScheduleStatusInput!) { scheduleStatus(input: $input) { errors { code } } }";
    let input = json!({
        "accountId": account.id.to_global(),
        "content": {"text": {"text": "hello"}},
        "publishAt": planned_in(&world, 0),
    });
    fail_commits(&world.database).await;

    let failed = world.respond(account, mutation, json!({ "input": input })).await;

    allow_commits(&world.database).await;
    assert!(failed.is_err());
    assert!(news.is_empty());
    assert_eq!(
        (count_changes(&world, account).await, count_due(&world).await),
        (0, 0)
    );
    let query = "{ viewer { scheduledStatuses { edges { node { id } } } } }";
    let listed = world.ask(account, query, json!({})).await;
    assert!(nodes(&listed["viewer"]["scheduledStatuses"]).is_empty());
    for _ in 0..3 {
        plan_text(&world, account, 10).await;
    }
}
