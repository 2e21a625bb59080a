//! The rule: Premium or not, from the facts of a subscription and the clock. The table is in the documentation of
//! [`crate::features::billing`].

use chrono::{DateTime, TimeDelta, Utc};

use super::facts::{Facts, LastPayment};
use super::stripe_client::Status;
use crate::text_enum::text_enum;

/// Time for which Premium stays after a payment was refused.
pub const PAYMENT_GRACE: TimeDelta = TimeDelta::days(7);
/// Time after the end of a period for which Premium stays without news of the next.
pub const NEWS_GRACE: TimeDelta = TimeDelta::days(7);
/// Time before the end of a trial at which its user is told.
pub(super) const TRIAL_NOTICE: TimeDelta = TimeDelta::days(3);
/// Days after a refused payment on which its user is told.
pub(super) const FAILURE_NOTICES: [i64; 3] = [0, 3, 6];

text_enum! {
    /// Problem with the payment of a subscription.
    #[derive(async_graphql::Enum)]
    pub enum PaymentProblemKind {
        /// The payment was refused, and is tried again or has to be made by hand.
        PaymentFailed = "PAYMENT_FAILED",
        /// The payment was given back in full.
        Refunded = "REFUNDED",
        /// The payment is disputed at the bank, which has not decided.
        Disputed = "DISPUTED",
        /// The payment was taken back through the bank.
        DisputeLost = "DISPUTE_LOST",
        /// The period is over, and Stripe was not heard of since.
        Unconfirmed = "UNCONFIRMED",
    }
}

/// What follows from the facts of a subscription at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// It gives Premium.
    pub gives_premium: bool,
    /// The end of Premium unless what is owed is paid; none when nothing is owed, or when Premium ended.
    pub grace_ends_at: Option<DateTime<Utc>>,
    /// What is wrong with its payment.
    pub problem: Option<PaymentProblemKind>,
    /// The next moment at which something follows from the clock alone: an end, or a notice.
    pub next_at: Option<DateTime<Utc>>,
}

impl Facts {
    /// What follows from these facts at `now`.
    pub fn judge(&self, now: DateTime<Utc>) -> Judgement {
        let of_status = self.judge_status(now);
        let taken_back = match self.last_payment {
            LastPayment::None | LastPayment::Kept => return of_status,
            LastPayment::Refunded => PaymentProblemKind::Refunded,
            LastPayment::Disputed => PaymentProblemKind::Disputed,
            LastPayment::DisputeLost => PaymentProblemKind::DisputeLost,
        };
        if !self.is_premium || self.status.is_final() {
            return of_status;
        }
        Judgement {
            gives_premium: false,
            grace_ends_at: None,
            problem: Some(taken_back),
            next_at: None,
        }
    }

    /// As [`Self::judge`], of a subscription whose payments were kept.
    fn judge_status(&self, now: DateTime<Utc>) -> Judgement {
        if !self.is_premium {
            return Judgement::NOTHING;
        }
        match self.status {
            Status::Trialing | Status::Active => self.judge_paid(now),
            Status::PastDue => self.judge_owed(now),
            Status::Unpaid => Judgement::OWED,
            Status::Incomplete if self.failing_since.is_some() => Judgement::OWED,
            Status::Incomplete | Status::IncompleteExpired | Status::Paused | Status::Canceled => {
                Judgement::NOTHING
            }
            Status::Other(_) => {
                let gives_premium = now < self.period_ends_at;
                Judgement {
                    gives_premium,
                    next_at: gives_premium.then_some(self.period_ends_at),
                    ..Judgement::NOTHING
                }
            }
        }
    }

    /// A subscription that Stripe calls paid, until news of the next period are overdue.
    fn judge_paid(&self, now: DateTime<Utc>) -> Judgement {
        let overdue_at = self.period_ends_at + NEWS_GRACE;
        if now >= overdue_at {
            return Judgement {
                problem: Some(PaymentProblemKind::Unconfirmed),
                ..Judgement::NOTHING
            };
        }
        let told_at = self.trial_notice_at().filter(|at| *at > now);
        Judgement {
            gives_premium: true,
            grace_ends_at: None,
            problem: None,
            next_at: Some(told_at.map_or(overdue_at, |at| at.min(overdue_at))),
        }
    }

    /// A subscription whose payment was refused. Who never paid has no grace.
    fn judge_owed(&self, now: DateTime<Utc>) -> Judgement {
        let ends_at = self.owed_since() + PAYMENT_GRACE;
        if !self.was_paid || now >= ends_at {
            return Judgement::OWED;
        }
        let notices = FAILURE_NOTICES.map(|day| self.owed_since() + TimeDelta::days(day));
        let next = notices.into_iter().find(|at| *at > now);
        Judgement {
            gives_premium: true,
            grace_ends_at: Some(ends_at),
            problem: Some(PaymentProblemKind::PaymentFailed),
            next_at: Some(next.unwrap_or(ends_at)),
        }
    }

    /// The first refusal, or the beginning of the period that is owed.
    fn owed_since(&self) -> DateTime<Utc> {
        self.failing_since.unwrap_or(self.period_starts_at)
    }

    /// The moment of the refused payment and the day after it, of `FAILURE_NOTICES`, of which the user is to have been
    /// told by `now`; none while Premium is not in its grace.
    pub fn failure_notice(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, i64)> {
        self.judge(now).grace_ends_at?;
        let since = self.owed_since();
        let days = FAILURE_NOTICES.into_iter().rev();
        let day = days.into_iter().find(|day| since + TimeDelta::days(*day) <= now);
        // A clock that is behind Stripe's knows of the refusal before it happened.
        Some((since, day.unwrap_or(0)))
    }

    /// The end of a trial of which the user is to have been told by `now`.
    pub fn trial_notice(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let is_due = self.trial_notice_at().is_some_and(|at| at <= now);
        self.trial_ends_at
            .filter(|at| is_due && self.judge(now).gives_premium && *at > now)
    }

    /// The time at which the user is told of the end of their trial; none when there is none, or nothing follows it.
    fn trial_notice_at(&self) -> Option<DateTime<Utc>> {
        let end = self.trial_ends_at.filter(|_| self.status == Status::Trialing)?;
        self.cancels_at.is_none().then_some(end - TRIAL_NOTICE)
    }
}

impl Judgement {
    /// No Premium, and nothing to say of it.
    const NOTHING: Self = Self {
        gives_premium: false,
        grace_ends_at: None,
        problem: None,
        next_at: None,
    };

    /// No Premium until what is owed is paid.
    const OWED: Self = Self {
        problem: Some(PaymentProblemKind::PaymentFailed),
        ..Self::NOTHING
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The end of the period of [`facts`].
    fn end() -> DateTime<Utc> {
        "2026-12-31T00:00:00Z".parse().unwrap()
    }

    fn start() -> DateTime<Utc> {
        "2026-12-01T00:00:00Z".parse().unwrap()
    }

    fn days(number: i64) -> TimeDelta {
        TimeDelta::days(number)
    }

    /// A subscription to Premium that was paid.
    fn facts(status: Status) -> Facts {
        Facts {
            status,
            is_premium: true,
            period_starts_at: start(),
            period_ends_at: end(),
            trial_ends_at: None,
            cancels_at: None,
            failing_since: None,
            was_paid: true,
            last_payment: LastPayment::Kept,
        }
    }

    fn all_statuses() -> Vec<Status> {
        let other = Status::Other("brand_new".to_owned());
        Status::KNOWN.into_iter().chain([other]).collect()
    }

    #[test]
    fn each_state_gives_premium_or_not_in_the_middle_of_a_period() {
        for status in all_statuses() {
            let expected = matches!(status, Status::Trialing | Status::Active | Status::Other(_));

            let judged = facts(status.clone()).judge(start() + days(15));

            assert_eq!(judged.gives_premium, expected, "{status:?}");
        }
    }

    #[test]
    fn no_state_gives_premium_for_another_price_or_for_a_payment_that_was_taken_back() {
        for status in all_statuses() {
            let now = start() + days(1);
            let other = Facts {
                is_premium: false,
                ..facts(status.clone())
            };
            assert!(!other.judge(now).gives_premium, "{status:?}");
            for last_payment in [
                LastPayment::Refunded,
                LastPayment::Disputed,
                LastPayment::DisputeLost,
            ] {
                let taken = Facts {
                    last_payment,
                    ..facts(status.clone())
                };
                assert!(!taken.judge(now).gives_premium, "{status:?} {last_payment:?}");
            }
        }
    }

    #[test]
    fn premium_lasts_for_a_grace_after_the_first_refusal_to_the_second() {
        let owed = Facts {
            failing_since: Some(start() + days(1)),
            ..facts(Status::PastDue)
        };
        let ends_at = start() + days(8);

        let before = owed.judge(ends_at - TimeDelta::seconds(1));
        let after = owed.judge(ends_at);

        assert!(before.gives_premium);
        assert_eq!(before.grace_ends_at, Some(ends_at));
        assert_eq!(before.next_at, Some(ends_at));
        assert_eq!(before.problem, Some(PaymentProblemKind::PaymentFailed));
        assert!(!after.gives_premium);
        assert_eq!(after, Judgement::OWED);
    }

    #[test]
    fn a_first_payment_that_was_refused_has_no_grace() {
        let never_paid = Facts {
            was_paid: false,
            last_payment: LastPayment::None,
            failing_since: Some(start()),
            ..facts(Status::PastDue)
        };

        assert_eq!(never_paid.judge(start()), Judgement::OWED);
        assert_eq!(never_paid.failure_notice(start()), None);
    }

    #[test]
    fn the_user_is_told_of_a_refusal_on_three_days() {
        let owed = Facts {
            failing_since: Some(start()),
            ..facts(Status::PastDue)
        };
        let told = |at: DateTime<Utc>| owed.failure_notice(at).map(|(_, day)| day);

        let by_day: Vec<_> = (0..8).map(|day| told(start() + days(day))).collect();

        let some = |day| Some(day);
        assert_eq!(
            by_day,
            [
                some(0),
                some(0),
                some(0),
                some(3),
                some(3),
                some(3),
                some(6),
                None
            ]
        );
        assert_eq!(owed.judge(start()).next_at, Some(start() + days(3)));
        assert_eq!(owed.judge(start() + days(3)).next_at, Some(start() + days(6)));
    }

    #[test]
    fn what_is_called_paid_gives_premium_until_news_of_the_next_period_are_overdue() {
        for status in [Status::Active, Status::Trialing] {
            let paid = facts(status);
            let overdue_at = end() + NEWS_GRACE;

            let before = paid.judge(overdue_at - TimeDelta::seconds(1));
            let after = paid.judge(overdue_at);

            assert!(before.gives_premium);
            assert_eq!(before.next_at, Some(overdue_at));
            assert!(!after.gives_premium);
            assert_eq!(after.problem, Some(PaymentProblemKind::Unconfirmed));
        }
    }

    #[test]
    fn a_state_that_is_not_known_gives_premium_to_the_end_of_the_period() {
        let other = facts(Status::Other("brand_new".to_owned()));

        assert!(other.judge(end() - TimeDelta::seconds(1)).gives_premium);
        assert!(!other.judge(end()).gives_premium);
    }

    #[test]
    fn the_end_of_a_trial_is_told_three_days_ahead_unless_nothing_follows_it() {
        let trial = Facts {
            trial_ends_at: Some(end()),
            ..facts(Status::Trialing)
        };
        let told_at = end() - TRIAL_NOTICE;

        assert_eq!(trial.trial_notice(told_at - TimeDelta::seconds(1)), None);
        assert_eq!(trial.judge(start()).next_at, Some(told_at));
        assert_eq!(trial.trial_notice(told_at), Some(end()));
        assert_eq!(trial.trial_notice(end()), None);
        let cancelled = Facts {
            cancels_at: Some(end()),
            ..trial
        };
        assert_eq!(cancelled.trial_notice(told_at), None);
    }

    #[test]
    fn what_is_owed_without_grace_is_a_problem_that_can_be_mended() {
        assert_eq!(facts(Status::Unpaid).judge(start()), Judgement::OWED);
        let refused = Facts {
            failing_since: Some(start()),
            ..facts(Status::Incomplete)
        };
        assert_eq!(refused.judge(start()), Judgement::OWED);
        assert_eq!(facts(Status::Incomplete).judge(start()), Judgement::NOTHING);
        assert_eq!(facts(Status::Paused).judge(start()), Judgement::NOTHING);
        assert_eq!(facts(Status::Canceled).judge(start()), Judgement::NOTHING);
    }

    #[test]
    fn the_next_moment_lies_ahead_whenever_there_is_one() {
        for status in all_statuses() {
            for hour in 0..1_000 {
                let now = start() + TimeDelta::hours(hour);
                let facts = Facts {
                    trial_ends_at: Some(end()),
                    failing_since: Some(start()),
                    ..facts(status.clone())
                };
                let next = facts.judge(now).next_at;
                assert!(next.is_none_or(|next| next > now), "{status:?} at {now}");
            }
        }
    }
}
