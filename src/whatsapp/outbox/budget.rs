//! Limits on what an account sends, and the time of its next message.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::precedence::{Precedence, Sent};
use crate::id::Ids;

/// Limits on everything that AMDA sends for an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Most messages within any minute.
    pub per_minute: u32,
    /// Most messages within any hour.
    pub per_hour: u32,
    /// Least gap between two messages.
    pub least_gap: Duration,
    /// Longest gap between two messages; each gap is random.
    pub most_gap: Duration,
    /// Longest wait for WhatsApp's answer.
    pub answer_within: Duration,
    /// Wait before a message is tried again that had no answer, or could not be prepared.
    pub again_after: Duration,
    /// Least time for which the account is shown as typing before it sends a text.
    pub least_typing: Duration,
    /// Longest time for which the account is shown as typing; it is not shown when this is zero.
    pub most_typing: Duration,
}

/// Typing time of one letter.
const PER_LETTER: Duration = Duration::from_millis(60);

impl Budget {
    /// Limits that fit a person who is busy with their phone.
    pub const USUAL: Self = Self {
        per_minute: 8,
        per_hour: 120,
        least_gap: Duration::from_secs(2),
        most_gap: Duration::from_secs(9),
        answer_within: Duration::from_secs(30),
        again_after: Duration::from_mins(1),
        least_typing: Duration::from_secs(1),
        most_typing: Duration::from_secs(5),
    };

    /// Part of each limit that messages of one precedence leave to those that go before them: an eighth.
    pub(super) const LEFT_FREE: u32 = 8;

    /// Random time for which the account is shown as typing `text`, by its length. None when typing is not shown.
    pub(super) fn typing(&self, text: &str, ids: &Ids) -> Option<Duration> {
        let letters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let fitting = PER_LETTER.saturating_mul(letters);
        let most = fitting.clamp(self.least_typing, self.most_typing.max(self.least_typing));
        let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let time = ids.between(milliseconds(self.least_typing), milliseconds(most));
        (!self.most_typing.is_zero()).then(|| Duration::from_millis(time))
    }

    /// Time at which the next message of this precedence may leave, or None when it may leave at once. `newest_first` are
    /// the messages of the last hour.
    pub(super) fn wait_until(
        &self,
        precedence: Precedence,
        newest_first: &[Sent],
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let windows = [
            (self.per_minute, TimeDelta::minutes(1)),
            (self.per_hour, TimeDelta::hours(1)),
        ];
        windows
            .into_iter()
            .flat_map(|(most, within)| precedence.limits(most).map(|limit| (limit, within)))
            .filter_map(|(limit, within)| {
                // The message that must leave the window before another enters it.
                let at = usize::try_from(limit.most).ok()?.checked_sub(1)?;
                let mut counted = newest_first
                    .iter()
                    .filter(|sent| limit.counts_planned || sent.precedence != Precedence::Planned);
                Some(counted.nth(at)?.at + within)
            })
            .filter(|free_at| *free_at > now)
            .max()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;

    const BUDGET: Budget = Budget {
        per_minute: 2,
        per_hour: 3,
        ..Budget::USUAL
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    /// Messages of this precedence at these times.
    fn sent<const N: usize>(precedence: Precedence, seconds: [i64; N]) -> [Sent; N] {
        seconds.map(|seconds| Sent {
            at: at(seconds),
            precedence,
        })
    }

    fn wait_until(sent: &[Sent], now: i64) -> Option<DateTime<Utc>> {
        BUDGET.wait_until(Precedence::Planned, sent, at(now))
    }

    #[test]
    fn a_message_within_the_budget_leaves_at_once() {
        assert_eq!(wait_until(&[], 0), None);
        assert_eq!(wait_until(&sent(Precedence::Like, [50]), 51), None);
        assert_eq!(wait_until(&sent(Precedence::Like, [100, 10]), 100), None);
    }

    #[test]
    fn the_minute_is_waited_for() {
        assert_eq!(wait_until(&sent(Precedence::Like, [20, 10]), 30), Some(at(70)));
    }

    #[test]
    fn the_hour_is_waited_for() {
        let sent = sent(Precedence::Planned, [1_000, 500, 100]);

        assert_eq!(wait_until(&sent, 2_000), Some(at(3_700)));
    }

    #[test]
    fn something_is_left_for_those_that_go_first() {
        let budget = Budget {
            per_minute: 8,
            ..Budget::USUAL
        };
        let waits = |precedence, sent: &[Sent]| budget.wait_until(precedence, sent, at(10)).is_some();
        let likes = sent(Precedence::Like, [6, 5, 4, 3, 2, 1]);
        let with = |first| [&sent(first, [7])[..], &likes].concat();

        assert!(!waits(Precedence::Like, &likes[1..]));
        assert!(waits(Precedence::Like, &likes));
        assert!(!waits(Precedence::Answer, &with(Precedence::Planned)));
        assert!(waits(Precedence::Answer, &with(Precedence::Answer)));
        assert!(!waits(Precedence::Planned, &with(Precedence::Answer)));
    }

    #[test]
    fn a_small_budget_is_open_to_everything() {
        let [in_all, beside_planned] = Precedence::Like.limits(2);

        assert_eq!((in_all.most, beside_planned.most), (2, 2));
    }

    #[test]
    fn typing_takes_longer_for_more_words_and_never_very_long() {
        let ids = Ids::seeded(Arc::new(SystemClock), 7);
        for (letters, most_ms) in [(1, 1_000), (50, 3_000), (5_000, 5_000)] {
            let text = "a".repeat(letters);

            for _ in 0..50 {
                let typing = BUDGET.typing(&text, &ids).unwrap().as_millis();

                assert!(
                    (1_000..=most_ms).contains(&typing),
                    "{letters} letters took {typing} ms"
                );
            }
        }
    }

    #[test]
    fn typing_is_not_shown_when_its_longest_time_is_zero() {
        let ids = Ids::seeded(Arc::new(SystemClock), 7);
        let quiet = Budget {
            least_typing: Duration::ZERO,
            most_typing: Duration::ZERO,
            ..BUDGET
        };

        assert_eq!(quiet.typing("a long story", &ids), None);
    }
}
