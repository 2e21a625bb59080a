//! Times of day as clients write them: `22:30`. No I/O.

use chrono::Timelike;

/// The number of minutes of a day.
pub const DAY: u16 = 24 * 60;

/// Parses `22:30`, two digits each, into minutes since midnight; `24:00` is the day's end.
pub fn parse(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str| {
        let is_plain = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit());
        is_plain.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= DAY).then_some(total)
}

/// Formats minutes since midnight as [`parse`] reads them.
pub fn text(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The minutes from midnight to `time`.
pub fn minute(time: &impl Timelike) -> u16 {
    u16::try_from(time.hour() * 60 + time.minute()).expect("a day has 1,440 minutes")
}
