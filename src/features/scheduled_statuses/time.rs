//! Time of publication, given as an instant or by the local time of a zone. No I/O.

use chrono::{DateTime, Datelike, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use thiserror::Error;

use crate::clock::find_zone;

/// Maximum time ahead for which a status can be scheduled.
const MAX_TIME_AHEAD: TimeDelta = TimeDelta::days(366);
/// Tolerated age of a time: the client's clock may be slightly behind, and its request takes a moment.
const PAST_TOLERANCE: TimeDelta = TimeDelta::minutes(1);
/// Form of a local time.
const MINUTES: &str = "%Y-%m-%dT%H:%M";
/// Form of a local time with seconds.
const SECONDS: &str = "%Y-%m-%dT%H:%M:%S";
/// A time longer than every clock change that ever happened.
const MAX_CLOCK_CHANGE: TimeDelta = TimeDelta::hours(26);

/// Error of a time at which nothing can be published.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OutOfRange {
    /// The time is in the past.
    #[error("{0} is in the past; pass a time from now to a year ahead")]
    Past(DateTime<Utc>),
    /// The time is too far ahead.
    #[error("{0} is more than a year ahead; pass a time from now to a year ahead")]
    TooFar(DateTime<Utc>),
}

/// Error of an invalid time or time zone.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PublishTimeError {
    /// The instant is out of range.
    #[error(transparent)]
    Instant(OutOfRange),
    /// The local time is out of range.
    #[error(transparent)]
    Local(OutOfRange),
    /// The text is not a local time.
    #[error("'{0}' is no local time; pass a date and a time without an offset, such as 2026-12-24T18:00")]
    NotALocalTime(String),
    /// The name is not a time zone.
    #[error("'{0}' is no time zone; pass an IANA name such as America/Sao_Paulo")]
    UnknownZone(String),
}

/// The time at which to publish a status, as a client asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishTime {
    /// At this instant.
    Instant(DateTime<Utc>),
    /// At this local time of a zone.
    Local {
        /// The local time.
        at: String,
        /// The time zone, as an IANA name; `None` for the zone at hand.
        time_zone: Option<String>,
    },
}

/// A time at which a status can be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedTime {
    /// The instant.
    pub at: DateTime<Utc>,
    /// The zone by whose clock the time is shown.
    pub zone: Tz,
}

impl PublishTime {
    /// Resolves the time to an instant between `now` and a year ahead, by the clock of `zone` when no other is named.
    ///
    /// A local time that occurs twice, at the end of summer time, is the first of the two; one that is skipped, at
    /// its start, is later by the skipped amount.
    ///
    /// # Errors
    /// All that is wrong.
    pub fn resolve(&self, zone: Tz, now: DateTime<Utc>) -> Result<PlannedTime, Vec<PublishTimeError>> {
        match self {
            Self::Instant(at) => match require_soon(*at, now) {
                Ok(()) => Ok(PlannedTime { at: *at, zone }),
                Err(error) => Err(vec![PublishTimeError::Instant(error)]),
            },
            Self::Local { at, time_zone } => {
                let zone = time_zone.as_deref().map_or(Ok(zone), parse_zone);
                match (parse_local(at), zone) {
                    (Ok(shown), Ok(zone)) => resolve_local(shown, zone, now).map_err(|error| vec![error]),
                    (shown, zone) => Err([shown.err(), zone.err()].into_iter().flatten().collect()),
                }
            }
        }
    }
}

fn resolve_local(
    shown: NaiveDateTime,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<PlannedTime, PublishTimeError> {
    let at = instant(shown, zone).ok_or_else(|| PublishTimeError::NotALocalTime(shown.to_string()))?;
    require_soon(at, now).map_err(PublishTimeError::Local)?;
    Ok(PlannedTime { at, zone })
}

fn require_soon(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), OutOfRange> {
    if at < now - PAST_TOLERANCE {
        Err(OutOfRange::Past(at))
    } else if at > now + MAX_TIME_AHEAD {
        Err(OutOfRange::TooFar(at))
    } else {
        Ok(())
    }
}

fn parse_zone(name: &str) -> Result<Tz, PublishTimeError> {
    find_zone(name.trim()).ok_or_else(|| PublishTimeError::UnknownZone(name.chars().take(64).collect()))
}

/// The zone that a stored name is of.
pub(super) fn stored_zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// The local time of `zone` at `at`, in the form in which a client passes one.
pub(super) fn local(at: DateTime<Utc>, zone: &str) -> String {
    let shown = at.with_timezone(&stored_zone(zone));
    let form = if shown.second() == 0 { MINUTES } else { SECONDS };
    shown.format(form).to_string()
}

/// Years have four digits: years further away overflow in the calculation.
fn parse_local(text: &str) -> Result<NaiveDateTime, PublishTimeError> {
    [MINUTES, SECONDS]
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

    fn local_time(shown: &str, zone: Option<&str>) -> PublishTime {
        PublishTime::Local {
            at: shown.to_owned(),
            time_zone: zone.map(str::to_owned),
        }
    }

    fn resolved(shown: &str, zone: Tz) -> DateTime<Utc> {
        let now = utc("2026-01-01T00:00:00Z");
        local_time(shown, None).resolve(zone, now).unwrap().at
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
        assert_eq!(local(berlin, "Europe/Berlin"), "2026-03-29T03:30");
        // Half an hour, on an island.
        let island = resolved("2026-10-04T02:10", Tz::Australia__Lord_Howe);
        assert_eq!(local(island, "Australia/Lord_Howe"), "2026-10-04T02:40");
    }

    #[test]
    fn one_plans_from_now_to_a_year_ahead() {
        let now = utc("2026-01-01T00:00:00Z");
        let resolve = |at: &str| PublishTime::Instant(utc(at)).resolve(Tz::UTC, now);
        let refused = |at: &str| resolve(at).unwrap_err().remove(0);

        assert!(resolve("2025-12-31T23:59:30Z").is_ok(), "a clock that is behind");
        assert!(matches!(
            refused("2025-12-31T23:58:00Z"),
            PublishTimeError::Instant(OutOfRange::Past(_))
        ));
        assert!(resolve("2027-01-01T00:00:00Z").is_ok());
        assert!(matches!(
            refused("2027-01-03T00:00:00Z"),
            PublishTimeError::Instant(OutOfRange::TooFar(_))
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
                local_time(wrong, None).resolve(Tz::UTC, now),
                Err(vec![PublishTimeError::NotALocalTime(wrong.to_owned())])
            );
        }
    }

    #[test]
    fn a_wrong_zone_is_named_together_with_a_wrong_time() {
        let now = utc("2026-01-01T00:00:00Z");

        let wrong = local_time("noon", Some("Mars/Olympus")).resolve(Tz::UTC, now);

        assert_eq!(
            wrong,
            Err(vec![
                PublishTimeError::NotALocalTime("noon".to_owned()),
                PublishTimeError::UnknownZone("Mars/Olympus".to_owned())
            ])
        );
    }

    #[test]
    fn a_time_comes_out_as_it_goes_in() {
        let zone = "America/Sao_Paulo";
        let now = utc("2026-01-01T00:00:00Z");
        for shown in ["2026-12-24T18:00", "2026-12-24T18:00:30"] {
            let planned = local_time(shown, Some(zone)).resolve(Tz::UTC, now).unwrap();

            assert_eq!(local(planned.at, planned.zone.name()), shown);
        }
    }
}
