use serde_json::json;

use super::{Case, Wrong, conflict, invalid, nobodys, unknown, wrong_key};
use crate::contract::scene::Scene;

pub(super) fn wrong_inputs(scene: &Scene) -> Vec<Case> {
    let mut cases = links(scene);
    cases.extend(removals(scene));
    cases
}

/// An `accountId` of no account.
pub(super) fn unknown_account() -> [Wrong; 2] {
    [
        unknown("accountId", "nonsense", "is no"),
        unknown(
            "accountId",
            nobodys("Account"),
            "there is no account with this id; pass an id that this API returned",
        ),
    ]
}

fn links(scene: &Scene) -> Vec<Case> {
    let id = scene.account_id();
    let label = "a label has 1 to 100 visible letters";
    let method = || {
        [
            invalid(
                "method.qr",
                false,
                "pass true for a QR code, or pairingCode in its place",
            ),
            invalid(
                "method.pairingCode.phoneNumber",
                "call me",
                "with a plus in front: +5511999990000",
            ),
        ]
    };
    let mut link = vec![
        invalid("label", "\u{200B}", label),
        invalid("label", "x".repeat(101), label),
        wrong_key(),
    ];
    link.extend(method());
    let rename = [invalid("label", "", label)];
    vec![
        Case {
            mutation: "linkAccount",
            right: json!({"label": "Home", "method": {"qr": true}, "idempotencyKey": "key"}),
            wrong: link,
        },
        Case {
            mutation: "relinkAccount",
            right: json!({"accountId": id, "method": {"qr": true}}),
            wrong: unknown_account().into_iter().chain(method()).collect(),
        },
        Case {
            mutation: "restartAccount",
            right: json!({}),
            wrong: unknown_account().into(),
        },
        Case {
            mutation: "renameAccount",
            right: json!({"accountId": id, "label": "Home"}),
            wrong: unknown_account().into_iter().chain(rename).collect(),
        },
    ]
}

fn removals(scene: &Scene) -> [Case; 2] {
    let right = json!({"accountId": scene.account_id(), "isConfirmed": true});
    let unlink = conflict(
        "isConfirmed",
        false,
        "2 scheduled statuses, to be missed unless it is linked again in time",
    );
    let remove = conflict("isConfirmed", false, "deletes everything that was kept of it");
    [
        Case {
            mutation: "unlinkAccount",
            right: right.clone(),
            wrong: unknown_account().into_iter().chain([unlink]).collect(),
        },
        Case {
            mutation: "removeAccount",
            right,
            wrong: unknown_account().into_iter().chain([remove]).collect(),
        },
    ]
}
