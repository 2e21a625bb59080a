//! Retention: old rows are removed in small batches, feature by feature.
//!
//! ```text
//! schedule -> Sweep: each user in turn -> one transaction: each Expires, the oldest first, BATCH rows at most -> COMMIT
//! ```
//!
//! A feature that keeps something implements [`Expires`] for it and is listed in `app`, like a job's handler. It says
//! what is older than a time and removes that; when that time is, is decided here alone: by the user's plan, whose
//! grace after a change to a smaller plan is respected ([`crate::plan::Retention`]), or by a number of days where what
//! is kept is no item of the user's ([`Keeping`]).
//!
//! Rows that go by their age alone are [`ExpiringRows`]; a feature's rows with a media file are
//! `features::ExpiringItems`. Where other rows go along, a typical implementation is three short queries:
//!
//! - [`Expires::count`]: `SELECT count(*) .. WHERE user_id = $user AND kept_at < $before`;
//! - [`Expires::expire`]: first the ids, `ORDER BY kept_at LIMIT $limit FOR UPDATE SKIP LOCKED`, so that no lock is
//!   waited for and locked rows go next time; then `DELETE .. WHERE id = ANY($ids) RETURNING media_id`; then
//!   [`media::forget_unnamed`](crate::media::forget_unnamed) with what it named, because another item may name the same
//!   file.
//!
//! Removal by age emits no event: a client knows from `viewer.retention` what is too old to be there, and
//! an event for each of thousands of old rows would wake every socket for nothing.
//!
//! The list needs an index that begins with `(user_id, kept_at)`. A row that is being worked on (a capture under way, a
//! status that is not published yet) is none of these and stays. What only another row's deletion takes along, such as a
//! status's like, needs no implementation of its own.

mod core_tables;
mod expiring_rows;
mod sweep;

pub use core_tables::{Events, NOTICES, REPLAY_DAYS};
pub use expiring_rows::ExpiringRows;
pub use sweep::{SweepJob, Sweeper, Tally};

use std::fmt::Debug;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use crate::id::UserId;
use crate::plan;
use crate::work::Work;

/// A retention time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// The retention of the user's plan.
    Plan,
    /// A number of days, the same on every plan.
    Days(i64),
}

impl Keeping {
    /// The time before which rows are removed; `None`: nothing is removed.
    pub fn cutoff(self, terms: plan::Retention, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            Self::Plan => terms.cutoff(now),
            Self::Days(days) => Some(now - TimeDelta::days(days)),
        }
    }
}

/// Rows that are removed after a time.
#[async_trait]
pub trait Expires: Debug + Send + Sync {
    /// The name of the rows, for an operator: plural and lower case, such as `deleted messages`.
    fn name(&self) -> &'static str;

    /// The retention time.
    fn keeping(&self) -> Keeping {
        Keeping::Plan
    }

    /// Counts the user's rows that are older than `before`, in a transaction of theirs. Changes nothing.
    ///
    /// # Errors
    /// The database's.
    async fn count(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        before: DateTime<Utc>,
    ) -> QueryResult<i64>;

    /// Removes at most `limit` of those, the oldest first, with what belongs to them; returns the number of removed
    /// rows. Fewer than `limit` means that there are no more for now. Locked rows are skipped.
    ///
    /// # Errors
    /// The database's; then nothing was removed, and it is tried again later.
    async fn expire(&self, work: &mut Work, before: DateTime<Utc>, limit: i64) -> QueryResult<i64>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Retention;

    fn noon() -> DateTime<Utc> {
        "2026-11-23T12:00:00Z".parse().unwrap()
    }

    fn terms(days: Option<i32>, grace_days: Option<i64>) -> Retention {
        Retention {
            days,
            grace_until: grace_days.map(|days| noon() + TimeDelta::days(days)),
        }
    }

    #[test]
    fn items_go_by_the_plan_and_records_by_their_days() {
        let before = |keeping: Keeping, terms| keeping.cutoff(terms, noon());

        assert_eq!(
            before(Keeping::Plan, terms(Some(90), None)),
            Some(noon() - TimeDelta::days(90))
        );
        assert_eq!(before(Keeping::Plan, terms(None, None)), None);
        assert_eq!(
            before(Keeping::Days(30), terms(None, Some(5))),
            Some(noon() - TimeDelta::days(30))
        );
    }

    #[test]
    fn in_the_grace_after_a_downgrade_no_item_goes() {
        assert_eq!(Keeping::Plan.cutoff(terms(Some(90), Some(1)), noon()), None);
        assert_eq!(
            Keeping::Plan.cutoff(terms(Some(90), Some(0)), noon()),
            Some(noon() - TimeDelta::days(90)),
            "it ends at its moment"
        );
    }
}
