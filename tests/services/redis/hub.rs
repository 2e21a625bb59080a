use std::time::{Duration, Instant};

use amda::hub::EventStream;
use amda::id::UserId;
use amda::redis::{Heard, Redis};
use amda::work::Core;
use tokio::time::timeout;

use super::server::RedisServer;
use super::{Nodes, SECRET, emit, next};
use crate::support::core::insert_user;
use crate::support::websocket::SOON;

/// The longest time after which a node knows what another one wrote, without Redis: one look into the table a second, and
/// a busy machine.
const BY_TABLE: Duration = Duration::from_secs(10);

/// The longest time after which it knows by Redis, on a busy machine.
const BY_REDIS: Duration = Duration::from_millis(300);
/// Number of events by which one of them comes by Redis.
const MOST_TRIES: usize = 100;

async fn listen(core: &Core, user: UserId) -> EventStream {
    EventStream::open(core.db.clone(), &core.hub, user, None)
        .await
        .unwrap()
}

/// Waits until the second node hears of the first one by Redis: sooner than by a look into the table, and so three times
/// in a row.
async fn settle(nodes: &Nodes, user: UserId, events: &mut EventStream) {
    let mut quick = 0;
    for _ in 0..MOST_TRIES {
        let began = Instant::now();
        nodes.emit_here(user).await;
        next(events).await;
        quick = if began.elapsed() < BY_REDIS { quick + 1 } else { 0 };
        if quick == 3 {
            return;
        }
    }
    panic!("the second node does not hear of the first one by Redis");
}

/// Two nodes on `redis`, a user, and their events on the second node, which hears of those of the first.
async fn settled(redis: &RedisServer) -> (Nodes, UserId, EventStream) {
    let nodes = Nodes::start(&redis.url()).await;
    let user = insert_user(&nodes.here, "FREE").await;
    let mut events = listen(&nodes.there, user).await;
    settle(&nodes, user, &mut events).await;
    (nodes, user, events)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_on_one_node_hears_what_another_one_wrote_at_once_and_in_order() {
    let redis = RedisServer::start();
    let nodes = Nodes::start(&redis.url()).await;
    let user = insert_user(&nodes.here, "FREE").await;
    let mut events = listen(&nodes.there, user).await;
    let mut own = listen(&nodes.here, user).await;
    settle(&nodes, user, &mut events).await;

    let mut delays = Vec::new();
    let mut last = None;
    for _ in 0..200 {
        nodes.emit_here(user).await;
        let committed = Instant::now();
        let event = next(&mut events).await;
        delays.push(committed.elapsed());
        assert!(
            last.is_none_or(|last| event.sequence == last + 1),
            "no gap and none twice"
        );
        last = Some(event.sequence);
    }

    delays.sort_unstable();
    let (half, most) = (delays[delays.len() / 2], delays[delays.len() * 99 / 100]);
    eprintln!("an event is heard on another node after {half:?} (half of them) and {most:?} (p99)");
    assert!(
        half < Duration::from_millis(500),
        "the notices come by Redis: {half:?}"
    );
    while next(&mut own).await.sequence < last.unwrap() {}
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_both_nodes_reach_both_in_one_order() {
    let redis = RedisServer::start();
    let nodes = Nodes::start(&redis.url()).await;
    let user = insert_user(&nodes.here, "FREE").await;
    let mut streams = [listen(&nodes.here, user).await, listen(&nodes.there, user).await];

    for _ in 0..50 {
        tokio::join!(emit(&nodes.here, user), emit(&nodes.there, user));
    }

    for events in &mut streams {
        for sequence in 1..=100 {
            assert_eq!(next(events).await.sequence, sequence);
        }
    }
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_redis_is_away_nothing_is_lost_and_nothing_doubled() {
    let mut redis = RedisServer::start();
    let (nodes, user, mut events) = settled(&redis).await;
    nodes.emit_here(user).await;
    let mut last = next(&mut events).await.sequence;

    redis.kill();
    for _ in 0..5 {
        nodes.emit_here(user).await;
        let event = timeout(BY_TABLE, events.next())
            .await
            .expect("by the table")
            .unwrap();
        assert_eq!(event.sequence, last + 1);
        last = event.sequence;
    }
    redis.start_again();
    for _ in 0..3 {
        nodes.emit_here(user).await;
        let event = next(&mut events).await;
        assert_eq!(event.sequence, last + 1);
        last = event.sequence;
    }

    // Both are subscribed again, or notices would come by the table for ever.
    settle(&nodes, user, &mut events).await;
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_forgets_everything_costs_nothing() {
    let redis = RedisServer::start();
    let (nodes, user, mut events) = settled(&redis).await;

    nodes.emit_here(user).await;
    assert_eq!(redis.ask(&["FLUSHALL"]), ["OK"]);
    assert_eq!(redis.ask(&["SCRIPT", "FLUSH"]), ["OK"]);
    nodes.emit_here(user).await;

    let first = next(&mut events).await.sequence;
    assert_eq!(next(&mut events).await.sequence, first + 1);
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_away_at_the_start_is_used_when_it_is_there() {
    let mut redis = RedisServer::start();
    redis.kill();
    let nodes = Nodes::start(&redis.url()).await;
    let user = insert_user(&nodes.here, "FREE").await;
    let mut events = listen(&nodes.there, user).await;
    nodes.emit_here(user).await;
    assert_eq!(
        timeout(BY_TABLE, events.next()).await.unwrap().unwrap().sequence,
        1
    );

    redis.start_again();

    settle(&nodes, user, &mut events).await;
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_installations_on_one_redis_hear_nothing_of_each_other() {
    let redis = RedisServer::start();
    let (nodes, ..) = settled(&redis).await;

    let channels = redis.ask(&["PUBSUB", "CHANNELS"]);

    let prefix = channels[0].rsplit_once(":events:").unwrap().0.to_owned();
    assert!(
        channels
            .iter()
            .all(|channel| channel.starts_with(&format!("{prefix}:events:")))
    );
    let other = Redis::open(&redis.url(), b"another installation").await.unwrap();
    assert!(!other.channel("events:0").starts_with(&prefix));
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_of_events_that_are_not_there_silences_nobody() {
    let redis = RedisServer::start();
    let (nodes, user, mut events) = settled(&redis).await;
    nodes.emit_here(user).await;
    let last = next(&mut events).await.sequence;

    let forged = format!("{user} {user}:{}", i64::MAX);
    for channel in redis.ask(&["PUBSUB", "CHANNELS"]) {
        redis.ask(&["PUBLISH", &channel, &forged]);
    }
    nodes.emit_here(user).await;

    assert_eq!(next(&mut events).await.sequence, last + 1);
    nodes.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quiet_subscription_asks_for_a_sign_of_life_though_its_reader_looks_elsewhere_meanwhile() {
    let server = RedisServer::start();
    let redis = Redis::open(&server.url(), SECRET).await.unwrap();
    let mut subscription = redis.subscribe(vec![redis.channel("quiet")]);
    assert_eq!(subscription.next().await, Heard::Gap);

    let asked = async {
        let is_asking = |client: &String| client.contains(" sub=1 ") && client.contains(" cmd=ping ");
        while !server.ask(&["CLIENT", "LIST"]).iter().any(is_asking) {
            // As the exchange of notices does, which looks into the table meanwhile.
            let heard = timeout(Duration::from_millis(200), subscription.next()).await;
            assert!(heard.is_err(), "{heard:?}");
        }
    };

    timeout(SOON, asked).await.expect("it asks for a sign of life");
    redis.close().await;
}
