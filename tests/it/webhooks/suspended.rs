//! Endpoints of a suspended user.

use amda::features::users::{suspend, unsuspend};
use serde_json::json;
use tokio::time::timeout;

use super::steps::{add_endpoint_with, delivering_world, emit_like, read_log_when, read_settled_log};
use super::tries;
use crate::support::database::connect;
use crate::support::receiver::Receiver;
use crate::support::worker::DEADLINE;
use crate::support::world::World;

/// Waits until no delivery is due or under way.
async fn until_idle(world: &World) {
    let client = connect(world.database.url()).await;
    let query = "SELECT count(*) FROM jobs WHERE kind LIKE 'webhooks.%'";
    let idle = async { while client.query_one(query, &[]).await.unwrap().get::<_, i64>(0) > 0 {} };
    timeout(DEADLINE, idle).await.expect("the jobs end in time");
}

#[tokio::test]
async fn what_is_due_to_an_endpoint_waits_until_the_suspension_is_taken_back() {
    let ((world, _delivering), mut receiver) = (delivering_world().await, Receiver::start().await);
    let alice = world.user("FREE").await;
    let email = format!("{}@example.org", alice.user);
    let wants = json!({ "url": receiver.url(), "kinds": ["STATUS_LIKED"] });
    add_endpoint_with(&world, alice, wants).await;

    suspend(&world.core, &email, None).await.unwrap();
    emit_like(&world, alice).await;
    read_log_when(&world, alice, |log| log.len() == 1).await;
    until_idle(&world).await;
    let waiting = read_log_when(&world, alice, |log| log.len() == 1).await;
    unsuspend(&world.core, &email).await.unwrap();

    assert_eq!((&waiting[0]["state"], tries(&waiting[0])), (&json!("PENDING"), 0));
    receiver.next().await;
    let log = read_settled_log(&world, alice, 1).await;
    assert_eq!((&log[0]["state"], tries(&log[0])), (&json!("DELIVERED"), 1));
}
