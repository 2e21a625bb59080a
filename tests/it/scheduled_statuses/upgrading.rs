//! Failures that an earlier version recorded in words.

use serde_json::json;

use super::steps::{load_status, plan_text};
use crate::support::database::connect;
use crate::support::world::World;

const UP: &str =
    include_str!("../../../migrations/2026-11-29-070310_give_codes_to_failed_scheduled_statuses/up.sql");
const DOWN: &str =
    include_str!("../../../migrations/2026-11-29-070310_give_codes_to_failed_scheduled_statuses/down.sql");

#[tokio::test]
async fn a_failure_of_an_earlier_version_has_a_reason_and_keeps_its_words() {
    let (world, account) = World::with_user("PREMIUM").await;
    let owner = connect(world.database.url()).await;
    let cases = [
        (
            "MISSED",
            "this server was not running at its time",
            "SERVER_DOWN",
            None,
        ),
        (
            "MISSED",
            "it could not be published: the account is unlinked; link it again",
            "ACCOUNT_UNLINKED",
            None,
        ),
        (
            "MISSED",
            "sending is paused until 2026-11-23T12:10:00Z: ",
            "SENDS_PAUSED",
            None,
        ),
        (
            "FAILED",
            "WhatsApp refused it with code 479",
            "REJECTED",
            Some(479),
        ),
        ("FAILED", "the receiver has no name on WhatsApp", "NOT_SENT", None),
    ];
    let mut ids = Vec::new();
    for _ in &cases {
        ids.push(plan_text(&world, account, 10).await);
    }

    owner.batch_execute(DOWN).await.unwrap();
    for (id, (state, words, ..)) in ids.iter().zip(cases) {
        let id = amda::features::scheduled_statuses::ScheduledStatusId::from_global(id).unwrap();
        let set =
            "UPDATE scheduled_statuses SET state = $1, reason = $2, revoke_reason = $2 WHERE id::text = $3";
        let id = id.as_uuid().to_string();
        owner.execute(set, &[&state, &words, &id]).await.unwrap();
    }
    owner.batch_execute(UP).await.unwrap();

    for (id, (state, words, reason, code)) in ids.iter().zip(cases) {
        let status = load_status(&world, account, id).await;
        assert_eq!(
            (
                &status["state"],
                &status["failureReason"],
                &status["failureMessage"]
            ),
            (&json!(state), &json!(reason), &json!(words))
        );
        assert_eq!(status["failureWhatsappCode"], json!(code));
        assert_eq!(status["deletionFailureMessage"], json!(words));
        let refused = if code.is_some() { "REJECTED" } else { "NOT_SENT" };
        assert_eq!(status["deletionFailureReason"], json!(refused));
    }
}
