//! Workers that run while a test says so.

use std::sync::Arc;
use std::time::Duration;

use amda::jobs::{Handler, Worker, WorkerOptions};
use amda::work::Core;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The time that anything may take before a test fails.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// The time between two looks at the database, which others need as well.
pub(crate) const BREATH: Duration = Duration::from_millis(5);

/// The options of the workers of most tests: many jobs at once, and no waiting for them.
pub(crate) const BUSY: WorkerOptions = WorkerOptions {
    at_once: 10,
    poll: Duration::from_millis(5),
    lease: Duration::from_mins(1),
    drain: DEADLINE,
};

/// A worker that runs until it is stopped or dropped.
pub(crate) struct Running {
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl Running {
    /// Stops the worker; returns when every job that it began has come to its end.
    pub(crate) async fn stop(self) {
        drop(self.stop);
        timeout(DEADLINE, self.task)
            .await
            .expect("the worker drains in time")
            .unwrap();
    }
}

/// Starts a worker of these handlers.
pub(crate) fn run(core: &Core, handlers: Vec<Arc<dyn Handler>>) -> Running {
    run_at(core, handlers, BUSY)
}

/// As [`run`], at other options.
pub(crate) fn run_at(core: &Core, handlers: Vec<Arc<dyn Handler>>, options: WorkerOptions) -> Running {
    let stop = CancellationToken::new();
    let worker = Worker::new(core.clone(), handlers, options);
    Running {
        task: tokio::spawn(worker.run(stop.clone())),
        stop: stop.drop_guard(),
    }
}
