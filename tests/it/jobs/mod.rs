//! Jobs: claims, retries, giving up, leases, shutdown.

mod admin;
mod leases;
mod outcomes;
mod schedules;
mod wakeups;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use amda::clock::{Clock, ManualClock};
use amda::db::schema::jobs;
use amda::jobs::{Done, Handler, Job, JobError, NewJob, enqueue_on};
use amda::work::Core;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::json;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::timeout;

use crate::support::core::{core, noon};
use crate::support::database::TestDatabase;
use crate::support::worker::{DEADLINE, run};

/// A database with a queue, and a handler that does as it is told.
struct Bench {
    core: Core,
    clock: Arc<ManualClock>,
    hand: Arc<Hand>,
    calls: mpsc::UnboundedReceiver<Call>,
    database: TestDatabase,
}

/// A call of the handler.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    /// `run`: the number of the try, and the payload's number; -1 without one.
    Run(i32, i64),
    /// `give_up`.
    GiveUp,
}

/// The handler's next result.
#[derive(Debug)]
enum Act {
    Finish,
    Again(TimeDelta),
    Fail,
    FailUntil(TimeDelta),
    Despair,
    Panic,
    /// Waits for a permit of the gate, then finishes, or wants to go on after a while.
    Linger(Option<TimeDelta>),
}

#[derive(Debug)]
struct Hand {
    clock: Arc<ManualClock>,
    acts: Mutex<VecDeque<Act>>,
    gate: Semaphore,
    calls: mpsc::UnboundedSender<Call>,
    /// The error of the next `give_up`.
    give_up_fails: Mutex<Option<JobError>>,
}

#[async_trait]
impl Handler for Hand {
    fn kind(&self) -> &'static str {
        "test.hand"
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let act = self.acts.lock().unwrap().pop_front().unwrap_or(Act::Finish);
        let number = job.payload["number"].as_i64().unwrap_or(-1);
        self.calls.send(Call::Run(job.attempt, number)).unwrap();
        let now = self.clock.now();
        match act {
            Act::Finish => Ok(Done::Finished),
            Act::Again(wait) => Ok(Done::Again(now + wait)),
            Act::Fail => Err(JobError::failed("the dog ate it")),
            Act::FailUntil(wait) => Err(JobError::FailedUntil {
                at: now + wait,
                cause: "siesta".into(),
            }),
            Act::Despair => Err(JobError::Permanent("it was never there".into())),
            Act::Panic => panic!("no hands"),
            Act::Linger(then) => {
                self.gate.acquire().await.unwrap().forget();
                Ok(then.map_or(Done::Finished, |wait| Done::Again(now + wait)))
            }
        }
    }

    async fn give_up(&self, _: &Job, _: &str) -> Result<(), JobError> {
        self.calls.send(Call::GiveUp).unwrap();
        self.give_up_fails.lock().unwrap().take().map_or(Ok(()), Err)
    }
}

/// A job's row.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = jobs)]
struct Row {
    run_at: DateTime<Utc>,
    claim: Option<uuid::Uuid>,
    attempts: i32,
    last_error: Option<String>,
    died_at: Option<DateTime<Utc>>,
}

impl Bench {
    async fn build() -> Self {
        let database = TestDatabase::create().await;
        let clock = Arc::new(ManualClock::new(noon()));
        let core = core(&database, clock.clone());
        let (sender, calls) = mpsc::unbounded_channel();
        let hand = Arc::new(Hand {
            clock: clock.clone(),
            acts: Mutex::default(),
            gate: Semaphore::new(0),
            calls: sender,
            give_up_fails: Mutex::default(),
        });
        Self {
            core,
            clock,
            hand,
            calls,
            database,
        }
    }

    /// Sets the results of the next calls; later calls finish.
    fn act(&self, acts: impl IntoIterator<Item = Act>) {
        self.hand.acts.lock().unwrap().extend(acts);
    }

    /// Enqueues a job that is due now and may be tried three times.
    async fn enqueue(&self, number: i64, unique_key: Option<&str>) {
        self.enqueue_at(number, unique_key, self.clock.now()).await;
    }

    async fn enqueue_at(&self, number: i64, unique_key: Option<&str>, run_at: DateTime<Utc>) {
        let job = NewJob {
            kind: "test.hand",
            user: None,
            payload: json!({ "number": number }),
            unique_key: unique_key.map(str::to_owned),
            run_at,
            max_attempts: 3,
        };
        let mut tx = self.core.db.begin_without_user().await.unwrap();
        enqueue_on(&mut tx, &self.core.ids, self.clock.now(), &job)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Works until the handler was called `count` times, and all of it is settled; answers with the calls.
    async fn work(&mut self, count: usize) -> Vec<Call> {
        let running = run(&self.core, vec![self.hand.clone()]);
        let mut calls = Vec::new();
        for _ in 0..count {
            calls.push(self.call().await);
        }
        running.stop().await;
        while let Ok(more) = self.calls.try_recv() {
            calls.push(more);
        }
        calls
    }

    /// The handler's next call.
    async fn call(&mut self) -> Call {
        timeout(DEADLINE, self.calls.recv())
            .await
            .expect("the handler is called in time")
            .unwrap()
    }

    /// Lets the leases of all running jobs end, as if their workers had not renewed them.
    async fn end_leases(&self) {
        let mut tx = self.core.db.begin_without_user().await.unwrap();
        diesel::update(jobs::table.filter(jobs::claim.is_not_null()))
            .set(jobs::run_at.eq(DateTime::UNIX_EPOCH))
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// The rows there are, in order of their time.
    async fn rows(&self) -> Vec<Row> {
        let mut tx = self.core.db.begin_without_user().await.unwrap();
        let rows = jobs::table
            .order(jobs::run_at)
            .select(Row::as_select())
            .load(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        rows
    }

    /// The only row.
    async fn row(&self) -> Row {
        let mut rows = self.rows().await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows.remove(0)
    }
}
