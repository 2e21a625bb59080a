//! The auto-reply settings of an account. No I/O.

use std::ops::RangeInclusive;

use async_graphql::Enum;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::schedule::Schedule;
use super::template::Template;
use crate::features::schema::ContactScope;
use crate::id::ContactId;
use crate::text_enum::text_enum;
use crate::visible_text::visible_lines;

/// Allowed cooldowns, in minutes.
pub(super) const COOLDOWN_MINUTES: RangeInclusive<i32> = 1..=7 * 24 * 60;
/// Maximum time ahead of `busyUntil`.
pub(super) const MAX_BUSY_TIME: TimeDelta = TimeDelta::days(366);

const DEFAULT_OFFLINE_MESSAGE: &str = "I am not available just now and will answer later.";
const DEFAULT_BUSY_MESSAGE: &str = "I am busy just now and will answer later.";

text_enum! {
    /// Auto-reply mode of an account.
    #[derive(Enum)]
    pub enum AutoReplyMode {
        /// No message gets a reply.
        Off = "OFF",
        /// The owner is away: messages get `offlineMessage` as the reply.
        Offline = "OFFLINE",
        /// The owner is busy, possibly until a given time: messages get `busyMessage` as the reply.
        Busy = "BUSY",
    }
}

/// The auto-reply settings of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplySettings {
    /// The mode as it was set; see [`ReplySettings::mode_at`] for the mode at a time.
    pub mode: AutoReplyMode,
    /// The time at which the mode `BUSY` ends by itself; none for no end.
    pub busy_until: Option<DateTime<Utc>>,
    /// The message for the mode `OFFLINE`; none for the default.
    pub offline_message: Option<Template>,
    /// The message for the mode `BUSY`; none for the default.
    pub busy_message: Option<Template>,
    /// Minutes after a reply during which the same contact gets no other.
    pub cooldown_minutes: i32,
    /// The scope of contacts who get replies.
    pub scope: ContactScope,
    /// The contacts that the scope refers to.
    pub contacts: Vec<ContactId>,
    /// The times of the week at which replies are sent.
    pub schedule: Schedule,
}

impl ReplySettings {
    /// The settings of an account that were never changed: off.
    pub fn initial() -> Self {
        Self {
            mode: AutoReplyMode::Off,
            busy_until: None,
            offline_message: None,
            busy_message: None,
            cooldown_minutes: 60,
            scope: ContactScope::All,
            contacts: Vec::new(),
            schedule: Schedule::default(),
        }
    }

    /// The mode at `now`: the mode `BUSY` is off after its end.
    pub fn mode_at(&self, now: DateTime<Utc>) -> AutoReplyMode {
        match (self.mode, self.busy_until) {
            (AutoReplyMode::Busy, Some(until)) if until <= now => AutoReplyMode::Off,
            (mode, _) => mode,
        }
    }

    /// The message for the mode `OFFLINE`, or its default.
    pub fn offline_template(&self) -> Template {
        let initial = || Template::fixed(DEFAULT_OFFLINE_MESSAGE);
        self.offline_message.clone().unwrap_or_else(initial)
    }

    /// The message for the mode `BUSY`, or its default.
    pub fn busy_template(&self) -> Template {
        let initial = || Template::fixed(DEFAULT_BUSY_MESSAGE);
        self.busy_message.clone().unwrap_or_else(initial)
    }

    /// The reply in `mode` to a contact called `name`. `{time}` is the end of the mode `BUSY` where that is known,
    /// with its date when that is not today; otherwise the current time by the user's clock. When nothing is left of
    /// the message without a name, the default message is used.
    pub fn text_for(&self, mode: AutoReplyMode, name: &str, now: DateTime<Utc>, zone: Tz) -> String {
        let today = now.with_timezone(&zone);
        let (template, end, fallback) = match mode {
            AutoReplyMode::Busy => (self.busy_template(), self.busy_until, DEFAULT_BUSY_MESSAGE),
            AutoReplyMode::Offline | AutoReplyMode::Off => {
                (self.offline_template(), None, DEFAULT_OFFLINE_MESSAGE)
            }
        };
        let shown = end.map_or(today, |end| end.with_timezone(&zone));
        let form = if shown.date_naive() == today.date_naive() {
            "%H:%M"
        } else {
            "%Y-%m-%d %H:%M"
        };
        let words = template.fill(name, &shown.format(form).to_string());
        if visible_lines(&words).is_none() {
            fallback.to_owned()
        } else {
            words
        }
    }

    /// The time after a reply during which the same contact gets no other.
    pub(super) fn cooldown(&self) -> TimeDelta {
        TimeDelta::minutes(self.cooldown_minutes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-11-23T11:00:00Z".parse().unwrap()
    }

    #[test]
    fn being_busy_ends_by_itself() {
        let busy = ReplySettings {
            mode: AutoReplyMode::Busy,
            busy_until: Some(noon()),
            ..ReplySettings::initial()
        };
        let endless = ReplySettings {
            busy_until: None,
            ..busy.clone()
        };

        assert_eq!(busy.mode_at(noon() - TimeDelta::minutes(1)), AutoReplyMode::Busy);
        assert_eq!(busy.mode_at(noon()), AutoReplyMode::Off);
        assert_eq!(endless.mode_at(noon()), AutoReplyMode::Busy);
    }

    #[test]
    fn the_time_in_the_words_is_the_end_of_being_busy_or_what_the_clock_shows() {
        let zone = chrono_tz::Europe::Berlin;
        let settings = |busy_until| ReplySettings {
            busy_until,
            offline_message: Template::parse("{name} {time}").ok(),
            busy_message: Template::parse("until {time}").ok(),
            ..ReplySettings::initial()
        };
        let words = |until: Option<&str>, mode| {
            settings(until.map(|at| at.parse().unwrap())).text_for(mode, "Bob", noon(), zone)
        };

        assert_eq!(words(None, AutoReplyMode::Offline), "Bob 12:00");
        assert_eq!(
            words(Some("2026-11-23T14:30:00Z"), AutoReplyMode::Busy),
            "until 15:30"
        );
        assert_eq!(
            words(Some("2026-11-23T23:30:00Z"), AutoReplyMode::Busy),
            "until 2026-11-24 00:30"
        );
        assert_eq!(words(None, AutoReplyMode::Busy), "until 12:00");
    }

    #[test]
    fn somebody_without_a_name_is_told_something_all_the_same() {
        let settings = ReplySettings {
            offline_message: Template::parse("{name}").ok(),
            ..ReplySettings::initial()
        };
        let words = |name| settings.text_for(AutoReplyMode::Offline, name, noon(), Tz::UTC);

        assert_eq!(words("Bob"), "Bob");
        assert_eq!(words(""), DEFAULT_OFFLINE_MESSAGE);
    }
}
