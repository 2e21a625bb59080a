//! The calendar of recurring prices.

use chrono::{DateTime, Months};
use serde::{Deserialize, Serialize};

use super::time::DAY;

/// The unit of a price's period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Interval {
    Day,
    Week,
    Month,
    Year,
}

impl Interval {
    pub(super) const NAMES: [&'static str; 4] = ["day", "week", "month", "year"];

    pub(super) fn parse(name: &str) -> Option<Self> {
        match name {
            "day" => Some(Self::Day),
            "week" => Some(Self::Week),
            "month" => Some(Self::Month),
            "year" => Some(Self::Year),
            _ => None,
        }
    }
}

/// A recurring period, such as every three months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Period {
    pub(super) interval: Interval,
    pub(super) count: u32,
}

impl Period {
    /// The first boundary after `moment`, counted from the anchor, so that a subscription of the 31st is billed at the end
    /// of shorter months and on the 31st again after them.
    pub(super) fn boundary_after(self, anchor: i64, moment: i64) -> i64 {
        (1..u32::MAX)
            .map(|times| self.boundary(anchor, times))
            .find(|boundary| *boundary > moment)
            .unwrap_or(i64::MAX)
    }

    fn boundary(self, anchor: i64, times: u32) -> i64 {
        let units = i64::from(self.count) * i64::from(times);
        let months = self.count.saturating_mul(times);
        match self.interval {
            Interval::Day => anchor + units * DAY,
            Interval::Week => anchor + units * 7 * DAY,
            Interval::Month => after_months(anchor, months),
            Interval::Year => after_months(anchor, months.saturating_mul(12)),
        }
    }
}

fn after_months(anchor: i64, months: u32) -> i64 {
    DateTime::from_timestamp(anchor, 0)
        .and_then(|anchor| anchor.checked_add_months(Months::new(months)))
        .map_or(i64::MAX, |boundary| boundary.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(date: &str) -> i64 {
        DateTime::parse_from_rfc3339(&format!("{date}T12:00:00Z"))
            .unwrap()
            .timestamp()
    }

    const MONTHLY: Period = Period {
        interval: Interval::Month,
        count: 1,
    };

    #[test]
    fn a_subscription_of_the_31st_is_billed_at_the_end_of_shorter_months() {
        let anchor = at("2026-01-31");

        let february = MONTHLY.boundary_after(anchor, anchor);
        let march = MONTHLY.boundary_after(anchor, february);

        assert_eq!(february, at("2026-02-28"));
        assert_eq!(march, at("2026-03-31"));
    }

    #[test]
    fn a_boundary_is_always_later() {
        let anchor = at("2026-01-15");

        assert_eq!(MONTHLY.boundary_after(anchor, at("2026-02-15")), at("2026-03-15"));
    }

    #[test]
    fn years_and_weeks_are_counted_too() {
        let yearly = Period {
            interval: Interval::Year,
            count: 1,
        };
        let fortnightly = Period {
            interval: Interval::Week,
            count: 2,
        };
        let anchor = at("2024-02-29");

        assert_eq!(yearly.boundary_after(anchor, anchor), at("2025-02-28"));
        assert_eq!(fortnightly.boundary_after(anchor, anchor), at("2024-03-14"));
    }
}
