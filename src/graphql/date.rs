use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate};

/// A day of the calendar, such as `2026-11-24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Date(pub NaiveDate);

/// A day of the calendar, such as `2026-11-24`.
#[Scalar(specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        parse_day(text)
            .map(Self)
            .ok_or_else(|| InputValueError::custom("pass a day that exists, such as 2026-11-24"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Parses a day with a four-digit year. Days further away would overflow calculations.
fn parse_day(text: &str) -> Option<NaiveDate> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (1..=9999).contains(&day.year()).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_lies_in_a_year_of_four_digits_and_exists() {
        for day in ["2026-11-24", "0001-01-01", "9999-12-31"] {
            assert_eq!(parse_day(day).unwrap().to_string(), day);
        }
        for wrong in [
            "",
            "2026-02-30",
            "0000-12-31",
            "-0001-01-01",
            "+10000-01-01",
            "+262142-12-31",
            "-262143-01-01",
        ] {
            assert_eq!(parse_day(wrong), None, "{wrong}");
        }
    }
}
