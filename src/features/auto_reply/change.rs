//! A change of the settings, and what forbids it. No I/O.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::rule::{AutoReplyMode, COOLDOWNS, LONGEST_BUSY, MOST_CONTACTS, Settings};
use super::schedule::{MOST_SLOTS, Schedule};
use super::template::{Template, TemplateError};
use crate::features::schema::ContactScope;
use crate::id::ContactId;
use crate::plan::Entitlements;

/// Why new settings were not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The account is not the user's.
    #[error("there is no such account")]
    UnknownAccount,
    /// A contact of the list is not the account's.
    #[error("a contact of the list is not known to this account")]
    UnknownContact,
    /// The words while offline cannot be said.
    #[error(transparent)]
    OfflineMessage(TemplateError),
    /// The words while busy cannot be said.
    #[error(transparent)]
    BusyMessage(TemplateError),
    /// A time for a mode that has none.
    #[error("busyUntil goes with the mode BUSY, and the mode is {mode}; set the mode BUSY too, or leave busyUntil out", mode = .0.as_str())]
    NotBusy(AutoReplyMode),
    /// A time that has passed, or is too far.
    #[error("busyUntil is {at}; pass a time from now to a year from now", at = .0.to_rfc3339())]
    BusyUntil(DateTime<Utc>),
    /// Too short or too long a cooldown.
    #[error("cooldownMinutes is {0}; pass {min} to {max}", min = COOLDOWNS.start(), max = COOLDOWNS.end())]
    Cooldown(i32),
    /// The list is too long.
    #[error("the list names {0} contacts; pass at most {MOST_CONTACTS}")]
    TooManyContacts(usize),
    /// The schedule is too long.
    #[error("the schedule has {0} slots; pass at most {MOST_SLOTS}")]
    TooManySlots(usize),
    /// The plan has no lists.
    #[error("lists of contacts need the Premium plan")]
    NoLists,
    /// The plan has no schedule.
    #[error("a weekly schedule needs the Premium plan")]
    NoSchedule,
}

/// What to change of an account's settings; none leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct AutoReplyChange {
    /// Answer so.
    pub mode: Option<AutoReplyMode>,
    /// When being busy ends; the inner none means when the owner says so.
    pub busy_until: Option<Option<DateTime<Utc>>>,
    /// The words while offline.
    pub offline_message: Option<String>,
    /// The words while busy.
    pub busy_message: Option<String>,
    /// How many minutes a contact is left alone after an answer.
    pub cooldown_minutes: Option<i32>,
    /// Who is answered.
    pub scope: Option<ContactScope>,
    /// Whom the scope names.
    pub contacts: Option<Vec<ContactId>>,
    /// When in the week.
    pub schedule: Option<Schedule>,
}

impl AutoReplyChange {
    /// The settings after a change, if the values and the plan allow it. What the plan no longer includes may stay as it
    /// was, and be switched off.
    pub(super) fn apply(
        self,
        mut settings: Settings,
        entitlements: &Entitlements,
        now: DateTime<Utc>,
    ) -> Result<Settings, Refusal> {
        self.check_plan(entitlements)?;
        settings = self.with_mode(settings, now)?;
        if let Some(text) = &self.offline_message {
            settings.offline_message = Some(Template::parse(text).map_err(Refusal::OfflineMessage)?);
        }
        if let Some(text) = &self.busy_message {
            settings.busy_message = Some(Template::parse(text).map_err(Refusal::BusyMessage)?);
        }
        if let Some(minutes) = self.cooldown_minutes {
            if !COOLDOWNS.contains(&minutes) {
                return Err(Refusal::Cooldown(minutes));
            }
            settings.cooldown_minutes = minutes;
        }
        if let Some(listed) = self.contacts {
            let unique: BTreeSet<ContactId> = listed.into_iter().collect();
            if unique.len() > MOST_CONTACTS {
                return Err(Refusal::TooManyContacts(unique.len()));
            }
            settings.contacts = unique.into_iter().collect();
        }
        if let Some(schedule) = self.schedule {
            if schedule.0.len() > MOST_SLOTS {
                return Err(Refusal::TooManySlots(schedule.0.len()));
            }
            settings.schedule = schedule;
        }
        settings.scope = self.scope.unwrap_or(settings.scope);
        Ok(settings)
    }

    fn check_plan(&self, entitlements: &Entitlements) -> Result<(), Refusal> {
        let names_some = self.scope.is_some_and(|scope| scope != ContactScope::All)
            || self.contacts.as_ref().is_some_and(|listed| !listed.is_empty());
        let names_times = self
            .schedule
            .as_ref()
            .is_some_and(|schedule| !schedule.0.is_empty());
        if names_some && !entitlements.has_auto_reply_lists {
            Err(Refusal::NoLists)
        } else if names_times && !entitlements.has_auto_reply_schedule {
            Err(Refusal::NoSchedule)
        } else {
            Ok(())
        }
    }

    /// A mode that is entered anew has no end but the one that is given with it.
    fn with_mode(&self, mut settings: Settings, now: DateTime<Utc>) -> Result<Settings, Refusal> {
        let before = settings.mode_at(now);
        let mode = self.mode.unwrap_or(before);
        if mode != before || mode != AutoReplyMode::Busy {
            settings.busy_until = None;
        }
        settings.mode = mode;
        match self.busy_until {
            None => {}
            Some(None) => settings.busy_until = None,
            Some(Some(_)) if mode != AutoReplyMode::Busy => return Err(Refusal::NotBusy(mode)),
            Some(Some(until)) if until <= now || until > now + LONGEST_BUSY => {
                return Err(Refusal::BusyUntil(until));
            }
            Some(Some(until)) => settings.busy_until = Some(until),
        }
        Ok(settings)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::plan::Plan;

    fn now() -> DateTime<Utc> {
        "2026-11-23T11:00:00Z".parse().unwrap()
    }

    fn applied(change: AutoReplyChange, settings: Settings) -> Result<Settings, Refusal> {
        change.apply(settings, &Plan::Premium.entitlements(), now())
    }

    fn busy_until(hours: i64) -> AutoReplyChange {
        AutoReplyChange {
            mode: Some(AutoReplyMode::Busy),
            busy_until: Some(Some(now() + TimeDelta::hours(hours))),
            ..AutoReplyChange::default()
        }
    }

    #[test]
    fn the_end_of_being_busy_goes_with_the_mode() {
        let busy = applied(busy_until(2), Settings::untouched()).unwrap();
        let offline = AutoReplyChange {
            mode: Some(AutoReplyMode::Offline),
            ..AutoReplyChange::default()
        };
        let again = AutoReplyChange {
            mode: Some(AutoReplyMode::Busy),
            ..AutoReplyChange::default()
        };

        assert_eq!(busy.busy_until, Some(now() + TimeDelta::hours(2)));
        let still = applied(again.clone(), busy.clone()).unwrap();
        assert_eq!(still.busy_until, busy.busy_until);
        let offline = applied(offline, busy).unwrap();
        assert_eq!((offline.mode, offline.busy_until), (AutoReplyMode::Offline, None));
        assert_eq!(applied(again, offline).unwrap().busy_until, None);
    }

    #[test]
    fn a_mode_that_has_ended_does_not_come_back_with_another_change() {
        let ended = Settings {
            mode: AutoReplyMode::Busy,
            busy_until: Some(now() - TimeDelta::hours(1)),
            ..Settings::untouched()
        };
        let change = AutoReplyChange {
            cooldown_minutes: Some(5),
            ..AutoReplyChange::default()
        };

        let after = applied(change, ended).unwrap();

        assert_eq!((after.mode, after.busy_until), (AutoReplyMode::Off, None));
    }

    #[test]
    fn the_end_must_lie_ahead_and_belong_to_busy() {
        let offline = AutoReplyChange {
            mode: Some(AutoReplyMode::Offline),
            ..busy_until(1)
        };

        let untouched = Settings::untouched;
        assert!(matches!(
            applied(busy_until(0), untouched()),
            Err(Refusal::BusyUntil(_))
        ));
        assert!(matches!(
            applied(busy_until(24 * 367), untouched()),
            Err(Refusal::BusyUntil(_))
        ));
        assert_eq!(
            applied(offline, untouched()),
            Err(Refusal::NotBusy(AutoReplyMode::Offline))
        );
    }
}
