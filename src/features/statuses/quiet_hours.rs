//! Quiet hours: a daily span without likes. No I/O.

use chrono::NaiveTime;

use crate::time_of_day::{self, DAY};

/// Daily span, by the user's clock, in which nothing is liked. The span may cross midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    /// First minute, in minutes since midnight.
    from: u16,
    /// Minute after the last, in minutes since midnight; less than `from` when the span crosses midnight.
    until: u16,
}

impl QuietHours {
    /// Parses two times of the form `22:30`; none when they are malformed or equal.
    pub fn parse(from: &str, until: &str) -> Option<Self> {
        Self::new(time_of_day::parse(from)?, time_of_day::parse(until)?)
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
        assert_eq!(QuietHours::parse("22:00", "22:00"), None);
        for (from, until) in [("25:00", "07:00"), ("22:00", "24:00"), ("9:00", "17:00")] {
            assert_eq!(QuietHours::parse(from, until), None, "{from} {until}");
        }
    }
}
