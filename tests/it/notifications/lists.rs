use amda::account::AccountRef;
use amda::hub::EventKind;
use amda::notices::NoticeKind;
use futures::StreamExt;
use serde_json::{Value, json};

use super::{beginning, kinds, listed, post, switch};
use crate::support::world::World;

async fn mark(world: &World, account: AccountRef, input: Value) -> Value {
    let mutation = "mutation($input: MarkNotificationsReadInput!) { markNotificationsRead(input: $input) {
        notifications { id readAt } markedCount viewer { unreadNotificationCount } errors { code path message }
    } }";
    let mut data = world.ask(account, mutation, json!({ "input": input })).await;
    data["markNotificationsRead"].take()
}

/// A user with four notifications, a second apart.
async fn told(world: &World) -> AccountRef {
    let account = world.user("FREE").await;
    let four = [
        NoticeKind::ScheduledStatusPublished,
        NoticeKind::ScheduledStatusMissed,
        NoticeKind::ScheduledStatusFailed,
        NoticeKind::WebhookDisabled,
    ];
    for (seconds, kind) in (0..).zip(four) {
        post(world, account, kind, seconds).await;
    }
    account
}

/// How many were marked, and how many are unread now.
fn counts(marked: &Value) -> (i64, i64) {
    assert_eq!(marked["errors"], json!([]));
    let count = |value: &Value| value.as_i64().unwrap();
    (
        count(&marked["markedCount"]),
        count(&marked["viewer"]["unreadNotificationCount"]),
    )
}

/// The ids of the notifications that were marked.
fn marked_ids(marked: &Value) -> Vec<Value> {
    let notifications = marked["notifications"].as_array().unwrap().iter();
    notifications.map(|one| one["id"].clone()).collect()
}

fn id(page: &Value, index: usize) -> Value {
    page["edges"][index]["node"]["id"].clone()
}

#[tokio::test]
async fn the_list_is_paged_from_the_newest_and_counts_what_was_not_read() {
    let world = World::build().await;
    let account = told(&world).await;

    let first = listed(&world, account, json!({ "first": 3 })).await;
    let after = &first["pageInfo"]["endCursor"];
    let second = listed(&world, account, json!({ "first": 3, "after": after })).await;

    assert_eq!(
        kinds(&first),
        [
            "WEBHOOK_DISABLED",
            "SCHEDULED_STATUS_FAILED",
            "SCHEDULED_STATUS_MISSED"
        ]
    );
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    assert_eq!(kinds(&second), ["SCHEDULED_STATUS_PUBLISHED"]);
    assert_eq!(second["pageInfo"]["hasNextPage"], false);
    assert_eq!((&first["unread"], &second["unread"]), (&json!(4), &json!(4)));
}

#[tokio::test]
async fn what_is_marked_by_its_id_is_read_and_stays_in_the_list() {
    let world = World::build().await;
    let account = told(&world).await;
    let page = listed(&world, account, json!({})).await;

    let marked = mark(&world, account, json!({ "ids": [id(&page, 0), id(&page, 2)] })).await;
    let again = mark(&world, account, json!({ "ids": [id(&page, 0), id(&page, 3)] })).await;

    assert_eq!(counts(&marked), (2, 2));
    assert_eq!(marked_ids(&marked), [id(&page, 0), id(&page, 2)]);
    assert_eq!(marked["notifications"][0]["readAt"], "2026-11-23T11:00:00+00:00");
    assert_eq!(counts(&again), (1, 1));
    assert_eq!(marked_ids(&again), [id(&page, 3)]);
    let page = listed(&world, account, json!({})).await;
    assert_eq!(page["edges"].as_array().unwrap().len(), 4);
    assert_eq!(page["edges"][0]["node"]["readAt"], "2026-11-23T11:00:00+00:00");
    let unread = listed(&world, account, json!({ "filter": { "isRead": false } })).await;
    assert_eq!(kinds(&unread), ["SCHEDULED_STATUS_FAILED"]);
}

#[tokio::test]
async fn a_cursor_marks_its_notification_and_all_that_are_older() {
    let world = World::build().await;
    let account = told(&world).await;
    let other = told(&world).await;
    let page = listed(&world, account, json!({})).await;

    let marked = mark(&world, account, json!({ "through": page["edges"][1]["cursor"] })).await;

    assert_eq!(counts(&marked), (3, 1));
    assert_eq!(marked_ids(&marked), [id(&page, 1), id(&page, 2), id(&page, 3)]);
    let unread = listed(&world, account, json!({ "filter": { "isRead": false } })).await;
    assert_eq!(kinds(&unread), ["WEBHOOK_DISABLED"]);
    assert_eq!(listed(&world, other, json!({})).await["unread"], 4);
}

#[tokio::test]
async fn a_cursor_leaves_what_the_app_does_not_show_unread() {
    let world = World::build().await;
    let account = told(&world).await;
    let in_app = |is_enabled: bool| json!([{"kind": "SCHEDULED_STATUS_MISSED", "channel": "IN_APP", "isEnabled": is_enabled}]);
    switch(&world, account, in_app(false)).await;
    let page = listed(&world, account, json!({})).await;

    let marked = mark(&world, account, json!({ "through": page["edges"][0]["cursor"] })).await;

    assert_eq!(counts(&marked), (3, 0));
    switch(&world, account, in_app(true)).await;
    let unread = listed(&world, account, json!({ "filter": { "isRead": false } })).await;
    assert_eq!(kinds(&unread), ["SCHEDULED_STATUS_MISSED"]);
}

#[tokio::test]
async fn other_clients_hear_once_that_notifications_were_read() {
    let world = World::build().await;
    let account = told(&world).await;
    let page = listed(&world, account, json!({})).await;

    mark(&world, account, json!({ "through": page["edges"][0]["cursor"] })).await;
    mark(&world, account, json!({ "through": page["edges"][0]["cursor"] })).await;

    let events = world.events(account).await;
    let read: Vec<_> = events
        .iter()
        .filter(|row| row.event.kind == EventKind::NotificationRead)
        .collect();
    assert_eq!(read.len(), 1, "the second time there was nothing to mark");
    let newest = amda::id::NotificationId::from(read[0].event.subject);
    assert_eq!(id(&page, 0), newest.to_global());
    let query = "subscription($after: Cursor) { events(after: $after, kinds: [NOTIFICATION_READ]) {
        ... on NotificationEvent { readNotificationIds notification { id } }
    } }";
    let mut heard = world.subscribe(account, query, json!({ "after": beginning() }));
    let mut event = heard.next().await.unwrap().data.into_json().unwrap();
    let ids: Vec<Value> = (0..4).map(|index| id(&page, index)).collect();
    assert_eq!(
        event["events"].take(),
        json!({ "readNotificationIds": ids, "notification": { "id": ids[0] } })
    );
}

#[tokio::test]
async fn a_wrong_mark_is_refused_and_nothing_is_marked() {
    let world = World::build().await;
    let account = told(&world).await;
    let page = listed(&world, account, json!({})).await;
    let other = told(&world).await;
    let theirs = id(&listed(&world, other, json!({})).await, 0);
    let gone = amda::id::NotificationId::from(uuid::Uuid::nil()).to_global();
    let many = vec![id(&page, 0); 501];

    for (input, errors) in [
        (json!({ "ids": [] }), vec![("INVALID_INPUT", json!(["ids"]))]),
        (json!({ "ids": many }), vec![("INVALID_INPUT", json!(["ids"]))]),
        (
            json!({ "ids": [id(&page, 0), account.id.to_global(), theirs] }),
            vec![
                ("NOT_FOUND", json!(["ids", "1"])),
                ("NOT_FOUND", json!(["ids", "2"])),
            ],
        ),
        (
            json!({ "ids": [theirs, id(&page, 0), gone] }),
            vec![
                ("NOT_FOUND", json!(["ids", "0"])),
                ("NOT_FOUND", json!(["ids", "2"])),
            ],
        ),
        (
            json!({ "through": "nonsense" }),
            vec![("INVALID_INPUT", json!(["through"]))],
        ),
    ] {
        let refused = mark(&world, account, input.clone()).await;
        let told: Vec<_> = refused["errors"].as_array().unwrap().iter().collect();
        assert_eq!(told.len(), errors.len(), "{input}");
        for (error, (code, path)) in told.into_iter().zip(errors) {
            assert_eq!((&error["code"], &error["path"]), (&json!(code), &path), "{input}");
        }
        assert_eq!(
            (
                &refused["markedCount"],
                &refused["notifications"],
                &refused["viewer"]
            ),
            (&json!(0), &json!(null), &json!(null)),
            "{input}"
        );
    }
    assert_eq!(listed(&world, account, json!({})).await["unread"], 4);
}

#[tokio::test]
async fn ids_and_a_cursor_are_not_taken_together() {
    let world = World::build().await;
    let account = told(&world).await;
    let page = listed(&world, account, json!({})).await;
    let mutation = "mutation($input: MarkNotificationsReadInput!) { markNotificationsRead(input: $input) { markedCount } }";

    for input in [
        json!({}),
        json!({ "ids": [id(&page, 0)], "through": page["edges"][0]["cursor"] }),
    ] {
        let refused = world.respond(account, mutation, json!({ "input": input })).await;
        assert_eq!(refused.errors.len(), 1, "{input}");
    }
    assert_eq!(listed(&world, account, json!({})).await["unread"], 4);
}

#[tokio::test]
async fn the_list_is_filtered_and_counted() {
    let world = World::build().await;
    let account = told(&world).await;
    let page = listed(&world, account, json!({})).await;
    mark(&world, account, json!({ "ids": [id(&page, 0)] })).await;
    let query = "query($filter: NotificationFilter) { viewer {
        notifications(first: 1, filter: $filter) { totalCount nodes { kind } } } }";
    let ask = async |filter: Value| {
        let mut data = world.ask(account, query, json!({ "filter": filter })).await;
        data["viewer"]["notifications"].take()
    };

    let all = ask(json!(null)).await;
    assert_eq!(
        all,
        json!({ "totalCount": 4, "nodes": [{ "kind": "WEBHOOK_DISABLED" }] })
    );
    assert_eq!(
        ask(json!({ "isRead": true })).await,
        json!({ "totalCount": 1, "nodes": [{ "kind": "WEBHOOK_DISABLED" }] })
    );
    let missed =
        ask(json!({ "isRead": false, "kinds": ["SCHEDULED_STATUS_MISSED", "WEBHOOK_DISABLED"] })).await;
    assert_eq!(
        missed,
        json!({ "totalCount": 1, "nodes": [{ "kind": "SCHEDULED_STATUS_MISSED" }] })
    );
    assert_eq!(
        ask(json!({ "kinds": [] })).await,
        json!({ "totalCount": 0, "nodes": [] })
    );
}

#[tokio::test]
async fn a_notification_is_a_node_of_its_user_alone() {
    let world = World::build().await;
    let (account, other) = (told(&world).await, told(&world).await);
    let mine = id(&listed(&world, account, json!({})).await, 0);
    let query = "query($id: ID!) { node(id: $id) { ... on Notification { kind title } } }";

    let found = world.ask(account, query, json!({ "id": mine })).await;
    let theirs = world.ask(other, query, json!({ "id": mine })).await;

    assert_eq!(
        found["node"],
        json!({ "kind": "WEBHOOK_DISABLED", "title": "A webhook was turned off" })
    );
    assert_eq!(theirs["node"], json!(null));
}
