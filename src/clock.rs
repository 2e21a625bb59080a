//! Clocks: the machine's, and one that tests set.
//!
//! All code reads the time and waits for moments through a [`Clock`], so that tests control both.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, MappedLocalTime, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use tokio::sync::watch;

/// A shared clock.
pub type SharedClock = Arc<dyn Clock>;

/// Tells the time and waits for moments.
#[async_trait]
pub trait Clock: Debug + Send + Sync {
    /// The present moment, UTC.
    fn now(&self) -> DateTime<Utc>;

    /// Returns when the clock shows `at` or later; at once for a moment that has passed.
    async fn sleep_until(&self, at: DateTime<Utc>);
}

/// The time zone of the IANA database with this name, in any case of its letters; none when there is none.
pub fn find_zone(name: &str) -> Option<Tz> {
    let in_any_case = || {
        chrono_tz::TZ_VARIANTS
            .into_iter()
            .find(|zone| zone.name().eq_ignore_ascii_case(name))
    };
    name.parse().ok().or_else(in_any_case)
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "all other code reads the time from this clock"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    async fn sleep_until(&self, at: DateTime<Utc>) {
        // A long wait is cut into pieces: tokio counts monotonic time, and the wall clock may be set meanwhile.
        while let Ok(left) = (at - self.now()).to_std() {
            if left.is_zero() {
                return;
            }
            tokio::time::sleep(left.min(Duration::from_mins(1))).await;
        }
    }
}

/// A clock that moves only by [`ManualClock::advance`]; for tests.
#[derive(Debug)]
pub struct ManualClock {
    now: watch::Sender<DateTime<Utc>>,
}

impl ManualClock {
    /// A clock that stands at `now`.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            now: watch::Sender::new(now),
        }
    }

    /// Moves the clock forward by `step` and wakes the tasks that waited for a moment that has now come.
    pub fn advance(&self, step: TimeDelta) {
        self.now.send_modify(|now| *now += step);
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.now.borrow()
    }

    async fn sleep_until(&self, at: DateTime<Utc>) {
        let mut time = self.now.subscribe();
        // The sender lives as long as `self`, so the wait cannot fail.
        let _ = time.wait_for(|now| *now >= at).await;
    }
}

/// The first moment of `day` in `zone`: usually midnight, the earlier midnight where the clock is put back over it, and
/// the first existing moment where the clock is put forward over it.
pub fn first_moment(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    // No zone has ever skipped more than one day.
    for minutes in 0..=25 * 60 {
        match zone.from_local_datetime(&(midnight + TimeDelta::minutes(minutes))) {
            MappedLocalTime::Single(at) | MappedLocalTime::Ambiguous(at, _) => return at.to_utc(),
            MappedLocalTime::None => {}
        }
    }
    midnight.and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_manual_clock_wakes_a_sleeper_when_its_moment_comes() {
        let clock = Arc::new(ManualClock::new(DateTime::UNIX_EPOCH));
        let at = clock.now() + TimeDelta::hours(1);
        let sleeper = tokio::spawn({
            let clock = Arc::clone(&clock);
            async move { clock.sleep_until(at).await }
        });

        clock.advance(TimeDelta::hours(2));

        sleeper.await.unwrap();
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH + TimeDelta::hours(2));
    }
}
