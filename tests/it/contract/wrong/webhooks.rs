use amda::id::to_global;
use serde_json::json;
use ulid::Ulid;

use super::{Case, Wrong, invalid, nobodys, unknown, wrong_key};
use crate::contract::scene::Scene;

pub(super) fn wrong_inputs(scene: &Scene) -> Vec<Case> {
    let right = json!({
        "url": "https://example.org/hook", "kinds": ["MESSAGE_DELETED"], "accountIds": [scene.account_id()],
        "description": "mine",
    });
    let mut changed = right.clone();
    changed["webhookEndpointId"] = json!(scene.endpoint);
    let mut cases = vec![
        Case {
            mutation: "createWebhookEndpoint",
            right,
            wrong: wrong_fields().into_iter().chain([wrong_key()]).collect(),
        },
        Case {
            mutation: "updateWebhookEndpoint",
            right: changed,
            wrong: unknown_endpoint().into_iter().chain(wrong_fields()).collect(),
        },
        Case {
            mutation: "redeliverWebhookDelivery",
            right: json!({}),
            wrong: vec![
                unknown("webhookDeliveryId", "nonsense", "is no"),
                unknown(
                    "webhookDeliveryId",
                    nobodys("WebhookDelivery"),
                    "there is no webhook delivery with this id; pass an id that this API returned",
                ),
            ],
        },
    ];
    let of_one = [
        "rotateWebhookEndpointSecret",
        "deleteWebhookEndpoint",
        "testWebhookEndpoint",
    ];
    cases.extend(of_one.map(|mutation| Case {
        mutation,
        right: json!({}),
        wrong: unknown_endpoint().into(),
    }));
    cases
}

fn unknown_endpoint() -> [Wrong; 2] {
    let words = "there is no webhook endpoint with this id; pass an id that this API returned";
    [
        unknown("webhookEndpointId", "nonsense", "is no"),
        unknown("webhookEndpointId", nobodys("WebhookEndpoint"), words),
    ]
}

fn wrong_fields() -> Vec<Wrong> {
    let many: Vec<String> = (0..101)
        .map(|number| to_global("Account", Ulid::from_parts(1, number)))
        .collect();
    let none = "the list is empty, so nothing would be sent; name some, or pass null for all";
    let account = "there is no account with this id; pass an id that this API returned";
    let letters = "a description has 1 to 200 visible letters; pass null for none";
    vec![
        invalid(
            "url",
            "nonsense",
            "this is not a web address; one looks like https://example.org/path",
        ),
        invalid(
            "url",
            "https://example.org:22/",
            "port 22 is not allowed; allowed are 443 and those from 1024",
        ),
        invalid("kinds", json!([]), none),
        invalid(
            "kinds",
            json!(["WEBHOOK_ENDPOINT_CHANGED"]),
            "is not sent to webhooks; subscribe to webhookEndpointChanged instead",
        )
        .at("kinds.0"),
        invalid("accountIds", json!([]), none),
        invalid(
            "accountIds",
            many,
            "there are 101 accounts; name at most 100, or pass null for all",
        ),
        unknown("accountIds", json!(["nonsense"]), "is no").at("accountIds.0"),
        unknown("accountIds", json!([nobodys("Account")]), account).at("accountIds.0"),
        invalid("description", "\u{200B}", letters),
        invalid("description", "x".repeat(201), letters),
    ]
}
