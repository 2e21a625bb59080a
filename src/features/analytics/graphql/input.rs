use async_graphql::{InputObject, OneofObject};

use crate::features::analytics::calendar::{Days, Range, RangeError};
use crate::graphql::{Date, UserError};

/// The days that analytics look at, in the viewer's time zone: five years at most.
#[derive(Debug, Clone, Copy, OneofObject)]
pub enum AnalyticsRangeInput {
    /// From one day to another.
    Days(DateRange),
    /// Number of days up to and including today: 7 is today and the six days before.
    LastDays(i32),
}

/// A range of whole days in the viewer's time zone.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct DateRange {
    /// First day.
    from: Date,
    /// Last day, inclusive.
    to: Date,
}

impl AnalyticsRangeInput {
    pub(super) fn parse(self) -> Result<Days, RangeError> {
        match self {
            Self::Days(DateRange { from, to }) => Range::new(from.0, to.0).map(Days::Between),
            Self::LastDays(days) => Days::last(days),
        }
    }
}

/// The user error of a wrong range in the field `range` of an input.
pub(super) fn wrong_range(error: &RangeError) -> UserError {
    let path: &[&str] = match error {
        RangeError::Backwards { .. } => &["range", "days", "to"],
        RangeError::TooLong(_) => &["range", "days"],
        RangeError::LastDays(_) => &["range", "lastDays"],
        RangeError::TooManyBuckets(_) => &["range"],
    };
    UserError::invalid(path, error.to_string())
}
