//! Change of the auto-reply settings, and its validation. No I/O.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::error::Refusal;
use super::schedule::{MAX_SLOTS, Schedule};
use super::settings::{AutoReplyMode, COOLDOWN_MINUTES, MAX_BUSY_TIME, MAX_CONTACTS, ReplySettings};
use super::template::Template;
use crate::features::schema::ContactScope;
use crate::id::ContactId;
use crate::plan::Entitlements;

/// Change of an account's auto-reply settings. A field that is `None` keeps its value.
#[derive(Debug, Clone, Default)]
pub struct AutoReplyChange {
    /// The new mode.
    pub mode: Option<AutoReplyMode>,
    /// The new end of the mode `BUSY`; `Some(None)` removes the end.
    pub busy_until: Option<Option<DateTime<Utc>>>,
    /// The new message for the mode `OFFLINE`.
    pub offline_message: Option<String>,
    /// The new message for the mode `BUSY`.
    pub busy_message: Option<String>,
    /// The new cooldown, in minutes.
    pub cooldown_minutes: Option<i32>,
    /// The new scope of contacts.
    pub scope: Option<ContactScope>,
    /// The new list of contacts that the scope refers to.
    pub contacts: Option<Vec<ContactId>>,
    /// The new weekly schedule.
    pub schedule: Option<Schedule>,
}

impl AutoReplyChange {
    /// Returns the settings after this change, if the values and the plan allow it. Values that the plan no longer
    /// includes may stay as they are or be switched off.
    pub(super) fn apply(
        self,
        mut settings: ReplySettings,
        entitlements: &Entitlements,
        now: DateTime<Utc>,
    ) -> Result<ReplySettings, Refusal> {
        self.check_plan(entitlements)?;
        settings = self.with_mode(settings, now)?;
        if let Some(text) = &self.offline_message {
            settings.offline_message = Some(Template::parse(text).map_err(Refusal::OfflineMessage)?);
        }
        if let Some(text) = &self.busy_message {
            settings.busy_message = Some(Template::parse(text).map_err(Refusal::BusyMessage)?);
        }
        if let Some(minutes) = self.cooldown_minutes {
            if !COOLDOWN_MINUTES.contains(&minutes) {
                return Err(Refusal::Cooldown(minutes));
            }
            settings.cooldown_minutes = minutes;
        }
        if let Some(listed) = self.contacts {
            let unique: BTreeSet<ContactId> = listed.into_iter().collect();
            if unique.len() > MAX_CONTACTS {
                return Err(Refusal::TooManyContacts(unique.len()));
            }
            settings.contacts = unique.into_iter().collect();
        }
        if let Some(schedule) = self.schedule {
            if schedule.0.len() > MAX_SLOTS {
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

    /// Sets the mode. Entering a mode drops the former end; only an end given with the change applies.
    fn with_mode(&self, mut settings: ReplySettings, now: DateTime<Utc>) -> Result<ReplySettings, Refusal> {
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
            Some(Some(until)) if until <= now || until > now + MAX_BUSY_TIME => {
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

    fn applied(change: AutoReplyChange, settings: ReplySettings) -> Result<ReplySettings, Refusal> {
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
        let busy = applied(busy_until(2), ReplySettings::initial()).unwrap();
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
        let ended = ReplySettings {
            mode: AutoReplyMode::Busy,
            busy_until: Some(now() - TimeDelta::hours(1)),
            ..ReplySettings::initial()
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

        let initial = ReplySettings::initial;
        assert!(matches!(
            applied(busy_until(0), initial()),
            Err(Refusal::BusyUntil(_))
        ));
        assert!(matches!(
            applied(busy_until(24 * 367), initial()),
            Err(Refusal::BusyUntil(_))
        ));
        assert_eq!(
            applied(offline, initial()),
            Err(Refusal::NotBusy(AutoReplyMode::Offline))
        );
    }
}
