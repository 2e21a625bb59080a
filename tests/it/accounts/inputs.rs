//! Inputs of the mutations of accounts that are refused.

use serde_json::{Value, json};

use super::mutate;
use crate::support::graphql::mistakes;
use crate::support::world::World;

#[tokio::test]
async fn every_mistake_in_a_link_is_told_at_once() {
    let (world, account) = World::with_user("PREMIUM").await;
    let link = "mutation ($input: LinkAccountInput!) { linkAccount(input: $input) {
        account { id } viewer { id } errors { code path }
    } }";
    let input = json!({
        "label": "\u{200B}",
        "method": {"pairingCode": {"phoneNumber": "12"}},
        "idempotencyKey": "two words",
    });

    let refused = world.ask(account, link, json!({ "input": input })).await;

    let payload = &refused["linkAccount"];
    assert_eq!(
        mistakes(payload),
        [
            "INVALID_INPUT label",
            "INVALID_INPUT method.pairingCode.phoneNumber",
            "INVALID_INPUT idempotencyKey",
        ]
    );
    assert_eq!(payload["viewer"], Value::Null);
    let input = json!({"method": {"qr": false}});
    let refused = world.ask(account, link, json!({ "input": input })).await;
    assert_eq!(mistakes(&refused["linkAccount"]), ["INVALID_INPUT method.qr"]);
}

#[tokio::test]
async fn an_unknown_account_is_told_together_with_what_else_is_wrong() {
    let (world, account) = World::with_user("FREE").await;
    let stranger = world.user("FREE").await;

    let input = json!({"accountId": account.id.to_global(), "label": " "});
    let renamed = mutate(&world, stranger, "renameAccount", "RenameAccountInput", input).await;
    let input = json!({"accountId": "nonsense", "method": {"pairingCode": {"phoneNumber": "call me"}}});
    let relinked = mutate(&world, stranger, "relinkAccount", "RelinkAccountInput", input).await;

    assert_eq!(mistakes(&renamed), ["NOT_FOUND accountId", "INVALID_INPUT label"]);
    assert_eq!(
        mistakes(&relinked),
        [
            "NOT_FOUND accountId",
            "INVALID_INPUT method.pairingCode.phoneNumber"
        ]
    );
}
