//! GraphQL objects, inputs and mutations of the settings.

use async_graphql::{ComplexObject, Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::errors::refused;
use super::preview::{AutoReplyPreview, PreviewAutoReplyPayload};
use crate::account::AccountRef;
use crate::features::auto_reply::change::AutoReplyChange;
use crate::features::auto_reply::schedule::{Schedule, Slot, Weekday};
use crate::features::auto_reply::service::AutoReplyService;
use crate::features::auto_reply::settings::{AutoReplyMode, ReplySettings};
use crate::features::schema::{Account, Contact, ContactScope};
use crate::graphql::{Entity, UserError, parse_ids, viewer};
use crate::id::{AccountId, ContactId};
use crate::work::Core;

/// The auto-reply settings of an account.
#[derive(Debug, Clone)]
pub struct AutoReplySettings(pub ReplySettings);

/// The auto-reply settings of an account.
#[Object]
impl AutoReplySettings {
    /// The mode at this moment. `OFF` until it is first changed, and again once `busyUntil` has passed; that end is
    /// known in advance and has no event.
    async fn mode(&self, ctx: &Context<'_>) -> AutoReplyMode {
        self.0.mode_at(ctx.data_unchecked::<Core>().clock.now())
    }

    /// The time at which the mode `BUSY` ends by itself; null when it has no end, and in the other modes.
    async fn busy_until(&self, ctx: &Context<'_>) -> Option<DateTime<Utc>> {
        let now = ctx.data_unchecked::<Core>().clock.now();
        self.0.busy_until.filter(|until| *until > now)
    }

    /// The message sent while `OFFLINE`, with its placeholders.
    async fn offline_message(&self) -> String {
        self.0.offline_template().as_str().to_owned()
    }

    /// The message sent while `BUSY`, with its placeholders.
    async fn busy_message(&self) -> String {
        self.0.busy_template().as_str().to_owned()
    }

    /// Minutes after a reply during which the same contact gets no other reply.
    async fn cooldown_minutes(&self) -> i32 {
        self.0.cooldown_minutes
    }

    /// The contacts who get replies: all, only the listed ones, or all but the listed ones.
    async fn scope(&self) -> ContactScope {
        self.0.scope
    }

    /// The contacts that `scope` refers to.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        let contacts = self.0.contacts.iter().map(|id| Contact::load(ctx, *id));
        futures::future::try_join_all(contacts).await
    }

    /// The times of the week at which replies are sent; empty means always.
    async fn schedule(&self) -> Vec<WeeklySlot> {
        let slots = self.0.schedule.0.iter();
        slots.map(|slot| WeeklySlot::of(*slot)).collect()
    }
}

/// A time span of each week, by the clock of the user's time zone. It may cross midnight.
#[derive(Debug, Clone, SimpleObject)]
pub struct WeeklySlot {
    /// The day on which the span begins.
    weekday: Weekday,
    /// The first minute of the span, such as `09:00`.
    from: String,
    /// The minute after the last one, such as `17:00`, or `24:00` for the end of the day. When earlier than `from`,
    /// it is on the next day.
    until: String,
}

impl WeeklySlot {
    fn of(slot: Slot) -> Self {
        let (from, until) = slot.texts();
        let weekday = slot.weekday;
        Self { weekday, from, until }
    }
}

/// A time span of each week, by the clock of the user's time zone. It may cross midnight.
#[derive(Debug, InputObject)]
pub struct WeeklySlotInput {
    /// The day on which the span begins.
    weekday: Weekday,
    /// The first minute of the span, such as `09:00`.
    from: String,
    /// The minute after the last one, such as `17:00`, or `24:00` for the end of the day; not equal to `from`. When
    /// earlier than `from`, it is on the next day.
    until: String,
}

/// Change of an account's auto-reply settings. A field that is absent keeps its value.
#[derive(Debug, InputObject)]
pub struct UpdateAutoReplyInput {
    /// The account.
    account_id: ID,
    /// The mode. `OFF` cancels the replies that wait to be sent.
    mode: Option<AutoReplyMode>,
    /// The time at which the mode `BUSY` ends by itself, at most a year ahead; null for no end. Only with the mode
    /// `BUSY`.
    busy_until: MaybeUndefined<DateTime<Utc>>,
    /// The message sent while `OFFLINE`, at most 1,000 characters. `{name}` becomes the contact's own WhatsApp name,
    /// or their name in the address book, or their number, and is left out when none is known; `{time}` becomes the
    /// time by the user's clock, such as `15:30`.
    offline_message: Option<String>,
    /// The message sent while `BUSY`, as `offlineMessage`, except that `{time}` becomes the time of `busyUntil` when
    /// that is set, such as `15:30`, or `2026-11-25 09:00` when it is on another day.
    busy_message: Option<String>,
    /// Minutes after a reply during which the same contact gets no other reply, 1 to 10,080. A contact never gets
    /// more than two replies in ten minutes.
    cooldown_minutes: Option<i32>,
    /// The contacts who get replies. `ONLY` and `EXCEPT` need Premium.
    scope: Option<ContactScope>,
    /// The contacts that `scope` refers to, at most 1,000 contacts of the account; replaces the list. Needs Premium.
    contact_ids: Option<Vec<ID>>,
    /// The times of the week at which replies are sent, at most 50 slots; replaces the schedule, and an empty list
    /// means always. Needs Premium.
    schedule: Option<Vec<WeeklySlotInput>>,
}

impl UpdateAutoReplyInput {
    fn parse(self) -> Result<(AccountId, AutoReplyChange), UserError> {
        let account = AccountId::from_global(&self.account_id)
            .map_err(|e| UserError::invalid(&["accountId"], e.to_string()))?;
        let is_emptied = self.contact_ids.as_ref().is_some_and(Vec::is_empty);
        let listed = parse_ids(self.contact_ids, ContactId::from_global)
            .map_err(|e| UserError::invalid(&["contactIds"], e.message))?;
        let change = AutoReplyChange {
            mode: self.mode,
            busy_until: match self.busy_until {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(until) => Some(Some(until)),
            },
            offline_message: self.offline_message,
            busy_message: self.busy_message,
            cooldown_minutes: self.cooldown_minutes,
            scope: self.scope,
            contacts: if is_emptied { Some(Vec::new()) } else { listed },
            schedule: self.schedule.map(|slots| parse_slots(&slots)).transpose()?,
        };
        Ok((account, change))
    }
}

fn parse_slots(slots: &[WeeklySlotInput]) -> Result<Schedule, UserError> {
    let parse = |(index, slot): (usize, &WeeklySlotInput)| {
        Slot::parse(slot.weekday, &slot.from, &slot.until).ok_or_else(|| {
            let wrong =
                "pass two different times of the form 09:00, from 00:00 to 23:59, `until` up to 24:00";
            UserError::invalid(&["schedule", &index.to_string()], wrong)
        })
    };
    slots
        .iter()
        .enumerate()
        .map(parse)
        .collect::<Result<_, _>>()
        .map(Schedule)
}

/// Result of changing the auto-reply settings.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct AutoReplyPayload {
    /// The settings as they are now; null when nothing was changed.
    auto_reply: Option<AutoReplySettings>,
    /// The errors of the input; empty when the change was made.
    errors: Vec<UserError>,
    #[graphql(skip)]
    account_id: Option<AccountId>,
}

#[ComplexObject]
impl AutoReplyPayload {
    /// The account; null when nothing was changed.
    async fn account(&self, ctx: &Context<'_>) -> Result<Option<Account>> {
        match self.account_id {
            Some(id) => Account::load(ctx, id).await.map(Some),
            None => Ok(None),
        }
    }
}

impl AutoReplyPayload {
    fn wrong(error: UserError) -> Self {
        Self {
            auto_reply: None,
            errors: vec![error],
            account_id: None,
        }
    }
}

/// The mutations of automatic replies.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "AutoReplyMutation")]
impl Mutation {
    /// Changes the auto-reply settings of an account: every field that the input names, or none.
    async fn update_auto_reply(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change.")] input: UpdateAutoReplyInput,
    ) -> Result<AutoReplyPayload> {
        let user = viewer(ctx)?.user;
        let (id, change) = match input.parse() {
            Ok(parsed) => parsed,
            Err(wrong) => return Ok(AutoReplyPayload::wrong(wrong)),
        };
        let service = ctx.data_unchecked::<AutoReplyService>();
        match service.update(AccountRef { id, user }, change).await {
            Ok(settings) => Ok(AutoReplyPayload {
                auto_reply: Some(AutoReplySettings(settings)),
                errors: Vec::new(),
                account_id: Some(id),
            }),
            Err(error) => refused(ctx, error).map(AutoReplyPayload::wrong),
        }
    }

    /// Shows which messages of the last 24 hours a change of the settings would have replied to, and the reason for
    /// each other message, as if the settings had been on (in the mode `OFFLINE` when the mode is `OFF`). Changes
    /// nothing.
    async fn preview_auto_reply(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The change to preview; other settings are as they are now.")]
        input: UpdateAutoReplyInput,
    ) -> Result<PreviewAutoReplyPayload> {
        let user = viewer(ctx)?.user;
        let (id, change) = match input.parse() {
            Ok(parsed) => parsed,
            Err(wrong) => return Ok(PreviewAutoReplyPayload::wrong(wrong)),
        };
        let service = ctx.data_unchecked::<AutoReplyService>();
        match service.preview(AccountRef { id, user }, change).await {
            Ok(previewed) => Ok(PreviewAutoReplyPayload {
                preview: Some(AutoReplyPreview(previewed)),
                errors: Vec::new(),
            }),
            Err(error) => refused(ctx, error).map(PreviewAutoReplyPayload::wrong),
        }
    }
}
