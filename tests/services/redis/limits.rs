use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use amda::clock::{SharedClock, SystemClock};
use amda::limiter::{DelayGrowth, Limiter, Limiters, Rate};
use amda::metrics::Metrics;
use amda::redis::Redis;
use chrono::TimeDelta;
use secrecy::SecretString;

use super::SECRET;
use super::server::RedisServer;

const FIVE_AN_HOUR: Rate = Rate {
    burst: 5,
    per: TimeDelta::hours(1),
};

const THREE_FREE: DelayGrowth = DelayGrowth {
    free: 3,
    first_delay: TimeDelta::minutes(1),
    longest_delay: TimeDelta::minutes(10),
    forgotten_after: TimeDelta::hours(1),
};

/// The limiters of two nodes.
async fn two(url: &SecretString) -> [Limiters; 2] {
    let clock: SharedClock = Arc::new(SystemClock);
    let redis = [
        Redis::open(url, SECRET).await.unwrap(),
        Redis::open(url, SECRET).await.unwrap(),
    ];
    redis.map(|redis| Limiters::across_nodes(Arc::clone(&clock), Metrics::default(), redis))
}

fn five_an_hour(limiters: &[Limiters; 2]) -> [Limiter; 2] {
    [0, 1].map(|at: usize| limiters[at].limiter("test", FIVE_AN_HOUR))
}

/// Spends alternately on both nodes until both refuse; how often one allowed it.
async fn spend_all(limiters: &[Limiter; 2], key: &str) -> usize {
    let mut allowed = 0;
    for _ in 0..10 {
        for limiter in limiters {
            allowed += usize::from(limiter.spend(key).await.is_ok());
        }
    }
    allowed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_limit_holds_on_all_nodes_together() {
    let redis = RedisServer::start();
    let limiters = five_an_hour(&two(&redis.url()).await);

    assert_eq!(spend_all(&limiters, "alice").await, 5);
    let refused = limiters[1].spend("alice").await.unwrap_err();
    assert!(refused.retry_after > Duration::from_mins(11), "{refused:?}");
    assert!(refused.retry_after <= Duration::from_mins(12), "{refused:?}");
    assert_eq!(limiters[1].spend("bob").await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_at_once_on_both_nodes_count_as_many() {
    let redis = RedisServer::start();
    let limiters = five_an_hour(&two(&redis.url()).await);

    let spent = (0..40).map(|at| limiters[at % 2].spend("alice"));
    let spent = futures::future::join_all(spent).await;

    assert_eq!(spent.iter().filter(|spent| spent.is_ok()).count(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_gives_back_another_can_spend() {
    let redis = RedisServer::start();
    let limiters = five_an_hour(&two(&redis.url()).await);
    assert_eq!(spend_all(&limiters, "alice").await, 5);

    for limiter in &limiters {
        limiter.give_back("alice").await;
    }

    assert_eq!(spend_all(&limiters, "alice").await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cost_is_taken_from_one_purse_on_all_nodes() {
    let redis = RedisServer::start();
    let rate = Rate {
        burst: 50_000,
        per: TimeDelta::hours(50),
    };
    let [here, there] = two(&redis.url())
        .await
        .map(|limiters| limiters.limiter("operations", rate));

    assert_eq!(here.take("alice", 20_000).await, Ok(30_000));
    assert_eq!(there.take("alice", 20_000).await, Ok(10_000));
    let refused = here.take("alice", 20_000).await.unwrap_err();

    assert_eq!(refused.left, 10_000);
    assert!(refused.retry_after > Duration::from_hours(9), "{refused:?}");
    assert_eq!(there.take("alice", 10_000).await, Ok(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_slow_down_on_all_nodes_together() {
    let redis = RedisServer::start();
    let [here, there] = two(&redis.url())
        .await
        .map(|limiters| limiters.growing_delay("test", THREE_FREE));
    here.spend("alice").await.unwrap();
    there.spend("alice").await.unwrap();
    there.give_back("alice").await;
    here.spend("alice").await.unwrap();
    there.spend("alice").await.unwrap();

    let refused = [here.spend("alice").await, there.spend("alice").await];

    for refused in refused {
        let wait = refused.unwrap_err().retry_after;
        assert!(
            wait > Duration::from_secs(50) && wait <= Duration::from_mins(1),
            "{wait:?}"
        );
    }
    assert_eq!(there.spend("bob").await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_each_node_counts_by_itself_and_none_fails_open() {
    let mut redis = RedisServer::start();
    let limiters = five_an_hour(&two(&redis.url()).await);
    limiters[0].spend("alice").await.unwrap();

    redis.kill();

    assert_eq!(spend_all(&limiters, "alice").await, 4 + 5);
    redis.start_again();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_stands_still_delays_nobody_for_longer_than_the_bound() {
    let redis = RedisServer::start();
    let limiters = five_an_hour(&two(&redis.url()).await);
    limiters[0].spend("alice").await.unwrap();

    redis.stand_still();
    let mut longest = Duration::ZERO;
    let began = Instant::now();
    for number in 0..200 {
        let asked = Instant::now();
        limiters[0].spend(&number.to_string()).await.unwrap();
        longest = longest.max(asked.elapsed());
    }
    let all = began.elapsed();
    redis.go_on();

    eprintln!("a Redis that stands still: the longest of 200 limits took {longest:?}, all together {all:?}");
    assert!(longest < Duration::from_millis(150), "{longest:?}");
    assert!(all < Duration::from_secs(1), "only the first one waits: {all:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_key_expires_and_names_nobody() {
    let redis = RedisServer::start();
    let limiters = two(&redis.url()).await;
    let delay = limiters[0].growing_delay("guesses", THREE_FREE);
    let limiter = &five_an_hour(&limiters)[0];
    for key in ["alice@example.org", "192.0.2.7", "bob@example.org"] {
        limiter.spend(key).await.unwrap();
        delay.spend(key).await.unwrap();
        limiter.spend(key).await.unwrap();
        limiter.give_back(key).await;
    }

    let keys: HashSet<String> = redis.ask(&["--scan"]).into_iter().collect();

    assert_eq!(keys.len(), 6, "{keys:?}");
    for key in &keys {
        assert!(!key.contains("example") && !key.contains("192"), "{key}");
        let life: i64 = redis.ask(&["PTTL", key])[0].parse().unwrap();
        assert!(
            life > 0 && life <= TimeDelta::hours(1).num_milliseconds(),
            "{key} lives {life} ms"
        );
    }
    // What was given back whole leaves nothing.
    limiter.spend("carol").await.unwrap();
    limiter.give_back("carol").await;
    assert_eq!(redis.ask(&["--scan"]).len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_forgets_everything_frees_a_node_of_the_counts_of_others_alone() {
    let redis = RedisServer::start();
    let limiters = five_an_hour(&two(&redis.url()).await);
    assert_eq!(spend_all(&limiters, "alice").await, 5);

    redis.ask(&["FLUSHALL"]);
    redis.ask(&["SCRIPT", "FLUSH"]);

    // Three were counted here and two there.
    assert_eq!(spend_all(&limiters, "alice").await, 2 + 3);
}
