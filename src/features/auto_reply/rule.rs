//! The rule that decides which messages get an automatic reply. No I/O.

use std::ops::RangeInclusive;

use async_graphql::Enum;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::schedule::Schedule;
use super::template::Template;
use crate::event::Content;
use crate::features::schema::ContactScope;
use crate::id::ContactId;

/// Maximum age of a message on arrival; an older one gets no reply.
pub(super) const OLDEST: TimeDelta = TimeDelta::minutes(2);
/// Allowed cooldowns, in minutes.
pub(super) const COOLDOWNS: RangeInclusive<i32> = 1..=7 * 24 * 60;
/// Maximum number of contacts in the list.
pub(super) const MOST_CONTACTS: usize = 1_000;
/// Maximum time ahead of `busyUntil`.
pub(super) const LONGEST_BUSY: TimeDelta = TimeDelta::days(366);
/// Maximum number of replies to one contact within [`LOOP_WINDOW`], whatever the cooldown: two machines that answer
/// each other soon fall silent.
const MOST_IN_A_ROW: usize = 2;
/// Period over which replies to one contact are limited.
pub(super) const ROW: TimeDelta = TimeDelta::minutes(10);
/// Period over which an echo is recognised.
pub(super) const MEMORY: TimeDelta = TimeDelta::days(1);
/// Number of characters from which a text that comes twice is taken for a machine's.
const TELLING_LETTERS: usize = 20;

const OFFLINE_WORDS: &str = "I am not available just now and will answer later.";
const BUSY_WORDS: &str = "I am busy just now and will answer later.";

/// The auto-reply mode of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum AutoReplyMode {
    /// No message gets a reply.
    Off,
    /// The owner is away: messages get `offlineMessage` as the reply.
    Offline,
    /// The owner is busy, possibly until a given time: messages get `busyMessage` as the reply.
    Busy,
}

impl AutoReplyMode {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "OFF",
            Self::Offline => "OFFLINE",
            Self::Busy => "BUSY",
        }
    }

    /// Reads what [`Self::as_str`] wrote; a mode of a later release is none.
    pub fn parse(text: &str) -> Self {
        [Self::Offline, Self::Busy]
            .into_iter()
            .find(|mode| mode.as_str() == text)
            .unwrap_or(Self::Off)
    }
}

/// The auto-reply settings of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
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

impl Settings {
    /// The settings of an account that were never changed: off.
    pub fn untouched() -> Self {
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
    pub fn offline_words(&self) -> Template {
        let untouched = || Template::fixed(OFFLINE_WORDS);
        self.offline_message.clone().unwrap_or_else(untouched)
    }

    /// The message for the mode `BUSY`, or its default.
    pub fn busy_words(&self) -> Template {
        let untouched = || Template::fixed(BUSY_WORDS);
        self.busy_message.clone().unwrap_or_else(untouched)
    }

    /// The reply in `mode` to a contact called `name`. `{time}` is the end of the mode `BUSY` where that is known,
    /// with its date when that is not today; otherwise the current time by the user's clock. When nothing is left of
    /// the message without a name, the default message is used.
    pub fn words_for(&self, mode: AutoReplyMode, name: &str, now: DateTime<Utc>, zone: Tz) -> String {
        let today = now.with_timezone(&zone);
        let (template, end, fallback) = match mode {
            AutoReplyMode::Busy => (self.busy_words(), self.busy_until, BUSY_WORDS),
            AutoReplyMode::Offline | AutoReplyMode::Off => (self.offline_words(), None, OFFLINE_WORDS),
        };
        let shown = end.map_or(today, |end| end.with_timezone(&zone));
        let form = if shown.date_naive() == today.date_naive() {
            "%H:%M"
        } else {
            "%Y-%m-%d %H:%M"
        };
        let words = template.fill(name, &shown.format(form).to_string());
        if words.trim().is_empty() {
            fallback.to_owned()
        } else {
            words
        }
    }

    /// Decides on a reply to a message.
    ///
    /// # Errors
    /// The reason for which the message gets no reply.
    pub fn judge(&self, occasion: &Occasion) -> Result<(), SkipReason> {
        let wants_lists = self.scope != ContactScope::All && !occasion.has_lists;
        let wants_schedule = !self.schedule.0.is_empty() && !occasion.has_schedule;
        if occasion.is_offline || occasion.now - occasion.sent_at > OLDEST {
            Err(SkipReason::TooOld)
        } else if wants_lists || wants_schedule {
            Err(SkipReason::Plan)
        } else if !self.schedule.is_open_at(occasion.local) {
            Err(SkipReason::Schedule)
        } else if !self.scope.takes_in(occasion.is_listed) {
            Err(SkipReason::Filtered)
        } else if occasion.is_answered {
            Err(SkipReason::Answered)
        } else {
            self.judge_pace(occasion)
        }
    }

    fn judge_pace(&self, occasion: &Occasion) -> Result<(), SkipReason> {
        let since = |at: &DateTime<Utc>| occasion.now - *at;
        let in_a_row = occasion.replied.iter().filter(|at| since(at) < ROW).count();
        let is_cooling = occasion.replied.iter().any(|at| since(at) < self.cooldown());
        let is_paused = occasion
            .paused_until
            .is_some_and(|until| until - occasion.now > occasion.useful_for);
        if is_cooling {
            Err(SkipReason::Cooldown)
        } else if occasion.is_echo || in_a_row >= MOST_IN_A_ROW {
            Err(SkipReason::Loop)
        } else if is_paused {
            Err(SkipReason::Paused)
        } else {
            Ok(())
        }
    }

    /// The time after a reply during which the same contact gets no other.
    pub(super) fn cooldown(&self) -> TimeDelta {
        TimeDelta::minutes(self.cooldown_minutes.into())
    }
}

/// The facts about a message and its moment that the rule decides by.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one fact that is looked up by itself, and any combination can be"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// The time at which the message arrived.
    pub now: DateTime<Utc>,
    /// The time at which the message was sent.
    pub sent_at: DateTime<Utc>,
    /// True when the message was sent while this server was not connected.
    pub is_offline: bool,
    /// The local time by the user's clock.
    pub local: NaiveDateTime,
    /// True when the settings list the sender.
    pub is_listed: bool,
    /// True when the plan includes lists of contacts.
    pub has_lists: bool,
    /// True when the plan includes a schedule.
    pub has_schedule: bool,
    /// True when the owner wrote to the sender since.
    pub is_answered: bool,
    /// True when the text repeats one that only a machine would send.
    pub is_echo: bool,
    /// The times of the replies to the sender within the cooldown or the loop window.
    pub replied: Vec<DateTime<Utc>>,
    /// The end of WhatsApp's pause for this account; none when there is none.
    pub paused_until: Option<DateTime<Utc>>,
    /// The time for which a queued reply may wait before it is sent.
    pub useful_for: TimeDelta,
}

/// The reason for which a message gets no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// The message arrived late, such as after a time without connection.
    TooOld,
    /// The plan no longer includes the lists or the schedule of the settings.
    Plan,
    /// The message arrived outside of the schedule.
    Schedule,
    /// The scope leaves the sender out.
    Filtered,
    /// The owner answered before the reply was sent.
    Answered,
    /// The sender got a reply within the cooldown.
    Cooldown,
    /// The sender appears to be another machine that replies.
    Loop,
    /// WhatsApp refuses messages for longer than a reply may wait.
    Paused,
    /// The reply waited for longer than it may.
    Late,
    /// The owner turned auto-reply off before the reply was sent.
    TurnedOff,
    /// The account lost its link before the reply was sent.
    Unlinked,
}

impl SkipReason {
    /// The stable text of the reason, as stored and shown in the schema.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TooOld => "too old",
            Self::Plan => "plan",
            Self::Schedule => "schedule",
            Self::Filtered => "filtered",
            Self::Answered => "answered by the owner",
            Self::Cooldown => "cooldown",
            Self::Loop => "loop",
            Self::Paused => "paused",
            Self::Late => "waited too long",
            Self::TurnedOff => "turned off",
            Self::Unlinked => "unlinked",
        }
    }
}

/// Returns the text of a message that may get a reply, empty when it has none. None for other content, such as a
/// reaction, an edit or a deletion.
pub(super) fn asks(content: &Content) -> Option<&str> {
    match content {
        Content::Text(text) => Some(text),
        Content::Media(media) => Some(media.caption.as_deref().unwrap_or_default()),
        Content::ViewOnce(_) => Some(""),
        Content::Reaction { .. }
        | Content::Revoke { .. }
        | Content::Edit { .. }
        | Content::Undecrypted
        | Content::Other(_) => None,
    }
}

/// Normalises a text for comparison: case and white space do not count.
pub(super) fn plain(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// Returns true when a normalised text is so long that nobody types it twice.
pub(super) fn is_telling(plain: &str) -> bool {
    plain.chars().count() >= TELLING_LETTERS
}

#[cfg(test)]
mod tests {
    use super::super::schedule::{Slot, Weekday};
    use super::*;

    fn noon() -> DateTime<Utc> {
        "2026-11-23T11:00:00Z".parse().unwrap()
    }

    fn occasion() -> Occasion {
        Occasion {
            now: noon(),
            sent_at: noon(),
            is_offline: false,
            local: noon().naive_utc(),
            is_listed: false,
            has_lists: true,
            has_schedule: true,
            is_answered: false,
            is_echo: false,
            replied: Vec::new(),
            paused_until: None,
            useful_for: TimeDelta::minutes(15),
        }
    }

    fn scoped(scope: ContactScope) -> Settings {
        Settings {
            scope,
            ..Settings::untouched()
        }
    }

    fn ago(minutes: i64) -> DateTime<Utc> {
        noon() - TimeDelta::minutes(minutes)
    }

    #[test]
    fn being_busy_ends_by_itself() {
        let busy = Settings {
            mode: AutoReplyMode::Busy,
            busy_until: Some(noon()),
            ..Settings::untouched()
        };
        let endless = Settings {
            busy_until: None,
            ..busy.clone()
        };

        assert_eq!(busy.mode_at(ago(1)), AutoReplyMode::Busy);
        assert_eq!(busy.mode_at(noon()), AutoReplyMode::Off);
        assert_eq!(endless.mode_at(noon()), AutoReplyMode::Busy);
    }

    #[test]
    fn the_time_in_the_words_is_the_end_of_being_busy_or_what_the_clock_shows() {
        let zone = chrono_tz::Europe::Berlin;
        let settings = |busy_until| Settings {
            busy_until,
            offline_message: Template::parse("{name} {time}").ok(),
            busy_message: Template::parse("until {time}").ok(),
            ..Settings::untouched()
        };
        let words = |until: Option<&str>, mode| {
            settings(until.map(|at| at.parse().unwrap())).words_for(mode, "Bob", noon(), zone)
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
        let settings = Settings {
            offline_message: Template::parse("{name}").ok(),
            ..Settings::untouched()
        };
        let words = |name| settings.words_for(AutoReplyMode::Offline, name, noon(), Tz::UTC);

        assert_eq!(words("Bob"), "Bob");
        assert_eq!(words(""), OFFLINE_WORDS);
    }

    #[test]
    fn late_messages_are_not_answered() {
        let at = |seconds| Occasion {
            sent_at: noon() - TimeDelta::seconds(seconds),
            ..occasion()
        };
        let stored = Occasion {
            is_offline: true,
            ..occasion()
        };

        assert_eq!(Settings::untouched().judge(&at(120)), Ok(()));
        assert_eq!(Settings::untouched().judge(&at(121)), Err(SkipReason::TooOld));
        assert_eq!(Settings::untouched().judge(&stored), Err(SkipReason::TooOld));
    }

    #[test]
    fn lists_and_schedule_hold_while_the_plan_has_them() {
        let listed = Occasion {
            is_listed: true,
            ..occasion()
        };
        let free = Occasion {
            has_lists: false,
            has_schedule: false,
            ..listed.clone()
        };
        let nights = Settings {
            schedule: Schedule(vec![Slot::parse(Weekday::Monday, "22:00", "07:00").unwrap()]),
            ..Settings::untouched()
        };

        assert_eq!(
            scoped(ContactScope::Only).judge(&occasion()),
            Err(SkipReason::Filtered)
        );
        assert_eq!(scoped(ContactScope::Only).judge(&listed), Ok(()));
        assert_eq!(scoped(ContactScope::Except).judge(&occasion()), Ok(()));
        assert_eq!(
            scoped(ContactScope::Except).judge(&listed),
            Err(SkipReason::Filtered)
        );
        assert_eq!(scoped(ContactScope::Only).judge(&free), Err(SkipReason::Plan));
        assert_eq!(nights.judge(&occasion()), Err(SkipReason::Schedule));
        assert_eq!(nights.judge(&free), Err(SkipReason::Plan));
        assert_eq!(scoped(ContactScope::All).judge(&free), Ok(()));
    }

    #[test]
    fn a_contact_is_left_alone_for_the_cooldown_and_never_answered_thrice_in_ten_minutes() {
        let settings = |cooldown_minutes| Settings {
            cooldown_minutes,
            ..Settings::untouched()
        };
        let after = |minutes: &[i64]| Occasion {
            replied: minutes.iter().map(|minutes| ago(*minutes)).collect(),
            ..occasion()
        };

        assert_eq!(settings(60).judge(&after(&[59])), Err(SkipReason::Cooldown));
        assert_eq!(settings(60).judge(&after(&[60])), Ok(()));
        assert_eq!(settings(1).judge(&after(&[5])), Ok(()));
        assert_eq!(settings(1).judge(&after(&[5, 9])), Err(SkipReason::Loop));
        assert_eq!(settings(1).judge(&after(&[5, 10])), Ok(()));
    }

    #[test]
    fn other_reasons_are_told() {
        let answered = Occasion {
            is_answered: true,
            ..occasion()
        };
        let echo = Occasion {
            is_echo: true,
            ..occasion()
        };
        let paused = |minutes| Occasion {
            paused_until: Some(noon() + TimeDelta::minutes(minutes)),
            ..occasion()
        };

        let settings = Settings::untouched();
        assert_eq!(settings.judge(&answered), Err(SkipReason::Answered));
        assert_eq!(settings.judge(&echo), Err(SkipReason::Loop));
        assert_eq!(settings.judge(&paused(16)), Err(SkipReason::Paused));
        assert_eq!(settings.judge(&paused(15)), Ok(()));
    }

    #[test]
    fn case_and_spaces_do_not_make_other_words() {
        assert_eq!(plain("  I am\n AWAY "), "i am away");
        assert!(is_telling(&plain("I am away until Monday")));
        assert!(!is_telling(&plain("are you there?")));
    }
}
