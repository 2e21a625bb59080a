use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::Value;

use super::{Language, date, date_and_time};

/// The reader's language and time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Locale {
    /// The language of the text.
    pub language: Language,
    /// The time zone of its times.
    pub zone: Tz,
}

impl Locale {
    /// The day of `at`, such as `24 November 2026`.
    pub fn date(self, at: DateTime<Utc>) -> String {
        date(at, self.zone, self.language)
    }

    /// The day and time of `at`, such as `24 November 2026, 12:00`.
    pub fn date_and_time(self, at: DateTime<Utc>) -> String {
        date_and_time(at, self.zone, self.language)
    }
}

/// Names as they are now, and the details of the notice itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TemplateData {
    /// The account's label, name or number; none when the notice is about no account.
    pub account: Option<String>,
    /// The name of the contact who did it; none when it is not known any more.
    pub contact: Option<String>,
    /// The name of the group it happened in; none when it was no group, or one without a name.
    pub group: Option<String>,
    /// Numbers and times.
    pub details: Value,
}

impl TemplateData {
    /// The account's name inside a sentence.
    pub fn account_name(&self, language: Language) -> String {
        let unknown = language.pick("your account", "votre compte", "sua conta");
        self.account.clone().unwrap_or_else(|| unknown.to_owned())
    }

    /// The contact's name.
    pub fn contact_name(&self, language: Language) -> String {
        let unknown = language.pick("Somebody", "Quelqu’un", "Alguém");
        self.contact.clone().unwrap_or_else(|| unknown.to_owned())
    }

    /// The sentence that `beginning` begins, with the group it happened in.
    pub fn sentence_in_group(&self, beginning: &str, language: Language) -> String {
        match &self.group {
            Some(group) => {
                let within = language.pick("in", "dans", "em");
                format!("{beginning} {within} {group}.")
            }
            None => format!("{beginning}."),
        }
    }

    /// A text of the details.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.details.get(name)?.as_str()
    }

    /// A time of the details.
    pub fn time(&self, name: &str) -> Option<DateTime<Utc>> {
        let time = DateTime::parse_from_rfc3339(self.text(name)?).ok()?;
        Some(time.to_utc())
    }
}
