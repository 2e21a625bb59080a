//! Changes of the auto-reply settings, checked against the plan and the account's contacts. No I/O.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::error::Refusal;
use super::schedule::{MAX_SLOTS, Schedule, Slot};
use super::settings::{AutoReplyMode, COOLDOWN_MINUTES, MAX_BUSY_TIME, ReplySettings};
use super::template::{Template, TemplateError};
use crate::features::schema::{ContactScope, NamedContact, Weekday, parse_contact_list};
use crate::id::ContactId;
use crate::plan::Entitlements;

/// Change of an account's auto-reply settings, as a client passed it. A field that is `None` keeps its value.
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
    pub contacts: Option<Vec<NamedContact>>,
    /// The slots of the new weekly schedule.
    pub schedule: Option<Vec<SlotTexts>>,
}

/// A slot of a weekly schedule, its times as a client wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotTexts {
    /// The day on which the slot begins.
    pub weekday: Weekday,
    /// First minute.
    pub from: String,
    /// Minute after the last.
    pub until: String,
}

/// Facts by which a change is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChangeContext<'a> {
    /// What the plan includes.
    pub(super) entitlements: &'a Entitlements,
    /// Contacts of the account, those among them that the change names.
    pub(super) known: &'a BTreeSet<ContactId>,
    /// Time of the change.
    pub(super) now: DateTime<Utc>,
}

impl AutoReplyChange {
    /// The contacts that the change names.
    pub(super) fn named(&self) -> Vec<ContactId> {
        let listed = self.contacts.iter().flatten();
        listed.filter_map(|named| named.as_ref().ok().copied()).collect()
    }

    /// Returns the settings after this change. Values that the plan no longer includes may stay as they are or be
    /// switched off.
    ///
    /// # Errors
    /// Every mistake in the change; then nothing of it may be saved.
    pub(super) fn apply(
        self,
        mut settings: ReplySettings,
        context: ChangeContext<'_>,
    ) -> Result<ReplySettings, Vec<Refusal>> {
        let mut refusals = Vec::new();
        refusals.extend(self.set_mode(&mut settings, context.now).err());
        set_message(&mut settings.offline_message, self.offline_message)
            .unwrap_or_else(|wrong| refusals.push(Refusal::OfflineMessage(wrong)));
        set_message(&mut settings.busy_message, self.busy_message)
            .unwrap_or_else(|wrong| refusals.push(Refusal::BusyMessage(wrong)));
        if let Some(minutes) = self.cooldown_minutes {
            settings.cooldown_minutes = minutes;
            if !COOLDOWN_MINUTES.contains(&minutes) {
                refusals.push(Refusal::Cooldown(minutes));
            }
        }
        if let Some(scope) = self.scope {
            settings.scope = scope;
            if scope != ContactScope::All && !context.entitlements.has_auto_reply_lists {
                refusals.push(Refusal::NoScope);
            }
        }
        if let Some(listed) = self.contacts {
            match parse_contact_list(&listed, context.known) {
                Ok(contacts) => settings.contacts = contacts,
                Err(mistakes) => refusals.extend(mistakes.into_iter().map(Refusal::Contact)),
            }
            if !listed.is_empty() && !context.entitlements.has_auto_reply_lists {
                refusals.push(Refusal::NoList);
            }
        }
        if let Some(slots) = self.schedule {
            match parse_schedule(&slots) {
                Ok(schedule) => settings.schedule = schedule,
                Err(wrong) => refusals.extend(wrong),
            }
            if !slots.is_empty() && !context.entitlements.has_auto_reply_schedule {
                refusals.push(Refusal::NoSchedule);
            }
        }
        if refusals.is_empty() {
            Ok(settings)
        } else {
            Err(refusals)
        }
    }

    /// Sets the mode. Entering a mode drops the former end; only an end given with the change applies.
    fn set_mode(&self, settings: &mut ReplySettings, now: DateTime<Utc>) -> Result<(), Refusal> {
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
        Ok(())
    }
}

fn set_message(message: &mut Option<Template>, text: Option<String>) -> Result<(), TemplateError> {
    if let Some(text) = text {
        *message = Some(Template::parse(&text)?);
    }
    Ok(())
}

fn parse_schedule(slots: &[SlotTexts]) -> Result<Schedule, Vec<Refusal>> {
    if slots.len() > MAX_SLOTS {
        return Err(vec![Refusal::TooManySlots(slots.len())]);
    }
    let mut parsed = Vec::with_capacity(slots.len());
    let mut refusals = Vec::new();
    for (index, slot) in slots.iter().enumerate() {
        match Slot::parse(slot.weekday, &slot.from, &slot.until) {
            Ok(slot) => parsed.push(slot),
            Err(mistakes) => {
                let told = mistakes.into_iter();
                refusals.extend(told.map(|mistake| Refusal::Slot { index, mistake }));
            }
        }
    }
    if refusals.is_empty() {
        Ok(Schedule(parsed))
    } else {
        Err(refusals)
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

    fn applied(change: AutoReplyChange, settings: ReplySettings) -> Result<ReplySettings, Vec<Refusal>> {
        let context = ChangeContext {
            entitlements: &Plan::Premium.entitlements(),
            known: &BTreeSet::new(),
            now: now(),
        };
        change.apply(settings, context)
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
        for hours in [0, 24 * 367] {
            let end = now() + TimeDelta::hours(hours);
            assert_eq!(
                applied(busy_until(hours), initial()),
                Err(vec![Refusal::BusyUntil(end)])
            );
        }
        assert_eq!(
            applied(offline, initial()),
            Err(vec![Refusal::NotBusy(AutoReplyMode::Offline)])
        );
    }
}
