//! GraphQL inputs of the settings.

use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};

use crate::features::auto_reply::change::{AutoReplyChange, SlotTexts};
use crate::features::auto_reply::settings::AutoReplyMode;
use crate::features::schema::{ContactScope, Weekday};
use crate::graphql::LocalTime;
use crate::id::ContactId;

/// Change of the auto-reply settings of an account.
#[derive(Debug, InputObject)]
pub struct UpdateAutoReplySettingsInput {
    /// Id of the account.
    pub(super) account_id: ID,
    /// New values of the settings.
    pub(super) settings: AutoReplySettingsInput,
}

/// Values of auto-reply settings. A field that is absent or null leaves its setting unchanged, except for `busyUntil`,
/// which null removes.
#[derive(Debug, InputObject)]
pub struct AutoReplySettingsInput {
    /// Mode of the account. `OFF` cancels the replies that wait to be sent.
    mode: Option<AutoReplyMode>,
    /// Time at which the mode `BUSY` ends by itself, at most 366 days ahead; null for no end. Only with the mode `BUSY`.
    busy_until: MaybeUndefined<DateTime<Utc>>,
    /// Message sent in the mode `OFFLINE`, 1 to 1,000 characters. `{name}` becomes the contact's own WhatsApp name, or
    /// the name in the owner's address book, or the phone number, and is left out when none is known; `{time}` becomes
    /// the time by the user's clock, such as `15:30`.
    offline_message: Option<String>,
    /// Message sent in the mode `BUSY`, as `offlineMessage`, except that `{time}` becomes the time of `busyUntil` when
    /// that is set, such as `15:30`, or `2026-11-25 09:00` when it is on another day.
    busy_message: Option<String>,
    /// Number of minutes after a reply during which the same contact gets no other reply, 1 to 10,080. A contact never
    /// gets more than two replies in ten minutes.
    cooldown_minutes: Option<i32>,
    /// Contacts who get replies. `ONLY` and `EXCEPT` need Premium.
    scope: Option<ContactScope>,
    /// Ids of the contacts that `scope` refers to: at most 1,000 contacts of the account. Replaces the list; an empty
    /// list empties it. Needs Premium unless empty.
    contact_ids: Option<Vec<ID>>,
    /// Times of the week at which replies are sent, at most 50 slots. Replaces the schedule; with an empty list replies
    /// are sent at all times. Needs Premium unless empty.
    schedule: Option<Vec<WeeklySlotInput>>,
}

/// Span of each week, by the clock of the user's time zone. A span whose end is before its beginning ends on the next
/// day.
#[derive(Debug, InputObject)]
pub struct WeeklySlotInput {
    /// Day on which the span begins.
    weekday: Weekday,
    /// First minute of the span, from `00:00` to `23:59`, such as `09:00`.
    from: LocalTime,
    /// Minute after the last one of the span, from `00:00` to `24:00`, such as `17:00`; must differ from `from`. When
    /// earlier than `from`, on the next day.
    until: LocalTime,
}

impl From<AutoReplySettingsInput> for AutoReplyChange {
    fn from(input: AutoReplySettingsInput) -> Self {
        let listed = |ids: Vec<ID>| ids.iter().map(|id| ContactId::from_global(id)).collect();
        let slots = |slots: Vec<WeeklySlotInput>| slots.into_iter().map(SlotTexts::from).collect();
        Self {
            mode: input.mode,
            busy_until: match input.busy_until {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(until) => Some(Some(until)),
            },
            offline_message: input.offline_message,
            busy_message: input.busy_message,
            cooldown_minutes: input.cooldown_minutes,
            scope: input.scope,
            contacts: input.contact_ids.map(listed),
            schedule: input.schedule.map(slots),
        }
    }
}

impl From<WeeklySlotInput> for SlotTexts {
    fn from(input: WeeklySlotInput) -> Self {
        Self {
            weekday: input.weekday,
            from: input.from.0,
            until: input.until.0,
        }
    }
}
