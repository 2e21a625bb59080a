//! The owner's own statuses, and who viewed them.

use amda::account::AccountRef;
use amda::event::{ReceiptKind, SendOutcome};
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::posts;
use crate::scheduled_statuses::steps::{
    add_contact, add_owner, delete_published, publish_text, receive_receipt,
};
use crate::support::graphql::nodes;
use crate::support::outbox::report_last;
use crate::support::statements::StatementCount;
use crate::support::whatsapp::{alice, bob, owner};
use crate::support::world::World;

/// The owner's statuses, newest first.
async fn own(world: &World, account: AccountRef) -> Vec<Value> {
    let query = "{ viewer { statuses(filter: {isOwn: true}) { edges { node {
        kind text isOwn deletedAt viewerCount viewers { edges { node { contact { displayName } } } }
    } } } } }";
    let data = world.ask(account, query, json!({})).await;
    nodes(&data["viewer"]["statuses"])
}

#[tokio::test]
async fn a_status_that_amda_published_is_among_the_owners_with_its_viewers() {
    let (world, account) = World::with_user("FREE").await;
    add_owner(&world, account, &owner()).await;
    add_contact(&world, account, "Alice", &alice()).await;

    let (id, post) = publish_text(&world, account).await;
    receive_receipt(&world, account, &alice(), &post.wa_id, ReceiptKind::Read).await;
    receive_receipt(&world, account, &alice(), &post.wa_id, ReceiptKind::Played).await;
    receive_receipt(&world, account, &owner(), &post.wa_id, ReceiptKind::Read).await;

    let statuses = own(&world, account).await;
    assert_eq!(statuses.len(), 1, "{statuses:#?}");
    assert_eq!(
        (&statuses[0]["kind"], &statuses[0]["text"]),
        (&json!("TEXT"), &json!("hello"))
    );
    assert_eq!(statuses[0]["viewerCount"], 1);
    let viewers = nodes(&statuses[0]["viewers"]);
    assert_eq!(viewers, [json!({"contact": {"displayName": "Alice"}})]);
    delete_published(&world, account, &id).await;
    world.clock.advance(TimeDelta::seconds(1));
    report_last(&world, account, SendOutcome::Acked).await;
    assert!(own(&world, account).await[0]["deletedAt"].is_string());
}

#[tokio::test]
async fn a_status_that_the_owner_posted_on_the_phone_has_viewers_and_a_contacts_has_none() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(
            account,
            &[posts(owner(), "S1", "mine"), posts(bob(), "S2", "theirs")],
        )
        .await;

    receive_receipt(&world, account, &alice(), "S1", ReceiptKind::Read).await;
    receive_receipt(&world, account, &alice(), "S2", ReceiptKind::Read).await;

    let statuses = own(&world, account).await;
    assert_eq!(statuses.len(), 1, "{statuses:#?}");
    assert_eq!(statuses[0]["viewerCount"], 1);
    let query = "{ viewer { statuses(filter: {isOwn: false}) { edges { node { viewerCount } } } } }";
    let theirs = world.ask(account, query, json!({})).await;
    assert_eq!(
        nodes(&theirs["viewer"]["statuses"]),
        [json!({"viewerCount": null})]
    );
}

#[tokio::test]
async fn the_viewers_of_all_statuses_are_read_together() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(
            account,
            &[posts(owner(), "S1", "one"), posts(owner(), "S2", "two")],
        )
        .await;
    for (who, wa_id) in [(alice(), "S1"), (bob(), "S1"), (alice(), "S2")] {
        receive_receipt(&world, account, &who, wa_id, ReceiptKind::Read).await;
    }
    let statements = StatementCount::of(&world.database, "status_viewers").await;
    let query = "{ viewer { statuses { edges { node { text viewers(first: 1) {
        totalCount nodes { contact { phoneNumber } } pageInfo { hasNextPage }
    } } } } } }";

    let data = world.ask(account, query, json!({})).await;

    let mut statuses = nodes(&data["viewer"]["statuses"]);
    statuses.sort_by_key(|status| status["text"].to_string());
    let ends = |status: &Value| {
        let viewers = &status["viewers"];
        (
            viewers["totalCount"].clone(),
            viewers["pageInfo"]["hasNextPage"].clone(),
        )
    };
    assert_eq!(ends(&statuses[0]), (json!(2), json!(true)));
    assert_eq!(ends(&statuses[1]), (json!(1), json!(false)));
    // One for every status's page, and one for the numbers.
    assert_eq!(statements.take().await, 2);
}
