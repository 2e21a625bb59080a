//! Which messages are answered: the settings and the rule. No I/O.

use std::ops::RangeInclusive;

use async_graphql::Enum;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::schedule::Schedule;
use super::template::Template;
use crate::event::Content;
use crate::features::schema::ContactScope;
use crate::id::ContactId;

/// A message that is older than this when it arrives is not answered.
pub(super) const OLDEST: TimeDelta = TimeDelta::minutes(2);
/// How many minutes a contact may be left alone after an answer.
pub(super) const COOLDOWNS: RangeInclusive<i32> = 1..=7 * 24 * 60;
/// How many contacts a list may name.
pub(super) const MOST_CONTACTS: usize = 1_000;
/// How long somebody may say to be busy.
pub(super) const LONGEST_BUSY: TimeDelta = TimeDelta::days(366);
/// Whatever the cooldown, nobody is answered more than so often ...
const MOST_IN_A_ROW: usize = 2;
/// ... within this: two machines that answer each other soon fall silent.
pub(super) const ROW: TimeDelta = TimeDelta::minutes(10);
/// How long an echo is recognised.
pub(super) const MEMORY: TimeDelta = TimeDelta::days(1);
/// Words of at least this many letters are a machine's when they come twice as the same.
const TELLING_LETTERS: usize = 20;

const OFFLINE_WORDS: &str = "I am not available just now and will answer later.";
const BUSY_WORDS: &str = "I am busy just now and will answer later.";

/// What an account does with messages while its owner is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum AutoReplyMode {
    /// Nothing is answered.
    Off,
    /// The owner is away: messages are answered with `offlineMessage`.
    Offline,
    /// The owner is busy, perhaps until a time: messages are answered with `busyMessage`.
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

/// What an account answers by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether it does; see [`Settings::mode_at`].
    pub mode: AutoReplyMode,
    /// When being busy ends by itself.
    pub busy_until: Option<DateTime<Utc>>,
    /// The words while offline; none for those that everybody starts with.
    pub offline_message: Option<Template>,
    /// The words while busy; none for those that everybody starts with.
    pub busy_message: Option<Template>,
    /// For how many minutes after an answer a contact gets no other.
    pub cooldown_minutes: i32,
    /// Who is answered.
    pub scope: ContactScope,
    /// Whom the scope names.
    pub contacts: Vec<ContactId>,
    /// When in the week.
    pub schedule: Schedule,
}

impl Settings {
    /// The settings of an account whose owner said nothing yet: off.
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

    /// The mode at a time: nobody is busy after the time that was given.
    pub fn mode_at(&self, now: DateTime<Utc>) -> AutoReplyMode {
        match (self.mode, self.busy_until) {
            (AutoReplyMode::Busy, Some(until)) if until <= now => AutoReplyMode::Off,
            (mode, _) => mode,
        }
    }

    /// The words while offline.
    pub fn offline_words(&self) -> Template {
        let untouched = || Template::fixed(OFFLINE_WORDS);
        self.offline_message.clone().unwrap_or_else(untouched)
    }

    /// The words while busy.
    pub fn busy_words(&self) -> Template {
        let untouched = || Template::fixed(BUSY_WORDS);
        self.busy_message.clone().unwrap_or_else(untouched)
    }

    /// What somebody of this name is answered in `mode`. The time is when being busy ends, where that is known, with
    /// its date where that is not today; otherwise the time that the user's clock shows. Where nothing is left of the
    /// words without a name, they are those that everybody starts with.
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

    /// Whether a message is to be answered; if not, why.
    ///
    /// # Errors
    /// The reason.
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

    /// How long a contact gets no other answer.
    pub(super) fn cooldown(&self) -> TimeDelta {
        TimeDelta::minutes(self.cooldown_minutes.into())
    }
}

/// What is known of a message when it arrives, and of the moment.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one fact that is looked up by itself, and any combination can be"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// When it arrived.
    pub now: DateTime<Utc>,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// It was sent while this server was away.
    pub is_offline: bool,
    /// What the user's clock shows.
    pub local: NaiveDateTime,
    /// The settings list the sender.
    pub is_listed: bool,
    /// The plan includes lists of contacts.
    pub has_lists: bool,
    /// The plan includes a schedule.
    pub has_schedule: bool,
    /// The owner wrote to the sender since.
    pub is_answered: bool,
    /// It says what only a machine would say.
    pub is_echo: bool,
    /// When the sender was answered within the cooldown or the last minutes.
    pub replied: Vec<DateTime<Utc>>,
    /// Until when WhatsApp wants nothing sent.
    pub paused_until: Option<DateTime<Utc>>,
    /// How late an answer may leave.
    pub useful_for: TimeDelta,
}

/// Why a message is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// It arrived late, such as after a time without connection.
    TooOld,
    /// The plan no longer includes the lists or the schedule of the settings.
    Plan,
    /// It arrived outside the schedule.
    Schedule,
    /// The lists leave the sender out.
    Filtered,
    /// The owner answered before the answer left.
    Answered,
    /// The sender was answered not long ago.
    Cooldown,
    /// The sender looks like another machine that answers.
    Loop,
    /// WhatsApp refuses messages for longer than the answer is of use.
    Paused,
    /// The answer waited for longer than it is of use.
    Late,
    /// The owner turned answering off before the answer left.
    TurnedOff,
    /// The account lost its link before the answer left.
    Unlinked,
}

impl SkipReason {
    /// In words that do not change.
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

/// The words under which a message asks for an answer; none when it is not one that does, such as a reaction, an edit
/// or a deletion.
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

/// Words as they are compared: case and spaces do not count.
pub(super) fn plain(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

/// Whether words are so long that nobody writes them twice by hand.
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
