//! Weekly schedule of automatic replies, by the clock of the user's time zone. No I/O.

use chrono::{Datelike, NaiveDateTime};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::features::schema::Weekday;
use crate::time_of_day::{self, DAY};

/// Maximum number of slots in a schedule.
pub(super) const MAX_SLOTS: usize = 50;

/// A time span of each week that begins on one day. It may cross midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The day on which the slot begins.
    pub weekday: Weekday,
    /// First minute, counted from midnight.
    from: u16,
    /// Minute after the last; not later than `from` when the slot crosses midnight.
    until: u16,
}

/// A mistake in the two times of a slot.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SlotMistake {
    /// The first time is malformed.
    #[error("'{0}' is not a time of day; pass hours and minutes such as 09:00, from 00:00 to 23:59")]
    From(String),
    /// The second time is malformed.
    #[error("'{0}' is not a time of day; pass hours and minutes such as 17:00, from 00:00 to 24:00")]
    Until(String),
    /// The two times are the same.
    #[error("from and until are the same time; pass two different ones, such as 09:00 and 17:00")]
    Empty,
}

impl SlotMistake {
    /// Name of the wrong field.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::From(_) => "from",
            Self::Until(_) | Self::Empty => "until",
        }
    }
}

impl Slot {
    /// Parses two different times of the form `22:30`, the second up to `24:00`.
    ///
    /// # Errors
    /// Every mistake in the two.
    pub fn parse(weekday: Weekday, from: &str, until: &str) -> Result<Self, Vec<SlotMistake>> {
        let shown = |text: &str| text.chars().take(32).collect();
        let first = time_of_day::parse(from).filter(|minute| *minute < DAY);
        match (first, time_of_day::parse(until)) {
            (Some(from), Some(until)) if from == until => Err(vec![SlotMistake::Empty]),
            (Some(from), Some(until)) => Ok(Self { weekday, from, until }),
            (first, last) => {
                let first = first.is_none().then(|| SlotMistake::From(shown(from)));
                let last = last.is_none().then(|| SlotMistake::Until(shown(until)));
                Err(first.into_iter().chain(last).collect())
            }
        }
    }

    /// The first minute and the minute after the last, as `22:30`.
    pub fn texts(self) -> (String, String) {
        (time_of_day::text(self.from), time_of_day::text(self.until))
    }

    fn contains(self, at: NaiveDateTime) -> bool {
        let minute = time_of_day::minute(&at);
        let today = Weekday::from(at.weekday());
        let yesterday = Weekday::from(at.weekday().pred());
        if self.from < self.until {
            today == self.weekday && (self.from..self.until).contains(&minute)
        } else {
            (today == self.weekday && minute >= self.from)
                || (yesterday == self.weekday && minute < self.until)
        }
    }
}

/// The slots in which replies are sent; no slots mean always.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schedule(pub Vec<Slot>);

impl Schedule {
    /// Returns true when replies are sent at this local time. A time that the clock shows twice counts both times;
    /// one that it skips never comes.
    pub fn is_open_at(&self, local: NaiveDateTime) -> bool {
        self.0.is_empty() || self.0.iter().any(|slot| slot.contains(local))
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use chrono_tz::{America::Sao_Paulo, Europe::Berlin, Tz};

    use super::*;

    fn schedule(slots: &[(Weekday, &str, &str)]) -> Schedule {
        let slot = |(day, from, until): &(Weekday, &str, &str)| Slot::parse(*day, from, until).unwrap();
        Schedule(slots.iter().map(slot).collect())
    }

    fn local(utc: &str, zone: Tz) -> NaiveDateTime {
        let at: DateTime<Utc> = utc.parse().unwrap();
        at.with_timezone(&zone).naive_local()
    }

    #[test]
    fn no_slots_mean_always() {
        assert!(Schedule::default().is_open_at(local("2026-11-23T11:00:00Z", Berlin)));
    }

    #[test]
    fn a_slot_holds_its_first_minute_and_not_its_last() {
        // 2026-11-23 is a Monday.
        let office = schedule(&[(Weekday::Monday, "09:00", "17:00")]);

        for (utc, is_open) in [
            ("2026-11-23T07:59:59Z", false),
            ("2026-11-23T08:00:00Z", true),
            ("2026-11-23T15:59:59Z", true),
            ("2026-11-23T16:00:00Z", false),
            ("2026-11-24T10:00:00Z", false),
        ] {
            assert_eq!(office.is_open_at(local(utc, Berlin)), is_open, "{utc}");
        }
    }

    #[test]
    fn a_slot_may_go_over_midnight_and_over_the_weeks_end() {
        let night = schedule(&[(Weekday::Sunday, "22:00", "07:00")]);

        for (utc, is_open) in [
            ("2026-11-22T20:59:00Z", false),
            ("2026-11-22T21:00:00Z", true),
            ("2026-11-22T23:00:00Z", true),
            ("2026-11-23T05:59:00Z", true),
            ("2026-11-23T06:00:00Z", false),
            ("2026-11-23T22:00:00Z", false),
            ("2026-11-22T04:00:00Z", false),
        ] {
            assert_eq!(night.is_open_at(local(utc, Berlin)), is_open, "{utc}");
        }
    }

    #[test]
    fn a_whole_day_can_be_meant() {
        let saturday = schedule(&[(Weekday::Saturday, "00:00", "24:00")]);
        let until_midnight = schedule(&[(Weekday::Saturday, "20:00", "00:00")]);

        assert!(saturday.is_open_at(local("2026-11-28T22:59:00Z", Berlin)));
        assert!(!saturday.is_open_at(local("2026-11-28T23:00:00Z", Berlin)));
        assert!(until_midnight.is_open_at(local("2026-11-28T22:59:00Z", Berlin)));
        assert!(!until_midnight.is_open_at(local("2026-11-28T23:00:00Z", Berlin)));
    }

    #[test]
    fn the_clock_on_the_wall_counts_when_summer_time_begins_and_ends() {
        // In Berlin 02:00 to 03:00 is left out on 2026-03-29, and comes twice on 2026-10-25; both are Sundays.
        let early = schedule(&[(Weekday::Sunday, "02:00", "03:00")]);
        let morning = schedule(&[(Weekday::Sunday, "03:00", "04:00")]);

        assert!(!early.is_open_at(local("2026-03-29T00:59:00Z", Berlin)));
        assert!(!early.is_open_at(local("2026-03-29T01:00:00Z", Berlin)));
        assert!(morning.is_open_at(local("2026-03-29T01:00:00Z", Berlin)));
        for (utc, is_open) in [
            ("2026-10-24T23:59:00Z", false),
            ("2026-10-25T00:00:00Z", true),
            ("2026-10-25T01:59:00Z", true),
            ("2026-10-25T02:00:00Z", false),
        ] {
            assert_eq!(early.is_open_at(local(utc, Berlin)), is_open, "{utc}");
        }
        // Nine to five is nine to five on either side of the change, and elsewhere.
        let office = schedule(&[(Weekday::Monday, "09:00", "17:00")]);
        assert!(office.is_open_at(local("2026-03-23T08:00:00Z", Berlin)));
        assert!(!office.is_open_at(local("2026-03-30T06:59:00Z", Berlin)));
        assert!(office.is_open_at(local("2026-03-30T07:00:00Z", Berlin)));
        assert!(office.is_open_at(local("2026-03-30T12:00:00Z", Sao_Paulo)));
    }

    #[test]
    fn only_two_different_times_make_a_slot() {
        let told = |from, until| {
            let mistakes = Slot::parse(Weekday::Monday, from, until).unwrap_err();
            mistakes.iter().map(SlotMistake::field).collect::<Vec<_>>()
        };
        for (from, until, fields) in [
            ("09:00", "09:00", vec!["until"]),
            ("24:00", "09:00", vec!["from"]),
            ("9:00", "17:00", vec!["from"]),
            ("09:60", "17:00", vec!["from"]),
            ("09:00", "24:01", vec!["until"]),
            ("+9:00", "17:00", vec!["from"]),
            ("nine", "five", vec!["from", "until"]),
            ("09:00:00", "17:00", vec!["from"]),
        ] {
            assert_eq!(told(from, until), fields, "{from} {until}");
        }
        let slot = Slot::parse(Weekday::Monday, "09:05", "24:00").unwrap();
        assert_eq!(slot.texts(), ("09:05".to_owned(), "24:00".to_owned()));
    }
}
