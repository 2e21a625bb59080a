//! From an upload to the scheduled status that took it, and on to the status that contacts see.

use amda::event::SendOutcome;
use serde_json::json;

use super::steps::{
    add_contact, add_owner, add_upload, plan_text, planned_in, publish_text, schedule, start_text,
};
use crate::support::outbox::report;
use crate::support::statements::StatementCount;
use crate::support::whatsapp::{alice, owner};
use crate::support::world::World;

#[tokio::test]
async fn a_scheduled_status_leads_to_its_status_once_that_is_published() {
    let (world, account) = World::with_user("PREMIUM").await;
    add_owner(&world, account, &owner()).await;
    add_contact(&world, account, "Alice", &alice()).await;
    let status = async |id: &str| {
        let query = "query ($id: ID!) { node(id: $id) { ... on ScheduledStatus {
            state status { __typename id text isOwn }
        } } }";
        world.ask(account, query, json!({ "id": id })).await["node"].take()
    };

    let waiting = status(&plan_text(&world, account, 60).await).await;
    let (id, send) = start_text(&world, account).await;
    let publishing = status(&id).await;
    report(&world, account, send.send, SendOutcome::Acked).await;
    let published = status(&id).await;

    assert_eq!(waiting, json!({"state": "SCHEDULED", "status": null}));
    assert_eq!(publishing, json!({"state": "PUBLISHING", "status": null}));
    assert_eq!(published["state"], "PUBLISHED");
    let found = &published["status"];
    assert_eq!(
        (&found["__typename"], &found["text"], &found["isOwn"]),
        (&json!("Status"), &json!("hello"), &json!(true))
    );
}

#[tokio::test]
async fn the_statuses_of_a_whole_page_are_found_by_as_many_statements_as_one() {
    let (world, account) = World::with_user("PREMIUM").await;
    add_owner(&world, account, &owner()).await;
    add_contact(&world, account, "Alice", &alice()).await;
    for _ in 0..3 {
        publish_text(&world, account).await;
    }
    let query =
        "query ($first: Int) { viewer { scheduledStatuses(first: $first) { nodes { status { id } } } } }";
    let statements = StatementCount::of(&world.database, "statuses").await;

    let one = world.ask(account, query, json!({"first": 1})).await;
    let for_one = statements.take().await;
    let all = world.ask(account, query, json!({"first": 3})).await;
    let for_all = statements.take().await;

    let found = |data: &serde_json::Value| {
        let nodes = data["viewer"]["scheduledStatuses"]["nodes"]
            .as_array()
            .unwrap()
            .clone();
        nodes
            .iter()
            .filter(|node| node["status"]["id"].is_string())
            .count()
    };
    assert_eq!((found(&one), found(&all)), (1, 3));
    assert_eq!((for_one, for_all), (2, 2));
}

#[tokio::test]
async fn an_upload_leads_to_the_scheduled_status_that_took_it() {
    let (world, account) = World::with_user("PREMIUM").await;
    let (first, second) = (
        add_upload(&world, account, "image/jpeg").await,
        add_upload(&world, account, "image/jpeg").await,
    );
    let query = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Upload { scheduledStatus { id } } } }";
    let ids = json!({"ids": [first.to_global(), second.to_global()]});
    let taken_by = async || world.ask(account, query, ids.clone()).await["nodes"].take();
    let statements = StatementCount::of(&world.database, "scheduled_statuses").await;

    let before = taken_by().await;
    let media = |upload: amda::id::UploadId| json!({"media": {"uploadId": upload.to_global()}});
    let mut scheduled = Vec::new();
    for upload in [first, second] {
        let plan = json!({"content": media(upload), "publishAt": planned_in(&world, 10)});
        scheduled.push(schedule(&world, account, plan).await["scheduledStatus"]["id"].take());
    }
    statements.take().await;
    let after = taken_by().await;

    assert_eq!(
        before,
        json!([{"scheduledStatus": null}, {"scheduledStatus": null}])
    );
    assert_eq!(
        after,
        json!([{"scheduledStatus": {"id": scheduled[0]}}, {"scheduledStatus": {"id": scheduled[1]}}])
    );
    assert_eq!(statements.take().await, 2, "one finds them, and one loads them");
}
