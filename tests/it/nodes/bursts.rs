//! Servers that die while they commit many messages at once.

use serde_json::json;

use super::cluster::{Cluster, until_status};
use crate::support::app::TestUser;

const KILLS: u32 = 3;
/// Number of messages between two kills.
const BURST: u32 = 90;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_are_killed_in_the_middle_of_bursts_lose_and_double_nothing() {
    let cluster = Cluster::open().await;
    let mut node = cluster.node().await;
    let user = cluster.register(&node, "alice@example.org").await;
    let phone = cluster.link(&user, "5511900000001").await;
    let mut people = Vec::new();
    for (number, name) in [
        ("5511800000701", "Bob"),
        ("5511800000702", "Carla"),
        ("5511800000703", "Dora"),
    ] {
        people.push(phone.contact(number, name).await);
    }

    for killed in 0..KILLS {
        for number in 0..BURST {
            let from = &people[number as usize % people.len()];
            // Of each person both, one after the other.
            let kind = if number % 2 == 0 { "status" } else { "message" };
            phone
                .happen(json!({"kind": kind, "from": from, "text": format!("{killed}.{number}")}))
                .await;
        }
        // At another point of the burst each time.
        let some = i64::from(killed * BURST + killed * 20);
        cluster.wait_for_messages(|stored| stored > some).await;
        node.kill();
        node = cluster.node().await;
    }

    let sent = i64::from(KILLS * BURST);
    cluster.wait_for_messages(|stored| stored >= sent).await;
    let there = TestUser::at(node.address, &user.token);
    for from in &people {
        phone
            .happen(json!({"kind": "status", "from": from, "text": format!("still here, {from}")}))
            .await;
        until_status(&there, &format!("still here, {from}")).await;
    }
    let all = sent + i64::from(u32::try_from(people.len()).unwrap());
    assert_eq!(cluster.wait_for_messages(|stored| stored >= all).await, all);
    // A key that came with a status may die with a server. Its sender is asked, and sends the statuses behind it again.
    cluster.wait_until_decrypted().await;
    assert_eq!(cluster.doubled_logins().await, 0);
    node.stop().await;
}
