//! Buckets of time by the clock and calendar of a time zone. No I/O.

use async_graphql::Enum;
use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use thiserror::Error;

use crate::clock::first_moment;
use crate::counts::{SLOT_SECONDS, SLOTS};

/// Maximum number of buckets in a range.
const MAX_BUCKETS: usize = 800;
/// Maximum number of days in a range: five years.
const MAX_DAYS: i64 = 5 * 366;

/// Length of a bucket, by the clock and calendar of the user's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(name = "TimeBucket")]
pub enum Bucket {
    /// An hour of the clock. The hour that repeats at the end of summer time is two buckets.
    Hour,
    /// A day, of 23 to 25 hours.
    Day,
    /// A week, beginning on Monday.
    Week,
    /// A calendar month.
    Month,
}

/// Error of an invalid range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RangeError {
    /// The range ends before it begins.
    #[error("the range ends on {to}, before it begins on {from}; pass a `to` that is not before `from`")]
    Backwards {
        /// The first day.
        from: NaiveDate,
        /// The last day.
        to: NaiveDate,
    },
    /// The range has too many days.
    #[error("the range has {0} days; pass at most {MAX_DAYS}")]
    TooLong(i64),
    /// The number of last days is too small or too large.
    #[error("lastDays is {0}; pass 1 to {MAX_DAYS}")]
    LastDays(i32),
    /// The range has too many buckets.
    #[error(
        "the range has {0} buckets, and at most {MAX_BUCKETS} are shown; pass a shorter range or a longer bucket"
    )]
    TooManyBuckets(usize),
}

/// A range of whole days in the user's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The first day.
    pub from: NaiveDate,
    /// The last day, inclusive.
    pub to: NaiveDate,
}

impl Range {
    /// Creates the range from `from` to `to`, both inclusive.
    ///
    /// # Errors
    /// [`RangeError::Backwards`], [`RangeError::TooLong`].
    pub fn new(from: NaiveDate, to: NaiveDate) -> Result<Self, RangeError> {
        if to < from {
            return Err(RangeError::Backwards { from, to });
        }
        let range = Self { from, to };
        if range.days() > MAX_DAYS {
            return Err(RangeError::TooLong(range.days()));
        }
        Ok(range)
    }

    /// Number of days.
    pub fn days(self) -> i64 {
        (self.to - self.from).num_days() + 1
    }

    /// The same number of days directly before.
    #[must_use]
    pub fn before(self) -> Self {
        let length = TimeDelta::days(self.days());
        Self {
            from: self.from - length,
            to: self.to - length,
        }
    }

    /// The first instant of the range, and the first one after it.
    pub fn moments(self, zone: Tz) -> (DateTime<Utc>, DateTime<Utc>) {
        let after = self.to.succ_opt().unwrap_or(self.to);
        (first_moment(self.from, zone), first_moment(after, zone))
    }
}

/// The days to look at, as a user names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// The days of a range.
    Between(Range),
    /// So many days up to and including today, at least one.
    Last(i32),
}

impl Days {
    /// The last `days` days.
    ///
    /// # Errors
    /// [`RangeError::LastDays`].
    pub fn last(days: i32) -> Result<Self, RangeError> {
        if (1..=MAX_DAYS).contains(&i64::from(days)) {
            Ok(Self::Last(days))
        } else {
            Err(RangeError::LastDays(days))
        }
    }

    /// The range of the days at `now` in `zone`.
    pub fn range(self, now: DateTime<Utc>, zone: Tz) -> Range {
        match self {
            Self::Between(range) => range,
            Self::Last(days) => {
                let to = now.with_timezone(&zone).date_naive();
                let from = to - TimeDelta::days(i64::from(days) - 1);
                Range { from, to }
            }
        }
    }
}

/// The span of a bucket within the range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first instant.
    pub starts_at: DateTime<Utc>,
    /// The first instant after the span.
    pub ends_at: DateTime<Utc>,
}

/// The position of a quarter of an hour in the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The index of the bucket.
    pub bucket: usize,
    /// The weekday, 0 for Monday.
    pub weekday: usize,
    /// The hour of the day.
    pub hour: usize,
}

/// A range divided into buckets.
#[derive(Debug, Clone)]
pub(super) struct Calendar {
    /// The buckets, in order and without gaps.
    pub spans: Vec<Span>,
    /// The number of the first quarter of an hour, counted from 1970.
    first: i64,
    places: Vec<Place>,
}

impl Calendar {
    /// Divides `range` by the clock of `zone`.
    ///
    /// # Errors
    /// [`RangeError::TooManyBuckets`].
    pub(super) fn new(range: Range, bucket: Bucket, zone: Tz) -> Result<Self, RangeError> {
        let (start, end) = range.moments(zone);
        let (first, last) = (start.timestamp() / SLOT_SECONDS, end.timestamp() / SLOT_SECONDS);
        let mut spans: Vec<Span> = Vec::new();
        let mut places = Vec::with_capacity(usize::try_from(last - first).unwrap_or(0));
        let mut current = None;
        for slot in first..last {
            let at = DateTime::from_timestamp(slot * SLOT_SECONDS, 0).unwrap_or(start);
            let local = at.with_timezone(&zone);
            let key = bucket.key(local);
            if current != Some(key) {
                current = Some(key);
                if let Some(span) = spans.last_mut() {
                    span.ends_at = at;
                }
                spans.push(Span {
                    starts_at: at,
                    ends_at: end,
                });
            }
            places.push(Place {
                bucket: spans.len() - 1,
                weekday: usize::try_from(local.weekday().num_days_from_monday()).unwrap_or(0),
                hour: usize::try_from(local.hour()).unwrap_or(0),
            });
        }
        if spans.len() > MAX_BUCKETS {
            return Err(RangeError::TooManyBuckets(spans.len()));
        }
        Ok(Self { spans, first, places })
    }

    /// Returns the position of the quarter of an hour `slot` of a UTC `day`; none outside of the range.
    pub(super) fn place(&self, day: NaiveDate, slot: usize) -> Option<Place> {
        let slot = slot_of(day, slot) - self.first;
        self.places.get(usize::try_from(slot).ok()?).copied()
    }

    /// Returns the index of the bucket of the user's `day`. Counts by day are not divided into hours, so a day is in
    /// one bucket.
    pub(super) fn bucket_of(&self, day: NaiveDate, zone: Tz) -> Option<usize> {
        let at = first_moment(day, zone);
        self.spans
            .iter()
            .position(|span| span.starts_at <= at && at < span.ends_at)
    }
}

/// The number of a quarter of an hour, counted from 1970.
fn slot_of(day: NaiveDate, slot: usize) -> i64 {
    let days = (day - NaiveDate::default()).num_days();
    let per_day = i64::try_from(SLOTS).unwrap_or(i64::MAX);
    days * per_day + i64::try_from(slot).unwrap_or(0)
}

impl Bucket {
    /// The key that all instants of one bucket share.
    fn key(self, local: DateTime<Tz>) -> (NaiveDate, u32, i32) {
        let date = local.date_naive();
        match self {
            // The repeated hour has another UTC offset the second time.
            Self::Hour => (date, local.hour(), local.offset().fix().local_minus_utc()),
            Self::Day => (date, 0, 0),
            Self::Week => {
                let since_monday = i64::from(date.weekday().num_days_from_monday());
                (date - TimeDelta::days(since_monday), 0, 0)
            }
            Self::Month => (date.with_day(1).unwrap_or(date), 0, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::{America, Asia, Australia, Europe};

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn calendar(from: &str, to: &str, bucket: Bucket, zone: Tz) -> Calendar {
        Calendar::new(Range::new(day(from), day(to)).unwrap(), bucket, zone).unwrap()
    }

    fn hours(calendar: &Calendar) -> Vec<i64> {
        let length = |span: &Span| (span.ends_at - span.starts_at).num_hours();
        calendar.spans.iter().map(length).collect()
    }

    #[test]
    fn days_are_longer_and_shorter_when_the_clock_changes() {
        let spring = calendar("2026-03-28", "2026-03-30", Bucket::Day, Europe::Berlin);
        let autumn = calendar("2026-10-24", "2026-10-26", Bucket::Day, Europe::Berlin);

        assert_eq!(hours(&spring), [24, 23, 24]);
        assert_eq!(hours(&autumn), [24, 25, 24]);
        assert_eq!(
            spring.spans[0].starts_at.to_rfc3339(),
            "2026-03-27T23:00:00+00:00"
        );
    }

    #[test]
    fn the_hour_that_comes_twice_is_two_buckets_and_the_one_that_is_left_out_is_none() {
        let autumn = calendar("2026-10-25", "2026-10-25", Bucket::Hour, Europe::Berlin);
        let spring = calendar("2026-03-29", "2026-03-29", Bucket::Hour, Europe::Berlin);

        assert_eq!(autumn.spans.len(), 25);
        assert_eq!(spring.spans.len(), 23);
        assert!(hours(&autumn).iter().all(|hours| *hours == 1));
    }

    #[test]
    fn a_midnight_that_was_left_out_begins_the_day_an_hour_later() {
        // In São Paulo, 2018-11-04 began at 01:00.
        let days = calendar("2018-11-03", "2018-11-05", Bucket::Day, America::Sao_Paulo);

        assert_eq!(hours(&days), [24, 23, 24]);
        assert_eq!(days.spans[1].starts_at.to_rfc3339(), "2018-11-04T03:00:00+00:00");
    }

    #[test]
    fn half_hours_of_a_zone_begin_its_hours() {
        let kolkata = calendar("2026-11-24", "2026-11-24", Bucket::Hour, Asia::Kolkata);
        let kathmandu = calendar("2026-11-24", "2026-11-24", Bucket::Hour, Asia::Kathmandu);
        let lord_howe = calendar("2026-04-05", "2026-04-05", Bucket::Hour, Australia::Lord_Howe);

        assert_eq!(
            kolkata.spans[0].starts_at.to_rfc3339(),
            "2026-11-23T18:30:00+00:00"
        );
        assert_eq!(
            kathmandu.spans[0].starts_at.to_rfc3339(),
            "2026-11-23T18:15:00+00:00"
        );
        assert_eq!(kathmandu.spans.len(), 24);
        // The clock is set back by half an hour.
        assert_eq!(lord_howe.spans.len(), 25);
    }

    #[test]
    fn weeks_begin_on_monday_and_are_cut_to_the_range() {
        let weeks = calendar("2026-11-21", "2026-12-01", Bucket::Week, Europe::Paris);

        assert_eq!(hours(&weeks), [2 * 24, 7 * 24, 2 * 24]);
    }

    #[test]
    fn months_are_cut_to_the_range() {
        let months = calendar("2026-01-15", "2026-03-01", Bucket::Month, Tz::UTC);

        assert_eq!(hours(&months), [17 * 24, 28 * 24, 24]);
    }

    #[test]
    fn a_place_knows_its_bucket_weekday_and_hour_and_there_is_none_outside() {
        let days = calendar("2026-11-23", "2026-11-24", Bucket::Day, Asia::Kolkata);

        let first = days.place(day("2026-11-22"), 74).unwrap();
        let last = days.place(day("2026-11-24"), 73).unwrap();

        assert_eq!((first.bucket, first.weekday, first.hour), (0, 0, 0));
        assert_eq!((last.bucket, last.weekday, last.hour), (1, 1, 23));
        assert_eq!(days.place(day("2026-11-22"), 73), None);
        assert_eq!(days.place(day("2026-11-24"), 74), None);
    }

    #[test]
    fn what_cannot_be_shown_says_so() {
        let backwards = Range::new(day("2026-02-01"), day("2026-01-01")).unwrap_err();
        let long = Range::new(day("2000-01-01"), day("2026-01-01")).unwrap_err();
        let year = Range::new(day("2025-01-01"), day("2025-12-31")).unwrap();
        let fine = Calendar::new(year, Bucket::Hour, Tz::UTC).unwrap_err();

        assert!(backwards.to_string().contains("before it begins on 2026-02-01"));
        assert!(long.to_string().contains("at most 1830"));
        assert_eq!(fine, RangeError::TooManyBuckets(8_760));
        assert_eq!(year.before().to, day("2024-12-31"));
        assert_eq!(year.before().from, day("2024-01-02"));
    }

    #[test]
    fn the_last_days_end_with_today_by_the_users_clock() {
        let late = "2026-11-24T23:30:00Z".parse().unwrap();
        let range = |days, zone| Days::last(days).unwrap().range(late, zone);

        assert_eq!(
            range(1, Tz::UTC),
            Range::new(day("2026-11-24"), day("2026-11-24")).unwrap()
        );
        let berlin = range(7, chrono_tz::Europe::Berlin);
        assert_eq!(berlin, Range::new(day("2026-11-19"), day("2026-11-25")).unwrap());
        assert_eq!(Days::last(0), Err(RangeError::LastDays(0)));
        assert_eq!(
            Days::last(1_831).unwrap_err().to_string(),
            "lastDays is 1831; pass 1 to 1830"
        );
    }
}
