//! Quiet hours: a daily span without likes. No I/O.

use chrono::NaiveTime;
use thiserror::Error;

use crate::time_of_day::{self, DAY};

/// Daily span, by the user's clock, in which nothing is liked. The span may cross midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// First minute, in minutes since midnight.
    from: u16,
    /// Minute after the last, in minutes since midnight; less than `from` when the span crosses midnight.
    until: u16,
}

/// A mistake in the two times of a span.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SpanMistake {
    /// The first time is malformed.
    #[error("'{0}' is not a time of day; pass hours and minutes such as 22:30, from 00:00 to 23:59")]
    From(String),
    /// The second time is malformed.
    #[error("'{0}' is not a time of day; pass hours and minutes such as 07:30, from 00:00 to 23:59")]
    Until(String),
    /// The two times are the same.
    #[error("from and until are the same time; pass two different ones, such as 22:00 and 07:30")]
    Empty,
}

impl SpanMistake {
    /// Name of the wrong field.
    pub const fn field(&self) -> &'static str {
        match self {
            Self::From(_) => "from",
            Self::Until(_) | Self::Empty => "until",
        }
    }
}

impl QuietHours {
    /// Parses two different times of the form `22:30`.
    ///
    /// # Errors
    /// Every mistake in the two.
    pub fn parse(from: &str, until: &str) -> Result<Self, Vec<SpanMistake>> {
        let minute = |text| time_of_day::parse(text).filter(|minute| *minute < DAY);
        let shown = |text: &str| text.chars().take(32).collect();
        match (minute(from), minute(until)) {
            (Some(from), Some(until)) => Self::new(from, until).ok_or_else(|| vec![SpanMistake::Empty]),
            (first, last) => {
                let first = first.is_none().then(|| SpanMistake::From(shown(from)));
                let last = last.is_none().then(|| SpanMistake::Until(shown(until)));
                Err(first.into_iter().chain(last).collect())
            }
        }
    }

    /// Restores the span from the values of [`Self::minutes`].
    pub fn from_minutes(from: i16, until: i16) -> Option<Self> {
        Self::new(u16::try_from(from).ok()?, u16::try_from(until).ok()?)
    }

    fn new(from: u16, until: u16) -> Option<Self> {
        let is_span = from < DAY && until < DAY && from != until;
        is_span.then_some(Self { from, until })
    }

    /// First minute and the one after the last, in minutes since midnight.
    pub fn minutes(self) -> (i16, i16) {
        let minutes = |minutes: u16| i16::try_from(minutes).expect("a day has 1,440 minutes");
        (minutes(self.from), minutes(self.until))
    }

    /// The first minute and the one after the last, as `22:30`.
    pub fn texts(self) -> (String, String) {
        (time_of_day::text(self.from), time_of_day::text(self.until))
    }

    pub(super) fn contains(self, time: NaiveTime) -> bool {
        let minute = time_of_day::minute(&time);
        if self.from < self.until {
            (self.from..self.until).contains(&minute)
        } else {
            minute >= self.from || minute < self.until
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> NaiveTime {
        NaiveTime::parse_from_str(time, "%H:%M").unwrap()
    }

    #[test]
    fn quiet_hours_may_go_over_midnight() {
        let night = QuietHours::parse("22:00", "07:30").unwrap();
        let noon = QuietHours::parse("12:00", "13:00").unwrap();

        assert!(night.contains(at("23:59")) && night.contains(at("00:00")) && night.contains(at("22:00")));
        assert!(!night.contains(at("07:30")) && !night.contains(at("21:59")));
        assert!(noon.contains(at("12:30")) && !noon.contains(at("13:00")));
        let (from, until) = night.minutes();
        assert_eq!(QuietHours::from_minutes(from, until), Some(night));
    }

    #[test]
    fn both_wrong_times_of_a_span_are_told() {
        let wrong = |from, until| QuietHours::parse(from, until).unwrap_err();
        let (from, until) = (
            |text: &str| SpanMistake::From(text.to_owned()),
            |text: &str| SpanMistake::Until(text.to_owned()),
        );

        assert_eq!(wrong("22:00", "22:00"), [SpanMistake::Empty]);
        assert_eq!(wrong("25:00", "07:00"), [from("25:00")]);
        assert_eq!(wrong("22:00", "24:00"), [until("24:00")]);
        assert_eq!(wrong("9:00", "noon"), [from("9:00"), until("noon")]);
    }
}
