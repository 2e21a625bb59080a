use amda::features::deleted_messages::DeletedMessageId;
use amda::hub::EventKind;
use serde_json::json;

use super::{delete, list};
use crate::support::whatsapp::{alice_deletes, alice_writes};
use crate::support::world::World;

#[tokio::test]
async fn each_bad_id_is_named_and_the_others_are_deleted_all_the_same() {
    let (world, account) = World::with_user("FREE").await;
    world
        .receive(account, &[alice_writes("M1", "hello"), alice_deletes("R1", "M1")])
        .await;
    let item = list(&world, account, "deletedMessages").await[0]["id"].clone();
    let unknown: DeletedMessageId = world.core.ids.next();

    let ids = json!([
        unknown.to_global(),
        item,
        "nonsense!",
        account.id.to_global(),
        item
    ]);
    let done = delete(&world, account, ids).await;

    assert_eq!(done["deletedIds"], json!([item]));
    assert_eq!(
        done["errors"],
        json!([
            {
                "code": "NOT_FOUND", "path": ["ids", "0"],
                "message": "there is no item with this id; pass an id that this API returned to you",
            },
            {
                "code": "NOT_FOUND", "path": ["ids", "2"],
                "message": "'nonsense!' is not an id; pass an id as this API returned it",
            },
            {
                "code": "NOT_FOUND", "path": ["ids", "3"],
                "message": "items of the type Account are not deleted in this way; pass ids of Status, ViewOnceMessage, DeletedMessage, \
                    EditedMessage",
            },
        ])
    );
    let again = delete(&world, account, json!([item])).await;
    assert_eq!(again["deletedIds"], json!([]));
    assert_eq!(again["errors"][0]["code"], "NOT_FOUND");
}

#[tokio::test]
async fn nobody_deletes_somebody_elses_items() {
    let world = World::build().await;
    let (theirs, mine) = (world.user("FREE").await, world.user("FREE").await);
    world
        .receive(theirs, &[alice_writes("M1", "hello"), alice_deletes("R1", "M1")])
        .await;
    let item = list(&world, theirs, "deletedMessages").await[0]["id"].clone();
    let unknown: DeletedMessageId = world.core.ids.next();

    let done = delete(&world, mine, json!([item])).await;

    assert_eq!(done, delete(&world, mine, json!([unknown.to_global()])).await);
    assert_eq!(list(&world, theirs, "deletedMessages").await.len(), 1);
    let told = world.events(theirs).await;
    assert!(
        told.iter()
            .all(|row| row.event.kind != EventKind::KeptItemRemoved)
    );
    assert!(world.events(mine).await.is_empty());
}

#[tokio::test]
async fn no_ids_and_too_many_are_refused() {
    let (world, account) = World::with_user("FREE").await;
    let unknown: DeletedMessageId = world.core.ids.next();
    let many = vec![unknown.to_global(); 101];

    let none = delete(&world, account, json!([])).await;
    let many = delete(&world, account, json!(many)).await;

    assert_eq!(
        none["errors"],
        json!([{ "code": "INVALID_INPUT", "path": ["ids"], "message": "ids is empty; pass at least one id" }])
    );
    assert_eq!(
        many["errors"][0]["message"],
        "ids names 101 items; pass at most 100 at once"
    );
}
