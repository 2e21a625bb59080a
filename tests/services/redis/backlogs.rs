//! What waits for a reader, and for a Redis that does not answer.

use std::time::{Duration, Instant};

use amda::redis::{Heard, Redis, Subscription};
use futures::future::join_all;
use tokio::time::timeout;

use super::SECRET;
use super::server::RedisServer;
use crate::support::websocket::SOON;

async fn hear(subscription: &mut Subscription) -> Heard {
    timeout(SOON, subscription.next())
        .await
        .expect("something is heard")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_is_behind_by_more_messages_than_wait_is_told_of_a_gap_and_hears_the_newest() {
    let server = RedisServer::start();
    let redis = Redis::open(&server.url(), SECRET).await.unwrap();
    let channel = redis.channel("crowd");
    let mut slow = redis.subscribe(vec![channel.clone()]);
    let mut quick = redis.subscribe(vec![channel.clone()]);
    for subscription in [&mut slow, &mut quick] {
        assert_eq!(hear(subscription).await, Heard::Gap, "it begins");
    }

    // 4,096 messages wait for a reader.
    for round in 0..12 {
        let messages = (0..500).map(|number| (channel.clone(), (round * 500 + number).to_string()));
        redis.publish(messages.collect()).await.unwrap();
        let last = Heard::Message((round * 500 + 499).to_string());
        while hear(&mut quick).await != last {}
    }

    assert_eq!(hear(&mut slow).await, Heard::Gap);
    let newest = Heard::Message("5999".to_owned());
    while hear(&mut slow).await != newest {}
    redis.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_commands_than_wait_for_a_redis_that_stands_still_are_refused_and_none_waits_long() {
    let server = RedisServer::start();
    let redis = Redis::open(&server.url(), SECRET).await.unwrap();
    let channel = redis.channel("crowd");
    // Together more than the buffers of the connection hold.
    let payload = "x".repeat(8 * 1024);

    server.stand_still();
    let began = Instant::now();
    let publishing = (0..8_000).map(|_| redis.publish(vec![(channel.clone(), payload.clone())]));
    let published = join_all(publishing).await;
    let took = began.elapsed();
    server.go_on();

    let is_crowd = |error: &str| error.contains("Backpressure") || error.contains("no available capacity");
    let refused = published.iter().filter_map(|one| one.as_ref().err());
    let refused: Vec<String> = refused.map(|error| format!("{error:?}")).collect();
    assert!(
        refused.iter().any(|error| is_crowd(error)),
        "{:?}",
        refused.last()
    );
    assert!(took < Duration::from_secs(10), "{took:?}");
}
