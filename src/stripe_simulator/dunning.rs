//! Dunning: the attempts to collect what was not paid, and what follows the last of them.

use serde::{Deserialize, Serialize};

use super::subscription::SubscriptionStatus;
use super::time::DAY;

/// The effect of the last failed attempt on a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AfterLastRetry {
    /// The subscription ends.
    Cancel,
    /// The subscription becomes unpaid, and later invoices stay drafts.
    MarkUnpaid,
    /// The subscription stays past due.
    LeavePastDue,
}

/// The schedule of retries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dunning {
    /// The days from each failed attempt to the next.
    pub retry_after_days: Vec<u16>,
    /// The effect of the last failed attempt.
    pub after_last_retry: AfterLastRetry,
}

impl Default for Dunning {
    /// Stripe's suggestion for schedules of one's own: after 3, 5 and 7 days, and then cancelled.
    fn default() -> Self {
        Self {
            retry_after_days: vec![3, 5, 7],
            after_last_retry: AfterLastRetry::Cancel,
        }
    }
}

/// The next step after a failed attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Another attempt at this moment.
    Retry(i64),
    /// No attempt more; the subscription changes to the state, or ends where it is `Canceled`.
    GiveUp(SubscriptionStatus),
}

impl Dunning {
    /// The step after the `attempts`-th attempt failed at `now`.
    pub(super) fn next(&self, attempts: usize, now: i64) -> Next {
        let after = attempts
            .checked_sub(1)
            .and_then(|at| self.retry_after_days.get(at));
        match after {
            Some(days) => Next::Retry(now + i64::from(*days) * DAY),
            None => Next::GiveUp(match self.after_last_retry {
                AfterLastRetry::Cancel => SubscriptionStatus::Canceled,
                AfterLastRetry::MarkUnpaid => SubscriptionStatus::Unpaid,
                AfterLastRetry::LeavePastDue => SubscriptionStatus::PastDue,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_follow_the_schedule_and_then_it_is_given_up() {
        let dunning = Dunning::default();

        assert_eq!(dunning.next(1, 0), Next::Retry(3 * DAY));
        assert_eq!(dunning.next(3, 0), Next::Retry(7 * DAY));
        assert_eq!(dunning.next(4, 0), Next::GiveUp(SubscriptionStatus::Canceled));
    }

    #[test]
    fn a_schedule_without_retries_gives_up_at_once() {
        let dunning = Dunning {
            retry_after_days: Vec::new(),
            after_last_retry: AfterLastRetry::MarkUnpaid,
        };

        assert_eq!(dunning.next(1, 0), Next::GiveUp(SubscriptionStatus::Unpaid));
    }
}
