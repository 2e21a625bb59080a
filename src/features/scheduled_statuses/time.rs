//! Time of publication, given as an instant or by the local time of a zone. No I/O.

use chrono::{DateTime, Datelike, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use thiserror::Error;

use crate::clock::find_zone;

/// Maximum time ahead for which a status can be scheduled.
const MAX_TIME_AHEAD: TimeDelta = TimeDelta::days(366);
/// Tolerated age of a time: the client's clock may be slightly behind, and its request takes a moment.
const PAST_TOLERANCE: TimeDelta = TimeDelta::minutes(1);
/// A time longer than every clock change that ever happened.
const MAX_CLOCK_CHANGE: TimeDelta = TimeDelta::hours(26);

/// Error of an invalid time or time zone.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PublishTimeError {
    /// The time is in the past.
    #[error("{0} is in the past; pass a time from now to a year ahead")]
    Past(DateTime<Utc>),
    /// The time is too far ahead.
    #[error("{0} is more than a year ahead; pass a time from now to a year ahead")]
    TooFar(DateTime<Utc>),
    /// The text is not a local time.
    #[error("'{0}' is no local time; pass a date and a time without an offset, such as 2026-12-24T18:00")]
    NotALocalTime(String),
    /// The name is not a time zone.
    #[error("'{0}' is no time zone; pass an IANA name such as America/Sao_Paulo")]
    UnknownZone(String),
}

/// The time at which to publish a status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishTime {
    /// At this instant.
    At(DateTime<Utc>),
    /// At this local time of the zone.
    Local(String),
}

impl PublishTime {
    /// Returns the time that was given in exactly one way; none when neither or both were given.
    pub fn one_of(at: Option<DateTime<Utc>>, local: Option<String>) -> Option<Self> {
        match (at, local) {
            (Some(at), None) => Some(Self::At(at)),
            (None, Some(local)) => Some(Self::Local(local)),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }

    /// Resolves the time to an instant between `now` and a year ahead.
    ///
    /// A local time that occurs twice, at the end of summer time, is the first of the two; one that is skipped, at
    /// its start, is later by the skipped amount.
    ///
    /// # Errors
    /// [`PublishTimeError`].
    pub fn resolve(&self, zone: Tz, now: DateTime<Utc>) -> Result<DateTime<Utc>, PublishTimeError> {
        let at = match self {
            Self::At(at) => *at,
            Self::Local(text) => instant(parse_local(text)?, zone)
                .ok_or_else(|| PublishTimeError::NotALocalTime(text.chars().take(32).collect()))?,
        };
        if at < now - PAST_TOLERANCE {
            Err(PublishTimeError::Past(at))
        } else if at > now + MAX_TIME_AHEAD {
            Err(PublishTimeError::TooFar(at))
        } else {
            Ok(at)
        }
    }
}

/// Parses an IANA time zone name.
///
/// # Errors
/// [`PublishTimeError::UnknownZone`].
pub(super) fn parse_zone(name: &str) -> Result<Tz, PublishTimeError> {
    find_zone(name.trim()).ok_or_else(|| PublishTimeError::UnknownZone(name.chars().take(64).collect()))
}

/// The local time of `zone` at `at`, with its UTC offset.
pub(super) fn local(at: DateTime<Utc>, zone: &str) -> String {
    at.with_timezone(&zone.parse().unwrap_or(Tz::UTC)).to_rfc3339()
}

/// Years have four digits: years further away overflow in the calculation.
fn parse_local(text: &str) -> Result<NaiveDateTime, PublishTimeError> {
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .filter(|shown| (1..=9999).contains(&shown.year()))
        .ok_or_else(|| PublishTimeError::NotALocalTime(text.chars().take(32).collect()))
}

fn instant(shown: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&shown) {
        LocalResult::Single(at) => Some(at.to_utc()),
        LocalResult::Ambiguous(first, _) => Some(first.to_utc()),
        LocalResult::None => {
            // With the offset before the change, a skipped time is later by the skipped amount.
            let before = zone.from_local_datetime(&(shown - MAX_CLOCK_CHANGE)).earliest()?;
            Some(before.to_utc() + MAX_CLOCK_CHANGE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn resolved(shown: &str, zone: Tz) -> DateTime<Utc> {
        let now = utc("2026-01-01T00:00:00Z");
        PublishTime::Local(shown.to_owned()).resolve(zone, now).unwrap()
    }

    #[test]
    fn a_local_time_follows_the_zones_summer_time() {
        assert_eq!(
            resolved("2026-03-28T18:00", Tz::Europe__Berlin),
            utc("2026-03-28T17:00:00Z")
        );
        assert_eq!(
            resolved("2026-03-29T18:00:30", Tz::Europe__Berlin),
            utc("2026-03-29T16:00:30Z")
        );
    }

    #[test]
    fn a_time_that_the_clocks_show_twice_is_the_first_of_the_two() {
        assert_eq!(
            resolved("2026-10-25T02:30", Tz::Europe__Berlin),
            utc("2026-10-25T00:30:00Z")
        );
        assert_eq!(
            resolved("2026-11-01T01:30", Tz::America__New_York),
            utc("2026-11-01T05:30:00Z")
        );
    }

    #[test]
    fn a_time_that_the_clocks_skip_is_as_much_later_as_they_skip() {
        let berlin = resolved("2026-03-29T02:30", Tz::Europe__Berlin);

        assert_eq!(berlin, utc("2026-03-29T01:30:00Z"));
        assert_eq!(local(berlin, "Europe/Berlin"), "2026-03-29T03:30:00+02:00");
        // Half an hour, on an island.
        let island = resolved("2026-10-04T02:10", Tz::Australia__Lord_Howe);
        assert_eq!(local(island, "Australia/Lord_Howe"), "2026-10-04T02:40:00+11:00");
    }

    #[test]
    fn one_plans_from_now_to_a_year_ahead() {
        let now = utc("2026-01-01T00:00:00Z");
        let resolve = |at: &str| PublishTime::At(utc(at)).resolve(Tz::UTC, now);

        assert!(resolve("2025-12-31T23:59:30Z").is_ok(), "a clock that is behind");
        assert!(matches!(
            resolve("2025-12-31T23:58:00Z"),
            Err(PublishTimeError::Past(_))
        ));
        assert!(resolve("2027-01-01T00:00:00Z").is_ok());
        assert!(matches!(
            resolve("2027-01-03T00:00:00Z"),
            Err(PublishTimeError::TooFar(_))
        ));
    }

    #[test]
    fn what_is_no_local_time_is_named() {
        for wrong in [
            "",
            "tomorrow",
            "2026-02-30T10:00",
            "2026-01-01T10:00Z",
            "2026-01-01",
            "-262143-01-01T00:00",
            "+262142-12-31T23:59",
        ] {
            let now = utc("2026-01-01T00:00:00Z");
            assert_eq!(
                PublishTime::Local(wrong.to_owned()).resolve(Tz::UTC, now),
                Err(PublishTimeError::NotALocalTime(wrong.to_owned()))
            );
        }
        assert_eq!(
            parse_zone("Mars/Olympus"),
            Err(PublishTimeError::UnknownZone("Mars/Olympus".to_owned()))
        );
    }
}
