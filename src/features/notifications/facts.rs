//! What the words of a notification are made of.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::language::Language;

/// How the reader reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reader {
    /// In this language.
    pub(super) language: Language,
    /// By this clock.
    pub(super) zone: Tz,
}

/// Names as they are now, and what the notice itself holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Facts {
    /// The account's label, name or number; none when it is about no account.
    pub(super) account: Option<String>,
    /// Whoever did it; none when they are not known any more.
    pub(super) person: Option<String>,
    /// The group it happened in; none when it was no group, or one without a name.
    pub(super) group: Option<String>,
    /// Numbers and times.
    pub(super) details: Value,
}

impl Facts {
    /// A word of the details.
    pub(super) fn word(&self, name: &str) -> Option<&str> {
        self.details.get(name)?.as_str()
    }

    /// A time of the details.
    pub(super) fn time(&self, name: &str) -> Option<DateTime<Utc>> {
        let time = DateTime::parse_from_rfc3339(self.word(name)?).ok()?;
        Some(time.to_utc())
    }
}
