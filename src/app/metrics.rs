//! The metrics of this server, for Prometheus: `GET /metrics` on a listener of its own.
//!
//! What happens in this process is counted where it happens. What only the database knows is read at a scrape, at most every
//! few seconds and over a connection of its own, so that it is told also while everybody waits for one.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::Tuning;
use crate::config::Config;
use crate::db::totals::{self, Total};
use crate::db::{Db, DbError};
use crate::disk;
use crate::features::accounts::AccountState;
use crate::jobs::JobState;
use crate::metrics::{Metrics, ReadingBy};
use crate::whatsapp::Supervisor;
use crate::work::Core;

/// Time that reading them may take.
const READ_TIMEOUT: Duration = Duration::from_secs(3);

/// The text format of Prometheus that is served.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What is read at a scrape.
pub(super) struct Readings {
    core: Core,
    /// A connection for the totals alone.
    db: Db,
    supervisor: Arc<Supervisor>,
    data_dir: PathBuf,
    min_free_bytes: u64,
    /// Age of the totals at which they are read anew.
    max_age: Duration,
    /// Time at which the totals were read last. Locked while they are.
    read_at: Mutex<Option<Instant>>,
}

/// The totals by name and label.
struct Totals(HashMap<(String, String), Option<i64>>);

impl Readings {
    /// The readings of the server that runs `supervisor`.
    ///
    /// # Errors
    /// When the pool of one connection cannot be built.
    pub(super) fn new(
        core: &Core,
        supervisor: Arc<Supervisor>,
        config: &Config,
        tuning: &Tuning,
    ) -> Result<Self, DbError> {
        core.metrics.build_info.set(env!("BUILD_VERSION"), 1);
        Ok(Self {
            db: core.db.apart(1)?,
            core: core.clone(),
            supervisor,
            data_dir: config.data_dir.clone(),
            min_free_bytes: config.min_free_bytes,
            max_age: tuning.metrics_age,
            read_at: Mutex::default(),
        })
    }

    /// The route of the metrics.
    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/metrics", get(show))
            .with_state(Arc::new(self))
    }

    /// Reads what belongs to this server.
    fn read_server(&self) {
        let metrics = &self.core.metrics;
        let pool = self.core.db.usage();
        metrics
            .database_connections
            .set("USED", number(pool.open.saturating_sub(pool.idle)));
        metrics.database_connections.set("IDLE", number(pool.idle));
        metrics.database_connections_max.set(pool.max);
        metrics.database_waiters.set(pool.waiting);
        metrics.leases_held.set(self.supervisor.held_leases());
        let free = disk::free_bytes(&self.data_dir).ok();
        metrics.disk_free_bytes.set(free.map(number));
        metrics.disk_reserve_bytes.set(Some(number(self.min_free_bytes)));
    }

    /// Reads the totals of all servers, unless they are fresh or somebody does: then what is known is shown.
    async fn read_totals(&self) {
        let Ok(mut read_at) = self.read_at.try_lock() else {
            return;
        };
        if read_at.is_some_and(|at| at.elapsed() < self.max_age) {
            return;
        }
        let loaded = match timeout(READ_TIMEOUT, self.load_totals()).await {
            Ok(Ok(totals)) => Some(Totals::new(totals)),
            Ok(Err(error)) => {
                error.warn("the metrics of the database cannot be read now");
                None
            }
            Err(_) => None,
        };
        match loaded {
            Some(totals) => totals.set(&self.core.metrics),
            None => forget_totals(&self.core.metrics),
        }
        *read_at = Some(Instant::now());
    }

    async fn load_totals(&self) -> Result<Vec<Total>, DbError> {
        let mut tx = self.db.begin_without_user().await?;
        let totals = totals::load(&mut tx, self.core.clock.now()).await?;
        tx.commit().await?;
        Ok(totals)
    }
}

async fn show(State(readings): State<Arc<Readings>>) -> impl IntoResponse {
    readings.read_server();
    readings.read_totals().await;
    (
        [(header::CONTENT_TYPE, CONTENT_TYPE)],
        readings.core.metrics.to_text(),
    )
}

impl Totals {
    fn new(totals: Vec<Total>) -> Self {
        let by_name = totals
            .into_iter()
            .map(|Total { name, label, value }| ((name, label), value));
        Self(by_name.collect())
    }

    /// A total; 0 where there is nothing.
    fn get(&self, name: &str, label: &str) -> i64 {
        let found = self.0.get(&(name.to_owned(), label.to_owned()));
        found.copied().flatten().unwrap_or(0)
    }

    fn set(&self, metrics: &Metrics) {
        let accounts = AccountState::ALL.map(AccountState::as_str);
        self.set_by(&metrics.accounts, "accounts", &accounts);
        self.set_by(&metrics.accounts_to_run, "accounts_to_run", &["HELD", "FREE"]);
        let messages = ["WAITING", "DUE", "UNANSWERED"];
        self.set_by(&metrics.outbox_messages, "outbox_messages", &messages);
        let jobs = JobState::ALL.map(JobState::as_str);
        self.set_by(&metrics.jobs, "jobs", &jobs);
        for (reading, name) in [
            (&metrics.outbox_oldest_due_seconds, "outbox_oldest_due_seconds"),
            (&metrics.jobs_oldest_due_seconds, "jobs_oldest_due_seconds"),
            (&metrics.media_bytes, "media_bytes"),
            (&metrics.servers, "servers"),
        ] {
            reading.set(Some(self.get(name, "")));
        }
        metrics.database_up.set(Some(1));
    }

    fn set_by(&self, reading: &ReadingBy, name: &str, labels: &[&'static str]) {
        for label in labels {
            reading.set(*label, self.get(name, label));
        }
    }
}

/// Forgets what was read from a database that does not answer any more.
fn forget_totals(metrics: &Metrics) {
    for reading in [
        &metrics.accounts,
        &metrics.accounts_to_run,
        &metrics.outbox_messages,
        &metrics.jobs,
    ] {
        reading.forget();
    }
    for reading in [
        &metrics.outbox_oldest_due_seconds,
        &metrics.jobs_oldest_due_seconds,
        &metrics.media_bytes,
        &metrics.servers,
    ] {
        reading.set(None);
    }
    metrics.database_up.set(Some(0));
}

fn number(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
