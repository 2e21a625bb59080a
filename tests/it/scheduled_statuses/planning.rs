use chrono::TimeDelta;
use diesel::{QueryableByName, sql_types};
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};

use super::steps::{
    add_contact, cancel, count_changes, in_minutes, load_state, load_status, plan_text, planned_in,
    run_until_changed, schedule, start_text, update,
};
use crate::support::graphql::nodes;
use crate::support::outbox::sends;
use crate::support::whatsapp::{alice, bob};
use crate::support::world::World;

#[tokio::test]
async fn a_planned_status_is_shown_as_it_was_planned() {
    let (world, account) = World::with_user("PREMIUM").await;
    let alice = add_contact(&world, account, "Alice", &alice()).await.to_global();

    let payload = schedule(
        &world,
        account,
        json!({
            "content": {"text": {"text": "See you", "backgroundColor": "#128c7e", "font": "FB_SCRIPT"}},
            "publishAt": {"local": {"at": "2027-03-28T02:30"}},
            "audience": {"except": [alice]},
        }),
    )
    .await;

    assert_eq!(payload["errors"], json!([]));
    let status = &payload["scheduledStatus"];
    let id = status["id"].as_str().unwrap();
    assert_eq!(
        status,
        &json!({
            "id": id, "kind": "TEXT",
            "content": {"text": "See you", "backgroundColor": "#128C7E", "font": "FB_SCRIPT"},
            // The clocks of Berlin skip that hour.
            "publishAt": "2027-03-28T01:30:00+00:00",
            "publishAtLocal": {"at": "2027-03-28T03:30", "timeZone": "Europe/Berlin"},
            "state": "SCHEDULED", "failureReason": null, "failureMessage": null, "failureWhatsappCode": null,
            "blockedReason": null, "blockedMessage": null, "audienceSize": null, "viewerCount": 0,
            "publishedAt": null, "expiresAt": null, "isBeingDeleted": false, "deletedAt": null,
            "deletionFailureReason": null, "deletionFailureMessage": null, "deletionFailureWhatsappCode": null,
            "audience": {"all": null, "only": null, "except": [{"id": alice}]},
        })
    );
    assert_eq!(&load_status(&world, account, id).await, status);
    assert_eq!(count_changes(&world, account).await, 1);
}

#[tokio::test]
async fn a_time_comes_out_in_the_form_in_which_it_goes_in() {
    let (world, account) = World::with_user("FREE").await;

    let payload = schedule(
        &world,
        account,
        json!({
            "content": {"text": {"text": "hi"}},
            "publishAt": {"local": {"at": "2026-12-24T18:00", "timeZone": "America/Sao_Paulo"}},
        }),
    )
    .await;
    let status = &payload["scheduledStatus"];
    let id = status["id"].as_str().unwrap();
    let again = json!({"publishAt": {"local": status["publishAtLocal"]}});
    let unchanged = update(&world, account, id, again).await;
    let moved = update(&world, account, id, json!({"publishAt": planned_in(&world, 60)})).await;

    assert_eq!(status["publishAt"], "2026-12-24T21:00:00+00:00");
    assert_eq!(
        status["publishAtLocal"],
        json!({"at": "2026-12-24T18:00", "timeZone": "America/Sao_Paulo"})
    );
    assert_eq!(&unchanged["scheduledStatus"], status);
    assert_eq!(
        moved["scheduledStatus"]["publishAtLocal"],
        json!({"at": "2026-11-23T09:00", "timeZone": "America/Sao_Paulo"}),
        "the zone stays when an instant is given"
    );
    assert_eq!(
        status["content"],
        json!({"text": "hi", "backgroundColor": "#075E54", "font": "SYSTEM"})
    );
    assert_eq!(
        status["audience"],
        json!({"all": true, "only": null, "except": null})
    );
}

#[tokio::test]
async fn what_waits_can_be_changed_in_every_part() {
    let (world, account) = World::with_user("PREMIUM").await;
    let bob = add_contact(&world, account, "Bob", &bob()).await.to_global();
    let id = plan_text(&world, account, 60).await;

    let changed = update(
        &world,
        account,
        &id,
        json!({
            "content": {"text": {"text": "later", "font": "SYSTEM_BOLD"}},
            "publishAt": {"local": {"at": "2026-11-23T20:15", "timeZone": "America/New_York"}},
            "audience": {"only": [bob, bob]},
        }),
    )
    .await;
    assert_eq!(changed["errors"], json!([]));

    let status = &changed["scheduledStatus"];
    assert_eq!(
        (&status["content"]["text"], &status["publishAt"]),
        (&json!("later"), &json!("2026-11-24T01:15:00+00:00"))
    );
    assert_eq!(
        status["publishAtLocal"],
        json!({"at": "2026-11-23T20:15", "timeZone": "America/New_York"})
    );
    assert_eq!(
        status["audience"],
        json!({"all": null, "only": [{"id": bob}], "except": null})
    );
    assert_eq!(&load_status(&world, account, &id).await, status);
}

#[tokio::test]
async fn a_cancelled_status_is_over() {
    let (world, account) = World::with_user("FREE").await;
    let (id, other) = (
        plan_text(&world, account, 5).await,
        plan_text(&world, account, 5).await,
    );

    let cancelled = cancel(&world, account, &id).await;

    assert_eq!(cancelled["scheduledStatus"]["state"], "CANCELLED");
    let again = cancel(&world, account, &id).await;
    assert_eq!(again["errors"][0]["code"], "CONFLICT");
    assert_eq!(again["errors"][0]["path"], json!(["scheduledStatusId"]));
    assert!(
        again["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("the status is cancelled"),
        "{again}"
    );
    // Both jobs run, and one finds nothing to do.
    add_contact(&world, account, "Alice", &alice()).await;
    world.clock.advance(TimeDelta::minutes(5));
    run_until_changed(&world, account, 1).await;
    assert_eq!(load_state(&world, account, &id).await.0, "CANCELLED");
    assert_eq!(load_state(&world, account, &other).await.0, "PUBLISHING");
    assert_eq!(sends(&world, account).await.len(), 1);
}

#[tokio::test]
async fn a_list_is_paged_by_the_planned_time_and_filtered() {
    let (world, account) = World::with_user("PREMIUM").await;
    let stranger = world.user("PREMIUM").await;
    let mut ids = Vec::new();
    for minutes in [10, 20, 20, 30] {
        ids.push(plan_text(&world, account, minutes).await);
    }
    plan_text(&world, stranger, 10).await;
    cancel(&world, account, &ids[3]).await;
    let query = "query ($first: Int, $after: Cursor, $last: Int, $filter: ScheduledStatusFilter,
            $orderBy: ScheduledStatusOrder! = PUBLISH_AT_DESC) { viewer {
        scheduledStatuses(first: $first, after: $after, last: $last, filter: $filter, orderBy: $orderBy) {
            totalCount edges { node { id } } pageInfo { endCursor hasNextPage }
        }
    } }";
    let list = async |variables: Value| {
        let mut data = world.ask(account, query, variables).await;
        data["viewer"]["scheduledStatuses"].take()
    };
    let found = |page: &Value| -> Vec<String> {
        let nodes = nodes(page).into_iter();
        nodes
            .map(|node| node["id"].as_str().unwrap().to_owned())
            .collect()
    };

    let all_of = list(json!({})).await;
    let first = list(json!({"first": 3})).await;
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let rest = list(json!({"first": 3, "after": first["pageInfo"]["endCursor"]})).await;

    assert_eq!(rest["pageInfo"]["hasNextPage"], false);
    let all = [found(&first), found(&rest)].concat();
    assert_eq!(all.len(), 4);
    assert_eq!((&all[0], &all[3]), (&ids[3], &ids[0]));
    let waiting =
        list(json!({"filter": {"states": ["SCHEDULED"], "accountIds": [account.id.to_global()]}})).await;
    assert_eq!(found(&waiting).len(), 3);
    let soon = list(json!({"filter": {"to": in_minutes(&world, 20)}})).await;
    assert_eq!(found(&soon), [ids[0].clone()]);
    assert_eq!(
        (&all_of["totalCount"], &soon["totalCount"]),
        (&json!(4), &json!(1))
    );
    let earliest = list(json!({"first": 1, "orderBy": "PUBLISH_AT_ASC"})).await;
    assert_eq!(found(&earliest), [ids[0].clone()]);
    let latest = list(json!({"last": 1, "orderBy": "PUBLISH_AT_ASC"})).await;
    assert_eq!(found(&latest), [ids[3].clone()]);
    for nothing in [
        json!({"accountIds": [stranger.id.to_global()]}),
        json!({"accountIds": []}),
        json!({"states": []}),
    ] {
        let none = list(json!({ "filter": nothing })).await;
        assert_eq!(found(&none), Vec::<String>::new(), "{nothing}");
        assert_eq!(none["totalCount"], 0);
    }
    let null = list(json!({"filter": {"accountIds": null, "states": null}})).await;
    assert_eq!(found(&null).len(), 4);
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = sql_types::BigInt)]
    count: i64,
}

#[tokio::test]
async fn what_is_on_disk_of_a_status_and_its_audience_is_not_readable() {
    let (world, account) = World::with_user("FREE").await;
    add_contact(&world, account, "Alice", &alice()).await;
    start_text(&world, account).await;

    let mut all = world.everything().await;
    let query = "SELECT count(*) FROM scheduled_statuses WHERE audience IS NOT NULL \
                 AND position('hello'::bytea IN content) = 0 AND position('49151001'::bytea IN audience) = 0";
    let sealed: Count = diesel::sql_query(query).get_result(&mut all).await.unwrap();
    assert_eq!(sealed.count, 1);
}
