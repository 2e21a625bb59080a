//! `amda jobs`: lists jobs and schedules, and retries or discards jobs that were given up.

use std::fmt::Write as _;

use anyhow::Context;
use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};

use super::report;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, DatabaseUrls};
use crate::db::server::Server;
use crate::db::{self, Db};
use crate::id::JobId;
use crate::jobs::{self, DeadJob, QueueCounts, RetrySummary, ScheduleState, Selection};

/// Number of dead jobs in the list.
const DEAD_LIMIT: i64 = 20;

/// The commands about jobs.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List jobs by kind, schedules, and jobs that were given up (the default)
    List,
    /// Retry jobs that were given up
    Retry(Retry),
    /// Remove a job that was given up
    Discard {
        /// The job, as `amda jobs` shows it
        id: JobId,
    },
}

/// A selection of jobs to retry.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct Retry {
    /// The job, as `amda jobs` shows it
    id: Option<JobId>,
    /// All of one kind, such as media.fetch
    #[arg(long)]
    kind: Option<String>,
    /// All that were given up
    #[arg(long)]
    all_dead: bool,
}

impl Retry {
    fn selection(self) -> Selection {
        match (self.id, self.kind) {
            (Some(id), _) => Selection::One(id),
            (None, Some(kind)) => Selection::Kind(kind),
            (None, None) => Selection::All,
        }
    }
}

pub(super) async fn run(command: Option<Command>, config: &Config) -> anyhow::Result<()> {
    let server = Server::reach(&config.database)
        .await
        .context("the database does not start")?;
    let done = execute(command.unwrap_or(Command::List), server.urls()).await;
    server.stop().await?;
    report::print(&done?)?;
    Ok(())
}

async fn execute(command: Command, urls: &DatabaseUrls) -> anyhow::Result<String> {
    db::require_ready(&urls.app).await?;
    let db = Db::connect(&urls.app, 1)?;
    let now = SystemClock.now();
    let mut tx = db.begin_without_user().await?;
    let text = match command {
        Command::List => {
            let queues = jobs::overview(&mut tx, now).await?;
            let schedules = jobs::list_schedules(&mut tx).await?;
            let dead = jobs::list_dead(&mut tx, DEAD_LIMIT).await?;
            list(&queues, &schedules, &dead)
        }
        Command::Retry(wanted) => {
            let selection = wanted.selection();
            let revived = jobs::retry(&mut tx, &selection, now).await??;
            db::notify_on_commit(&mut tx).await?;
            retry_report(&selection, revived)
        }
        Command::Discard { id } => {
            jobs::discard(&mut tx, id).await??;
            format!("job {id} is gone")
        }
    };
    tx.commit().await?;
    Ok(text)
}

fn retry_report(selection: &Selection, done: RetrySummary) -> String {
    let RetrySummary { revived, superseded } = done;
    let mut text = match (selection, revived + superseded) {
        (Selection::Kind(kind), 0) => return format!("no job of kind {kind} was given up"),
        (Selection::All | Selection::One(_), 0) => return "no job was given up".to_owned(),
        (_, _) if revived == 1 => "1 job is tried again".to_owned(),
        (_, _) => format!("{revived} jobs are tried again"),
    };
    if superseded > 0 {
        let _ = write!(
            text,
            "; {superseded} left, because the same work is enqueued already"
        );
    }
    text
}

fn list(queues: &[QueueCounts], schedules: &[ScheduleState], dead: &[DeadJob]) -> String {
    let mut text = String::new();
    if queues.is_empty() {
        text.push_str("no jobs\n");
    } else {
        let _ = writeln!(
            text,
            "{:<32} {:>7} {:>7} {:>7} {:>7}  DUE SINCE",
            "KIND", "DUE", "LATER", "RUNNING", "DEAD"
        );
    }
    for queue in queues {
        let _ = writeln!(
            text,
            "{:<32} {:>7} {:>7} {:>7} {:>7}  {}",
            queue.kind,
            queue.due,
            queue.waiting,
            queue.running,
            queue.dead,
            or_dash(queue.due_since)
        );
    }
    if !schedules.is_empty() {
        let _ = writeln!(text, "\n{:<32} {:<20}  {:<20}", "SCHEDULE", "NEXT", "LAST");
    }
    for schedule in schedules {
        let _ = writeln!(
            text,
            "{:<32} {:<20}  {:<20}",
            schedule.kind,
            stamp(schedule.next_run_at),
            or_dash(schedule.last_run_at)
        );
    }
    if !dead.is_empty() {
        let _ = writeln!(
            text,
            "\nGIVEN UP (the latest {DEAD_LIMIT}; `amda jobs retry ID` tries again)"
        );
    }
    for job in dead {
        let _ = writeln!(
            text,
            "{}  {}  {}  after {} tries\n    {}",
            job.id,
            or_dash(job.died_at),
            job.kind,
            job.attempts,
            job.last_error.as_deref().unwrap_or("no error was recorded")
        );
    }
    text
}

fn or_dash(at: Option<DateTime<Utc>>) -> String {
    at.map_or_else(|| "-".to_owned(), stamp)
}

fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
