//! Whoever acts on events after the fact is told of each exactly once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use amda::event_consumers::{ConsumeError, ConsumerLoop, EventConsumer};
use amda::hub::{EventKind, EventRow};
use amda::id::{AccountId, UserId};
use amda::work::{Core, Work};
use async_trait::async_trait;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::support::core::{clock_at, core, insert_user};
use crate::support::database::TestDatabase;
use crate::support::worker::DEADLINE;

/// Writes down what it is told, after it has failed as often as it was asked to.
#[derive(Debug)]
struct Diary {
    failures: Mutex<u32>,
    pages: mpsc::UnboundedSender<Vec<i64>>,
}

#[async_trait]
impl EventConsumer for Diary {
    fn name(&self) -> &'static str {
        "diary"
    }

    async fn follow(&self, _: &mut Work, events: &[EventRow]) -> Result<(), ConsumeError> {
        let mut failures = self.failures.lock().unwrap();
        if *failures > 0 {
            *failures -= 1;
            self.pages.send(Vec::new()).unwrap();
            return Err("the pen is dry".into());
        }
        self.pages
            .send(events.iter().map(|row| row.sequence).collect())
            .unwrap();
        Ok(())
    }
}

struct Reader {
    pages: mpsc::UnboundedReceiver<Vec<i64>>,
    stop: CancellationToken,
    following: JoinHandle<()>,
}

fn follow(core: &Core, failures: u32) -> Reader {
    let (sender, pages) = mpsc::unbounded_channel();
    let diary = Diary {
        failures: Mutex::new(failures),
        pages: sender,
    };
    let stop = CancellationToken::new();
    let following = ConsumerLoop::new(core.clone(), vec![Arc::new(diary)]);
    Reader {
        pages,
        stop: stop.clone(),
        following: tokio::spawn(following.run(stop)),
    }
}

impl Reader {
    /// What was written down, once it is `count` events in all.
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
        self.following.await.unwrap();
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
async fn what_happened_before_the_start_and_after_it_is_followed_once_and_in_order() {
    let database = TestDatabase::create().await;
    let core = core(&database, clock_at("2026-11-24T12:00:00Z"));
    let alice = insert_user(&core, "FREE").await;
    happen(&core, alice).await;
    happen(&core, alice).await;

    let mut first = follow(&core, 0);
    assert_eq!(first.read(2).await, [1, 2]);
    happen(&core, alice).await;
    assert_eq!(first.read(1).await, [3]);
    first.stop().await;
    happen(&core, alice).await;

    let mut second = follow(&core, 0);
    assert_eq!(second.read(1).await, [4]);
    second.stop().await;
}

#[tokio::test]
async fn what_a_follower_failed_at_comes_again_with_what_follows() {
    let database = TestDatabase::create().await;
    let core = core(&database, clock_at("2026-11-24T12:00:00Z"));
    let alice = insert_user(&core, "FREE").await;
    happen(&core, alice).await;

    let mut reader = follow(&core, 1);
    let failed = timeout(DEADLINE, reader.pages.recv()).await.expect("in time");
    assert_eq!(failed.as_deref(), Some(&[][..]));
    happen(&core, alice).await;

    assert_eq!(reader.read(2).await, [1, 2]);
    reader.stop().await;
}

#[tokio::test]
async fn two_nodes_that_follow_at_once_follow_each_event_once() {
    let database = TestDatabase::create().await;
    let core = core(&database, clock_at("2026-11-24T12:00:00Z"));
    let alice = insert_user(&core, "FREE").await;
    let (mut one, mut other) = (follow(&core, 0), follow(&core, 0));

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

/// Says whose page it has, and is done with it when it may.
#[derive(Debug)]
struct Ponderer {
    gate: Arc<Semaphore>,
    pages: mpsc::UnboundedSender<UserId>,
}

#[async_trait]
impl EventConsumer for Ponderer {
    fn name(&self) -> &'static str {
        "ponderer"
    }

    async fn follow(&self, work: &mut Work, _: &[EventRow]) -> Result<(), ConsumeError> {
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
    let ponderer = Ponderer {
        gate: Arc::clone(&gate),
        pages: sender,
    };
    let stop = CancellationToken::new();
    let following = ConsumerLoop::new(core.clone(), vec![Arc::new(ponderer)]);
    let following = tokio::spawn(following.run(stop.clone()));
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
    let ended = timeout(DEADLINE, following).await.expect("it stops in time");
    ended.unwrap();
    assert_eq!(pages.recv().await, None, "the rest waits for the next start");
}
