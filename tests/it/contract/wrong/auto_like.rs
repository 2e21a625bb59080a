use amda::id::to_global;
use serde_json::{Value, json};
use ulid::Ulid;

use super::accounts::unknown_account;
use super::{Case, Wrong, invalid, nobodys, unknown};
use crate::contract::scene::Scene;

/// The right settings, without what needs Premium.
pub(super) fn free_settings() -> Value {
    json!({"isEnabled": true, "emoji": "💚", "scope": "ALL", "contactIds": [], "skipsMuted": true,
        "sendsViewReceipts": true, "maxPerHour": 30})
}

pub(super) fn wrong_inputs(scene: &Scene) -> Case {
    let mut settings = free_settings();
    settings["contactEmojis"] = json!([{"contactId": scene.contact, "emoji": "🔥"}]);
    settings["contactIds"] = json!([scene.contact]);
    settings["quietHours"] = json!({"from": "22:00", "until": "07:00"});
    let one = json!({"contactId": scene.contact, "emoji": "🔥"});
    let mut wrong: Vec<Wrong> = unknown_account().into();
    wrong.extend(wrong_contacts());
    wrong.extend(wrong_hours());
    wrong.extend([
        invalid(
            "settings.emoji",
            "ok",
            "'ok' is not one emoji; pass exactly one, such as 💚",
        ),
        invalid(
            "settings.contactEmojis",
            json!(vec![one; 1_001]),
            "1001 contacts would have an emoji of their own; at most 1000 may",
        ),
        unknown(
            "settings.contactEmojis.0.contactId",
            "nonsense",
            "'nonsense' is not an id",
        ),
        invalid(
            "settings.contactEmojis.0.emoji",
            "💚💚",
            "is not one emoji; pass exactly one, such as 💚, or null",
        ),
        invalid("settings.maxPerHour", 0, "maxPerHour is 0; pass 1 to 120"),
        invalid("settings.maxPerHour", 121, "maxPerHour is 121; pass 1 to 120"),
    ]);
    Case {
        mutation: "updateAutoLikeSettings",
        right: json!({"accountId": scene.account_id(), "settings": settings}),
        wrong,
    }
}

/// Wrong lists of contacts in settings. Contacts are judged by the account, so they are the account's when that is wrong.
pub(super) fn wrong_contacts() -> [Wrong; 4] {
    let many: Vec<String> = (0..1_001)
        .map(|number| to_global("Contact", Ulid::from_parts(1, number)))
        .collect();
    let list = "settings.contactIds";
    [
        unknown(list, json!(["nonsense"]), "'nonsense' is not an id").at("settings.contactIds.0"),
        unknown(
            list,
            json!([nobodys("Account")]),
            "of the type Account; pass one of the type Contact",
        )
        .at("settings.contactIds.0"),
        unknown(
            list,
            json!([nobodys("Contact")]),
            "there is no contact of this account with this id",
        )
        .at("settings.contactIds.0")
        .alone(),
        invalid(list, many, "the list names 1001 contacts; pass at most 1000"),
    ]
}

fn wrong_hours() -> [Wrong; 3] {
    let span = "from 00:00 to 23:59";
    [
        invalid("settings.quietHours.from", "24:00", span),
        invalid("settings.quietHours.until", "7", span),
        invalid(
            "settings.quietHours.until",
            "22:00",
            "the same time; pass two different ones",
        )
        .alone(),
    ]
}
