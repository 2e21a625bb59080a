use std::sync::Arc;
use std::time::{Duration, Instant};

use amda::app::Tuning;
use amda::clock::{Clock, SystemClock};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::cluster::{Cluster, until_status};
use crate::support::app::{TestUser, tuning};

/// The machine's clock, set wrong by this much.
#[derive(Debug)]
struct WrongClock(TimeDelta);

#[async_trait]
impl Clock for WrongClock {
    fn now(&self) -> DateTime<Utc> {
        SystemClock.now() + self.0
    }

    async fn sleep_until(&self, at: DateTime<Utc>) {
        SystemClock.sleep_until(at - self.0).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_whose_clocks_are_five_minutes_apart_take_over_at_the_same_time_as_others() {
    for minutes in [-5, 5] {
        let cluster = Cluster::open().await;
        let first = cluster.node().await;
        let user = cluster.register(&first, "alice@example.org").await;
        let phone = cluster.link(&user, "5511900000001").await;
        let bob = phone.contact("5511800000701", "Bob").await;
        let before = cluster.owners().await;
        let clock = Arc::new(WrongClock(TimeDelta::minutes(minutes)));
        let second = cluster.node_tuned(Tuning { clock, ..tuning() }).await;
        let there = TestUser::at(second.address, &user.token);
        assert_eq!(
            cluster.owners().await,
            before,
            "it takes over nothing that another runs"
        );

        first.kill();
        let killed = Instant::now();
        phone
            .happen(json!({"kind": "status", "from": bob, "text": "sunny"}))
            .await;
        until_status(&there, "sunny").await;
        let took = killed.elapsed();

        assert!(
            took < Duration::from_secs(10),
            "{minutes} minutes: it took {took:?}"
        );
        assert_eq!(cluster.doubled_logins().await, 0);
        second.stop().await;
    }
}
