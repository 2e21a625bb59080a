//! Recurring jobs: a row per schedule, and the scheduler that enqueues due rounds.
//!
//! The row is locked by the one node that enqueues, and advanced in the same transaction, so a round is enqueued
//! exactly once however many nodes run. Rounds that were missed while no node ran are made up for by one.

use std::time::Duration;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tokio_util::sync::CancellationToken;

use super::{NewJob, store};
use crate::db::DbError;
use crate::db::KeepPrepared as _;
use crate::db::schema::job_schedules;
use crate::work::Core;

/// Longest time between two looks at the table, whose rows another node may change.
const LONGEST_POLL: TimeDelta = TimeDelta::seconds(10);
/// Shortest time between two looks: another node may hold the row of a round that is due.
const SHORTEST_POLL: Duration = Duration::from_secs(1);
/// Number of tries of a round; the next round comes anyway.
const MAX_ATTEMPTS: i32 = 10;

/// The rhythm of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cadence {
    /// This long after the time at which the last round was due, in whole seconds.
    Every(TimeDelta),
    /// Once a day at this minute after midnight, UTC.
    DailyAt(u16),
}

impl Cadence {
    /// The first time after `now` that comes after `due` by this cadence.
    pub fn next(self, due: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Every(span) => {
                let seconds = span.num_seconds().max(1);
                let missed = ((now - due).num_seconds() / seconds).max(0);
                due + TimeDelta::seconds(seconds * (missed + 1))
            }
            Self::DailyAt(minute) => {
                let midnight = now.date_naive().and_time(NaiveTime::MIN).and_utc();
                let today = midnight + TimeDelta::minutes(minute.into());
                if today > now {
                    today
                } else {
                    today + TimeDelta::days(1)
                }
            }
        }
    }
}

/// Recurring jobs of one kind. They belong to no user and have no payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The kind of its jobs.
    pub kind: &'static str,
    /// The rhythm at which they are due.
    pub cadence: Cadence,
}

impl Schedule {
    /// A schedule with one round per `span`.
    pub const fn every(kind: &'static str, span: TimeDelta) -> Self {
        Self {
            kind,
            cadence: Cadence::Every(span),
        }
    }

    /// A schedule with one round a day, at this minute after midnight, UTC.
    pub const fn daily_at(kind: &'static str, minute: u16) -> Self {
        Self {
            kind,
            cadence: Cadence::DailyAt(minute),
        }
    }
}

/// Enqueues the due rounds of schedules.
#[derive(Debug)]
pub struct Scheduler {
    core: Core,
    schedules: Vec<Schedule>,
}

impl Scheduler {
    /// A scheduler of `schedules`; rows of other schedules are left to other nodes.
    pub const fn new(core: Core, schedules: Vec<Schedule>) -> Self {
        Self { core, schedules }
    }

    /// Enqueues due rounds until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut is_written = false;
        loop {
            let enqueued = async {
                if !is_written {
                    self.write().await?;
                    is_written = true;
                }
                self.tick().await?;
                self.next_round().await
            };
            let latest = self.core.clock.now() + LONGEST_POLL;
            let next = enqueued.await.unwrap_or_else(|error| {
                error.warn("due rounds cannot be enqueued now");
                None
            });
            let slept = async {
                tokio::time::sleep(SHORTEST_POLL).await;
                self.core
                    .clock
                    .sleep_until(next.map_or(latest, |next| next.min(latest)))
                    .await;
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = slept => {}
            }
        }
    }

    /// The time at which the next round is due.
    async fn next_round(&self) -> Result<Option<DateTime<Utc>>, DbError> {
        let kinds: Vec<&str> = self.schedules.iter().map(|schedule| schedule.kind).collect();
        let mut tx = self.core.db.begin_without_user().await?;
        let next = job_schedules::table
            .filter(job_schedules::name.eq_any(kinds))
            .select(diesel::dsl::min(job_schedules::next_run_at))
            .first(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(next)
    }

    /// Stores the schedules: a new one is due at once, a changed one by its new cadence.
    ///
    /// # Errors
    /// The database's.
    pub async fn write(&self) -> Result<(), DbError> {
        let now = self.core.clock.now();
        let mut tx = self.core.db.begin_without_user().await?;
        for schedule in &self.schedules {
            write(&mut tx, schedule, now).await?;
        }
        tx.commit().await
    }

    /// Enqueues the rounds that are due now; returns how many.
    ///
    /// # Errors
    /// The database's; then nothing was enqueued.
    pub async fn tick(&self) -> Result<usize, DbError> {
        let now = self.core.clock.now();
        let mut tx = self.core.db.begin_without_user().await?;
        let due = lock_due(&mut tx, &self.schedules, now).await?;
        for (schedule, due_at) in &due {
            let round = NewJob {
                kind: schedule.kind,
                user: None,
                payload: serde_json::Value::Null,
                unique_key: Some("schedule".to_owned()),
                run_at: now,
                max_attempts: MAX_ATTEMPTS,
            };
            store::enqueue_on(&mut tx, &self.core.ids, now, &round).await?;
            let next = schedule.cadence.next(*due_at, now);
            advance(&mut tx, schedule.kind, next, now).await?;
        }
        if !due.is_empty() {
            tx.wake_on_commit();
        }
        tx.commit().await?;
        Ok(due.len())
    }
}

async fn write(conn: &mut AsyncPgConnection, schedule: &Schedule, now: DateTime<Utc>) -> QueryResult<()> {
    let (every_seconds, at_minute) = match schedule.cadence {
        Cadence::Every(span) => (i32::try_from(span.num_seconds()).ok(), None),
        Cadence::DailyAt(minute) => (None, i16::try_from(minute).ok()),
    };
    let cadence = (
        job_schedules::every_seconds.eq(every_seconds),
        job_schedules::at_minute.eq(at_minute),
    );
    diesel::insert_into(job_schedules::table)
        .values((
            job_schedules::name.eq(schedule.kind),
            cadence,
            job_schedules::next_run_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    let changed = job_schedules::table.find(schedule.kind).filter(
        job_schedules::every_seconds
            .is_distinct_from(every_seconds)
            .or(job_schedules::at_minute.is_distinct_from(at_minute)),
    );
    diesel::update(changed)
        .set((
            cadence,
            job_schedules::next_run_at.eq(schedule.cadence.next(now, now)),
        ))
        .keep_prepared()
        .execute(conn)
        .await
        .map(drop)
}

/// The due ones of `schedules` that no other node has locked, with the time since which each is due.
async fn lock_due(
    conn: &mut AsyncPgConnection,
    schedules: &[Schedule],
    now: DateTime<Utc>,
) -> QueryResult<Vec<(Schedule, DateTime<Utc>)>> {
    let kinds: Vec<&str> = schedules.iter().map(|schedule| schedule.kind).collect();
    let due: Vec<(String, DateTime<Utc>)> = job_schedules::table
        .filter(job_schedules::name.eq_any(kinds))
        .filter(job_schedules::next_run_at.le(now))
        .select((job_schedules::name, job_schedules::next_run_at))
        .for_update()
        .skip_locked()
        .load(conn)
        .await?;
    let named = |name: &str| schedules.iter().copied().find(|schedule| schedule.kind == name);
    Ok(due
        .into_iter()
        .filter_map(|(name, at)| Some((named(&name)?, at)))
        .collect())
}

async fn advance(
    conn: &mut AsyncPgConnection,
    kind: &str,
    next: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(job_schedules::table.find(kind))
        .set((
            job_schedules::next_run_at.eq(next),
            job_schedules::last_run_at.eq(now),
        ))
        .keep_prepared()
        .execute(conn)
        .await
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_cadence_keeps_its_beat_and_skips_what_was_missed() {
        let hourly = Cadence::Every(TimeDelta::hours(1));
        let due = at("2026-11-24T10:00:00Z");

        assert_eq!(hourly.next(due, due), at("2026-11-24T11:00:00Z"));
        assert_eq!(
            hourly.next(due, at("2026-11-24T10:59:59Z")),
            at("2026-11-24T11:00:00Z")
        );
        assert_eq!(
            hourly.next(due, at("2026-11-24T14:20:00Z")),
            at("2026-11-24T15:00:00Z")
        );
    }

    #[test]
    fn a_daily_round_is_due_at_its_minute_of_the_next_day_that_has_it_ahead() {
        let at_half_past_three = Cadence::DailyAt(210);
        let due = at("2026-11-24T03:30:00Z");

        assert_eq!(at_half_past_three.next(due, due), at("2026-11-25T03:30:00Z"));
        assert_eq!(
            at_half_past_three.next(due, at("2026-12-24T03:29:00Z")),
            at("2026-12-24T03:30:00Z")
        );
    }
}
