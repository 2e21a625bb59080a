use serde_json::{Value, json};

use super::accounts::unknown_account;
use super::auto_like::wrong_contacts;
use super::{Case, Wrong, invalid};
use crate::contract::scene::Scene;

/// The right settings, without what needs Premium.
pub(super) fn free_settings(scene: &Scene) -> Value {
    json!({"mode": "BUSY", "busyUntil": scene.in_minutes(60), "offlineMessage": "I am out, {name}",
        "busyMessage": "I am busy until {time}", "cooldownMinutes": 60, "scope": "ALL", "contactIds": [], "schedule": []})
}

pub(super) fn wrong_inputs(scene: &Scene) -> Case {
    let slot = json!({"weekday": "MONDAY", "from": "09:00", "until": "17:00"});
    let mut settings = free_settings(scene);
    settings["contactIds"] = json!([scene.contact]);
    settings["schedule"] = json!([slot]);
    let mut wrong: Vec<Wrong> = unknown_account().into();
    wrong.extend(wrong_contacts());
    wrong.extend(wrong_messages());
    wrong.extend(wrong_slots(&slot));
    wrong.extend([
        invalid(
            "settings.mode",
            "OFFLINE",
            "busyUntil needs the mode BUSY, but the mode is OFFLINE",
        )
        .at("settings.busyUntil")
        .alone(),
        invalid(
            "settings.busyUntil",
            scene.in_minutes(-1),
            "pass a time from now to a year from now",
        ),
        invalid(
            "settings.cooldownMinutes",
            0,
            "cooldownMinutes is 0; pass 1 to 10080",
        ),
    ]);
    Case {
        mutation: "updateAutoReplySettings",
        right: json!({"accountId": scene.account_id(), "settings": settings}),
        wrong,
    }
}

fn wrong_messages() -> [Wrong; 4] {
    [
        invalid(
            "settings.offlineMessage",
            " ",
            "the message is empty; pass 1 to 1000 characters",
        ),
        invalid(
            "settings.offlineMessage",
            "x".repeat(1_001),
            "1001 characters; pass 1 to 1000",
        ),
        invalid(
            "settings.busyMessage",
            "x".repeat(1_001),
            "1001 characters; pass 1 to 1000",
        ),
        invalid(
            "settings.busyMessage",
            "hello {nam}",
            "'{nam}' is not a placeholder; the placeholders are {name} and {time}",
        ),
    ]
}

fn wrong_slots(slot: &Value) -> [Wrong; 4] {
    [
        invalid("settings.schedule.0.from", "24:00", "from 00:00 to 23:59"),
        invalid("settings.schedule.0.until", "five", "from 00:00 to 24:00"),
        invalid(
            "settings.schedule.0.until",
            "09:00",
            "the same time; pass two different ones",
        )
        .alone(),
        invalid(
            "settings.schedule",
            vec![slot.clone(); 51],
            "the schedule has 51 slots; pass at most 50",
        ),
    ]
}
