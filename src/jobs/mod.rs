//! Background jobs: enqueued in the transaction that needs them, run after its commit, retried when they fail.
//!
//! ```text
//! enqueue (in a unit of work) -> COMMIT -> wake-up -> Worker claims what is due -> Handler::run -> deleted
//!                                                        ^                            |
//!                                                        '--- later, after back-off --'--> dead, with its last error
//! ```
//!
//! A claim is a lease, by the database's clock: when a worker dies, another one takes the job once the lease runs out. So a
//! job runs at least once, and every [`Handler`] must tolerate being run again after it succeeded. A job carries ids and
//! nothing private.
//!
//! A job that is due soon starts in time, on this node or another: its commit wakes the workers, which then sleep until the
//! next job is due. Recurring work has a [`Schedule`].

mod admin;
mod error;
mod handler;
mod job;
mod list;
mod schedule;
mod store;
mod worker;

pub use admin::{
    AdminError, DeadJob, QueueCounts, RetrySummary, ScheduleState, Selection, discard, is_live, list_dead,
    list_schedules, overview, retry,
};
pub use error::JobError;
pub use handler::{Done, Handler};
pub use job::{Job, NewJob};
pub use list::{JobPage, JobQuery, JobState, ListedJob, count, find, list};
pub use schedule::{Cadence, Schedule, Scheduler};
pub use store::{
    BUSY_USER_DELAY, Claim, LONGEST_POLL, claim, enqueue, enqueue_for_server, enqueue_on, withdraw,
};
pub use worker::{Worker, WorkerOptions};
