use amda::event::SendOutcome;
use chrono::TimeDelta;
use serde_json::json;

use super::{says, turn_on, update};
use crate::support::outbox::report_last;
use crate::support::whatsapp::{alice, words};
use crate::support::world::World;

#[tokio::test]
async fn likes_are_counted_by_the_days_of_the_users_time_zone() {
    let (world, account) = World::with_user("PREMIUM").await;
    turn_on(&world, account, json!({})).await;
    let refused = || SendOutcome::Rejected {
        code: "479".to_owned(),
    };
    // It is Monday noon in Berlin: liked then, at 23:59 refused, and on Tuesday at 0:00 and 0:01 skipped and liked.
    let steps = [
        (719, Some(SendOutcome::Acked)),
        (1, Some(refused())),
        (1, None),
        (0, Some(SendOutcome::Acked)),
    ];
    for (number, (wait, outcome)) in steps.into_iter().enumerate() {
        let emptied = json!({ "scope": if outcome.is_none() { "ONLY" } else { "ALL" } });
        update(&world, account, account, emptied).await;
        let status = says(
            alice(),
            &format!("S{number}"),
            world.core.clock.now(),
            words("hi"),
        );
        world.receive(account, &[status]).await;
        if let Some(outcome) = outcome {
            report_last(&world, account, outcome).await;
        }
        world.clock.advance(TimeDelta::minutes(wait));
    }
    let query = "{ viewer { accounts { nodes { autoLikeCounters {
        today { liked rejected failed skipped skips { skipReason count } } lastSevenDays { liked rejected skipped }
        lastThirtyDays { liked rejected skipped }
    } } } } }";

    let now = world.ask(account, query, json!({})).await;
    world.clock.advance(TimeDelta::days(6));
    let in_six_days = world.ask(account, query, json!({})).await;
    world.clock.advance(TimeDelta::days(23));
    let in_a_month = world.ask(account, query, json!({})).await;

    let count = |liked: u32, rejected: u32, skipped: u32| json!({ "liked": liked, "rejected": rejected, "skipped": skipped });
    let now = &now["viewer"]["accounts"]["nodes"][0]["autoLikeCounters"];
    assert_eq!(
        now["today"],
        json!({
            "liked": 1, "rejected": 0, "failed": 0, "skipped": 1,
            "skips": [{ "skipReason": "FILTERED", "count": 1 }],
        })
    );
    assert_eq!(now["lastSevenDays"], count(2, 1, 1));
    let later = &in_six_days["viewer"]["accounts"]["nodes"][0]["autoLikeCounters"];
    assert_eq!(later["today"]["liked"], 0);
    assert_eq!(later["lastSevenDays"], count(1, 0, 1));
    assert_eq!(later["lastThirtyDays"], count(2, 1, 1));
    let last = &in_a_month["viewer"]["accounts"]["nodes"][0]["autoLikeCounters"];
    assert_eq!(last["lastThirtyDays"], count(1, 0, 1));
}
