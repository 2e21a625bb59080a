use amda::account::AccountRef;
use serde_json::json;

use super::update;
use crate::support::linked::House;

#[tokio::test]
async fn holding_is_on_at_first_and_changes_only_where_named() {
    let house = House::build().await;
    let free = house.user("FREE").await;
    let premium = house.user("PREMIUM").await;
    let query =
        "{ viewer { account { deletedMessages { isEnabled includeGroups mediaBackup windowDays } } } }";

    let before = house.ask(free, query, json!({})).await;
    let changed = update(&house, premium, premium, json!({ "mediaBackup": "EAGER" })).await;

    assert_eq!(
        before["viewer"]["account"]["deletedMessages"],
        json!({ "isEnabled": true, "includeGroups": true, "mediaBackup": "ON_DELETE", "windowDays": 3 })
    );
    assert_eq!(
        changed,
        json!({
            "deletedMessages": { "isEnabled": true, "includeGroups": true, "mediaBackup": "EAGER", "windowDays": 30 },
            "errors": [],
        })
    );
}

#[tokio::test]
async fn somebody_elses_account_looks_like_none_at_all() {
    let house = House::build().await;
    let mine = house.user("FREE").await;
    let theirs = house.user("FREE").await;
    let nobody = AccountRef {
        id: house.core.ids.next(),
        ..mine
    };

    let of_theirs = update(&house, mine, theirs, json!({ "isEnabled": false })).await;
    let of_nobody = update(&house, mine, nobody, json!({ "isEnabled": false })).await;

    assert_eq!(of_theirs, of_nobody);
    assert_eq!(of_theirs["errors"][0]["code"], "NOT_FOUND");
}
