use amda::account::AccountRef;
use serde_json::json;

use super::update;
use crate::support::world::World;

#[tokio::test]
async fn holding_is_on_at_first_and_changes_only_where_named() {
    let (world, free) = World::with_user("FREE").await;
    let premium = world.user("PREMIUM").await;
    let query = "{ viewer { accounts { nodes { deletedMessageSettings { isEnabled includesGroups mediaBackup windowDays } } } } }";

    let before = world.ask(free, query, json!({})).await;
    let changed = update(&world, premium, premium, json!({ "mediaBackup": "EAGER" })).await;

    assert_eq!(
        before["viewer"]["accounts"]["nodes"][0]["deletedMessageSettings"],
        json!({ "isEnabled": true, "includesGroups": true, "mediaBackup": "ON_DELETE", "windowDays": 3 })
    );
    assert_eq!(
        changed,
        json!({
            "deletedMessageSettings": { "isEnabled": true, "includesGroups": true, "mediaBackup": "EAGER", "windowDays": 30 },
            "errors": [],
        })
    );
}

#[tokio::test]
async fn somebody_elses_account_looks_like_none_at_all() {
    let (world, mine) = World::with_user("FREE").await;
    let theirs = world.user("FREE").await;
    let nobody = AccountRef {
        id: world.core.ids.next(),
        ..mine
    };

    let of_theirs = update(&world, mine, theirs, json!({ "isEnabled": false })).await;
    let of_nobody = update(&world, mine, nobody, json!({ "isEnabled": false })).await;

    assert_eq!(of_theirs, of_nobody);
    assert_eq!(of_theirs["errors"][0]["code"], "NOT_FOUND");
}
