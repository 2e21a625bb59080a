use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::Tz;

use crate::clock::first_moment;

/// A calendar month as a user's time zone counts it.
///
/// It is named by the date it begins with, not by a moment: a user who moves to another zone stays in the same month's
/// count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    /// The first of the month.
    pub start: NaiveDate,
}

impl Period {
    /// The month that it is at `now` in `zone`.
    pub fn at(now: DateTime<Utc>, zone: Tz) -> Self {
        let today = now.with_timezone(&zone).date_naive();
        Self {
            start: today.with_day(1).unwrap_or(today),
        }
    }

    /// The first moment of the next month in `zone`.
    pub fn resets_at(self, zone: Tz) -> DateTime<Utc> {
        let (year, month) = match self.start.month() {
            12 => (self.start.year() + 1, 1),
            month => (self.start.year(), month + 1),
        };
        let first = NaiveDate::from_ymd_opt(year, month, 1).expect("every month has a first day");
        first_moment(first, zone)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn month_at(now: &str, zone: Tz) -> (String, DateTime<Utc>) {
        let period = Period::at(utc(now), zone);
        (period.start.to_string(), period.resets_at(zone))
    }

    #[test]
    fn a_month_ends_at_the_users_midnight() {
        let (start, resets_at) = month_at("2026-11-30T23:30:00Z", chrono_tz::America::New_York);
        assert_eq!(start, "2026-11-01");
        assert_eq!(resets_at, utc("2026-12-01T05:00:00Z"));

        let (start, resets_at) = month_at("2026-11-30T23:30:00Z", chrono_tz::Asia::Tokyo);
        assert_eq!(start, "2026-12-01");
        assert_eq!(resets_at, utc("2026-12-31T15:00:00Z"));
    }

    #[test]
    fn december_is_followed_by_january_of_the_next_year() {
        let (start, resets_at) = month_at("2026-12-31T22:59:59Z", chrono_tz::Europe::Berlin);
        assert_eq!(start, "2026-12-01");
        assert_eq!(resets_at, utc("2026-12-31T23:00:00Z"));

        let (start, _) = month_at("2026-12-31T23:00:00Z", chrono_tz::Europe::Berlin);
        assert_eq!(start, "2027-01-01");
    }

    #[test]
    fn summer_time_moves_the_end_of_the_month_by_an_hour() {
        let berlin = chrono_tz::Europe::Berlin;

        assert_eq!(
            month_at("2026-03-10T00:00:00Z", berlin).1,
            utc("2026-03-31T22:00:00Z")
        );
        assert_eq!(
            month_at("2026-10-10T00:00:00Z", berlin).1,
            utc("2026-10-31T23:00:00Z")
        );
    }

    #[test]
    fn a_month_whose_first_midnight_is_skipped_begins_when_the_clock_shows_its_first_moment() {
        // In Asuncion, 2017-10-01 began at 01:00.
        let asuncion = chrono_tz::America::Asuncion;

        assert_eq!(
            month_at("2017-09-15T00:00:00Z", asuncion).1,
            utc("2017-10-01T04:00:00Z")
        );
    }

    #[test]
    fn in_every_zone_a_month_begins_exactly_when_the_one_before_it_ends() {
        for zone in chrono_tz::TZ_VARIANTS {
            let mut period = Period::at(utc("2025-11-15T12:00:00Z"), zone);
            for _ in 0..14 {
                let end = period.resets_at(zone);
                let next = Period::at(end, zone);

                assert_eq!(
                    Period::at(end - TimeDelta::milliseconds(1), zone),
                    period,
                    "{zone}"
                );
                assert!(next > period, "{zone}");
                period = next;
            }
        }
    }
}
