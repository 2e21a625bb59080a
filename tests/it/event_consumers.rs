//! Event consumers get each event exactly once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use amda::db::schema::event_followings;
use amda::event_consumers::{ConsumeError, ConsumerLoop, EventConsumer};
use amda::hub::{EventKind, EventRow, NewEvent};
use amda::id::{AccountId, UserId};
use amda::work::{Core, Work};
use async_trait::async_trait;
use diesel::ExpressionMethods;
use diesel_async::RunQueryDsl;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::support::core::{clock_at, core, insert_user};
use crate::support::database::TestDatabase;
use crate::support::worker::DEADLINE;

/// A consumer that records what it consumes, after a number of failures.
#[derive(Debug)]
struct Recorder {
    failures: Mutex<u32>,
    pages: mpsc::UnboundedSender<Vec<i64>>,
}

#[async_trait]
impl EventConsumer for Recorder {
    fn name(&self) -> &'static str {
        "recorder"
    }

    async fn consume(&self, _: &mut Work, events: &[EventRow]) -> Result<(), ConsumeError> {
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            self.pages.send(Vec::new()).unwrap();
            return Err("a failure that the test asked for".into());
        }
        self.pages
            .send(events.iter().map(|row| row.sequence).collect())
            .unwrap();
        Ok(())
    }
}

struct Consuming {
    pages: mpsc::UnboundedReceiver<Vec<i64>>,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

fn consume(core: &Core, failures: u32) -> Consuming {
    let (sender, pages) = mpsc::unbounded_channel();
    let recorder = Recorder {
        failures: Mutex::new(failures),
        pages: sender,
    };
    let stop = CancellationToken::new();
    let running = ConsumerLoop::new(core.clone(), vec![Arc::new(recorder)]);
    Consuming {
        pages,
        stop: stop.clone(),
        running: tokio::spawn(running.run(stop)),
    }
}

impl Consuming {
    /// The recorded events, once there are `count` of them.
    async fn read(&mut self, count: usize) -> Vec<i64> {
        let mut read = Vec::new();
        while read.len() < count {
            let page = timeout(DEADLINE, self.pages.recv()).await.expect("in time");
            read.extend(page.unwrap());
        }
        read
    }

    async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }
}

async fn happen(core: &Core, user: UserId) {
    happen_often(core, user, 1).await;
}

async fn happen_often(core: &Core, user: UserId, count: usize) {
    let mut work = core.begin(user).await.unwrap();
    for _ in 0..count {
        let subject: AccountId = core.ids.next();
        work.emit(EventKind::AccountChanged, None, subject);
    }
    work.commit().await.unwrap();
}

#[tokio::test]
async fn events_before_and_after_the_start_are_consumed_once_and_in_order() {
    let database = TestDatabase::create().await;
    let core = core(&database, clock_at("2026-11-24T12:00:00Z"));
    let alice = insert_user(&core, "FREE").await;
    happen(&core, alice).await;
    happen(&core, alice).await;

    let mut first = consume(&core, 0);
    assert_eq!(first.read(2).await, [1, 2]);
    happen(&core, alice).await;
    assert_eq!(first.read(1).await, [3]);
    first.stop().await;
    happen(&core, alice).await;

    let mut second = consume(&core, 0);
    assert_eq!(second.read(1).await, [4]);
    second.stop().await;
}

#[tokio::test]
async fn events_that_a_consumer_failed_at_come_again_with_later_ones() {
    let database = TestDatabase::create().await;
    let core = core(&database, clock_at("2026-11-24T12:00:00Z"));
    let alice = insert_user(&core, "FREE").await;
    happen(&core, alice).await;

    let mut reader = consume(&core, 1);
    let failed = timeout(DEADLINE, reader.pages.recv()).await.expect("in time");
    assert_eq!(failed.as_deref(), Some(&[][..]));
    happen(&core, alice).await;

    assert_eq!(reader.read(2).await, [1, 2]);
    reader.stop().await;
}

#[tokio::test]
async fn two_nodes_that_consume_at_once_consume_each_event_once() {
    let database = TestDatabase::create().await;
    let core = core(&database, clock_at("2026-11-24T12:00:00Z"));
    let alice = insert_user(&core, "FREE").await;
    let (mut one, mut other) = (consume(&core, 0), consume(&core, 0));

    for _ in 0..20 {
        happen(&core, alice).await;
    }

    let mut seen = Vec::new();
    let reading = async {
        while seen.len() < 20 {
            tokio::select! {
                page = one.pages.recv() => seen.extend(page.unwrap()),
                page = other.pages.recv() => seen.extend(page.unwrap()),
            }
        }
    };
    timeout(DEADLINE, reading).await.expect("in time");
    seen.sort_unstable();
    assert_eq!(seen, (1..=20).collect::<Vec<_>>());
    one.stop().await;
    other.stop().await;
}

/// A consumer that reports the user of its page, and waits for a permit to go on.
#[derive(Debug)]
struct GatedConsumer {
    gate: Arc<Semaphore>,
    pages: mpsc::UnboundedSender<UserId>,
}

#[async_trait]
impl EventConsumer for GatedConsumer {
    fn name(&self) -> &'static str {
        "gated"
    }

    async fn consume(&self, work: &mut Work, _: &[EventRow]) -> Result<(), ConsumeError> {
        self.pages.send(work.user).unwrap();
        self.gate.acquire().await.unwrap().forget();
        Ok(())
    }
}

#[tokio::test]
async fn a_long_backlog_holds_up_neither_another_user_nor_the_stop() {
    let database = TestDatabase::create().await;
    let core = core(&database, clock_at("2026-11-24T12:00:00Z"));
    let (alice, bob) = (insert_user(&core, "FREE").await, insert_user(&core, "FREE").await);
    // Three pages.
    happen_often(&core, alice, 1_001).await;
    let gate = Arc::new(Semaphore::new(0));
    let (sender, mut pages) = mpsc::unbounded_channel();
    let gated = GatedConsumer {
        gate: Arc::clone(&gate),
        pages: sender,
    };
    let stop = CancellationToken::new();
    let running = ConsumerLoop::new(core.clone(), vec![Arc::new(gated)]);
    let running = tokio::spawn(running.run(stop.clone()));
    let first = timeout(DEADLINE, pages.recv()).await.expect("in time");
    assert_eq!(first, Some(alice));

    happen(&core, bob).await;
    gate.add_permits(1);
    let mut round = HashSet::new();
    for _ in 0..2 {
        round.extend(timeout(DEADLINE, pages.recv()).await.expect("in time"));
    }
    stop.cancel();
    gate.add_permits(2);

    assert_eq!(round, HashSet::from([alice, bob]));
    let ended = timeout(DEADLINE, running).await.expect("it stops in time");
    ended.unwrap();
    assert_eq!(pages.recv().await, None, "the rest waits for the next start");
}

#[tokio::test]
async fn events_of_others_that_another_node_consumes_are_left_to_it() {
    let database = TestDatabase::create().await;
    let core = core(&database, clock_at("2026-11-24T12:00:00Z"));
    let (alice, bob) = (insert_user(&core, "FREE").await, insert_user(&core, "FREE").await);
    happen(&core, alice).await;
    happen(&core, bob).await;
    let held = hold_position(&core, alice).await;
    let (sender, mut pages) = mpsc::unbounded_channel();
    let gated = GatedConsumer {
        gate: Arc::new(Semaphore::new(10)),
        pages: sender,
    };
    let stop = CancellationToken::new();
    let running = ConsumerLoop::new(core.clone(), vec![Arc::new(gated)]);
    let running = tokio::spawn(running.run(stop.clone()));
    let mut consumed = vec![timeout(DEADLINE, pages.recv()).await.expect("in time")];

    // A round ends before the next one begins, so after the second one nobody waits for the position.
    happen(&core, bob).await;
    consumed.push(timeout(DEADLINE, pages.recv()).await.expect("in time"));
    held.rollback().await.unwrap();
    for _ in 0..2 {
        happen(&core, bob).await;
        consumed.push(timeout(DEADLINE, pages.recv()).await.expect("in time"));
    }

    assert_eq!(consumed, [Some(bob); 4]);
    happen(&core, alice).await;
    assert_eq!(
        timeout(DEADLINE, pages.recv()).await.expect("in time"),
        Some(alice)
    );
    stop.cancel();
    timeout(DEADLINE, running)
        .await
        .expect("it stops in time")
        .unwrap();
}

/// A unit of work that has the position of `user` locked, as a node has it that consumes their events.
async fn hold_position(core: &Core, user: UserId) -> Work {
    let mut work = core.begin(user).await.unwrap();
    diesel::insert_into(event_followings::table)
        .values((
            event_followings::user_id.eq(user),
            event_followings::followed.eq(0),
        ))
        .execute(&mut *work)
        .await
        .unwrap();
    work.commit().await.unwrap();
    let mut work = core.begin(user).await.unwrap();
    let locked = diesel::update(event_followings::table)
        .set(event_followings::followed.eq(0))
        .execute(&mut *work);
    assert_eq!(locked.await.unwrap(), 1);
    work
}

#[tokio::test]
async fn events_whose_announcement_was_lost_in_a_crowd_are_found_by_the_table() {
    let database = TestDatabase::create().await;
    let core = core(&database, clock_at("2026-11-24T12:00:00Z"));
    let (alice, bob) = (insert_user(&core, "FREE").await, insert_user(&core, "FREE").await);
    let gate = Arc::new(Semaphore::new(0));
    let (sender, mut pages) = mpsc::unbounded_channel();
    let gated = GatedConsumer {
        gate: Arc::clone(&gate),
        pages: sender,
    };
    let stop = CancellationToken::new();
    happen(&core, alice).await;
    let running = ConsumerLoop::new(core.clone(), vec![Arc::new(gated)]);
    let running = tokio::spawn(running.run(stop.clone()));
    let first = timeout(DEADLINE, pages.recv()).await.expect("in time");

    happen(&core, bob).await;
    let event = NewEvent {
        kind: EventKind::AccountChanged,
        account: None,
        subject: core.ids.next(),
        occurred_at: core.clock.now(),
    };
    // 1,024 announcements wait for the consumers.
    for _ in 0..2_000 {
        let row = EventRow {
            sequence: 1,
            event: event.clone(),
        };
        core.hub.publish(core.ids.next(), &[row], false);
    }
    gate.add_permits(2);
    let second = timeout(DEADLINE, pages.recv()).await.expect("in time");
    stop.cancel();

    assert_eq!((first, second), (Some(alice), Some(bob)));
    running.await.unwrap();
}
