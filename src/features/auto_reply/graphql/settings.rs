//! GraphQL objects of the settings.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::loaders::SettingsOf;
use crate::features::auto_reply::AutoReplySettingsId;
use crate::features::auto_reply::schedule::Slot;
use crate::features::auto_reply::settings::{AutoReplyMode, ReplySettings};
use crate::features::schema::{Account, Contact, ContactScope, Weekday};
use crate::graphql::{Entity, LocalTime, find};
use crate::id::AccountId;
use crate::work::Core;

/// Auto-reply settings of an account.
#[derive(Debug, Clone)]
pub struct AutoReplySettings {
    pub(super) account: AccountId,
    pub(super) settings: ReplySettings,
}

/// Auto-reply settings of an account.
#[Object]
impl AutoReplySettings {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(AutoReplySettingsId::from(self.account.as_uuid()).to_global())
    }

    /// Account that the settings belong to.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.account).await
    }

    /// Mode at this moment. `OFF` until it is first changed, and again once `busyUntil` has passed; that end is known in
    /// advance and has no event.
    async fn mode(&self, ctx: &Context<'_>) -> AutoReplyMode {
        self.settings.mode_at(ctx.data_unchecked::<Core>().clock.now())
    }

    /// Time at which the mode `BUSY` ends by itself; null when it has no end, and in the other modes.
    async fn busy_until(&self, ctx: &Context<'_>) -> Option<DateTime<Utc>> {
        let now = ctx.data_unchecked::<Core>().clock.now();
        self.settings.busy_until.filter(|until| *until > now)
    }

    /// Message sent in the mode `OFFLINE`, with its placeholders.
    async fn offline_message(&self) -> String {
        self.settings.offline_template().as_str().to_owned()
    }

    /// Message sent in the mode `BUSY`, with its placeholders.
    async fn busy_message(&self) -> String {
        self.settings.busy_template().as_str().to_owned()
    }

    /// Number of minutes after a reply during which the same contact gets no other reply.
    async fn cooldown_minutes(&self) -> i32 {
        self.settings.cooldown_minutes
    }

    /// Contacts who get replies: all, only those of `contacts`, or all except those.
    async fn scope(&self) -> ContactScope {
        self.settings.scope
    }

    /// Contacts that `scope` refers to.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        let contacts = self.settings.contacts.iter().map(|id| Contact::load(ctx, *id));
        futures::future::try_join_all(contacts).await
    }

    /// Times of the week at which replies are sent; empty when replies are sent at all times.
    async fn schedule(&self) -> Vec<WeeklySlot> {
        let slots = self.settings.schedule.0.iter();
        slots.map(|slot| WeeklySlot::of(*slot)).collect()
    }
}

impl AutoReplySettings {
    /// Loads the settings with `id`.
    ///
    /// # Errors
    /// `NOT_FOUND` when the account is gone, or another user's; `INTERNAL` when the database fails.
    pub async fn load(ctx: &Context<'_>, id: AutoReplySettingsId) -> Result<Self> {
        let account = AccountId::from(id.as_uuid());
        Account::load(ctx, account).await?;
        Self::of_account(ctx, account).await
    }

    /// Loads the settings of an account of the viewer's.
    pub(super) async fn of_account(ctx: &Context<'_>, account: AccountId) -> Result<Self> {
        let settings = find(ctx, SettingsOf(account)).await?;
        Ok(Self {
            account,
            settings: settings.unwrap_or_else(ReplySettings::initial),
        })
    }
}

/// Span of each week, by the clock of the user's time zone. A span whose end is before its beginning ends on the next
/// day.
#[derive(Debug, Clone, SimpleObject)]
pub struct WeeklySlot {
    /// Day on which the span begins.
    weekday: Weekday,
    /// First minute of the span, such as `09:00`.
    from: LocalTime,
    /// Minute after the last one of the span, such as `17:00`, or `24:00` for the end of the day. When earlier than
    /// `from`, on the next day.
    until: LocalTime,
}

impl WeeklySlot {
    fn of(slot: Slot) -> Self {
        let (from, until) = slot.texts();
        Self {
            weekday: slot.weekday,
            from: LocalTime(from),
            until: LocalTime(until),
        }
    }
}
