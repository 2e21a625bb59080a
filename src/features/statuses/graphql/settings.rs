use async_graphql::{Context, ID, Object, Result, SimpleObject};

use super::super::auto_like::AutoLike;
use super::super::emoji::ContactEmoji;
use super::loaders::AutoLikeOf;
use crate::features::schema::{Account, Contact, ContactScope};
use crate::features::statuses::AutoLikeSettingsId;
use crate::graphql::{Entity, LocalTime, find};
use crate::id::AccountId;

/// Settings of auto-like of an account: the selection of contacts whose new statuses are liked, and the way of liking.
#[derive(Debug, Clone)]
pub struct AutoLikeSettings {
    pub(super) account: AccountId,
    pub(super) settings: AutoLike,
}

/// Settings of auto-like of an account: the selection of contacts whose new statuses are liked, and the way of liking.
#[Object]
impl AutoLikeSettings {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(AutoLikeSettingsId::from(self.account.as_uuid()).to_global())
    }

    /// Account that the settings belong to.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.account).await
    }

    /// True when new statuses are liked. False for an account whose settings were never changed.
    async fn is_enabled(&self) -> bool {
        self.settings.is_enabled
    }

    /// Emoji of the likes; `💚` at first.
    async fn emoji(&self) -> &str {
        self.settings.emoji.as_str()
    }

    /// Contacts whose statuses are liked with another emoji. Entries stay, without effect, while the plan does not
    /// include them.
    async fn contact_emojis(&self) -> Vec<ContactEmojiOf> {
        self.settings
            .contact_emojis
            .iter()
            .cloned()
            .map(ContactEmojiOf)
            .collect()
    }

    /// Selection of the authors whose statuses are liked.
    async fn scope(&self) -> ContactScope {
        self.settings.scope
    }

    /// Contacts that `scope` includes or leaves out.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        let contacts = self.settings.contacts.iter().map(|id| Contact::load(ctx, *id));
        futures::future::try_join_all(contacts).await
    }

    /// True when statuses of contacts that the owner muted are skipped.
    async fn skips_muted(&self) -> bool {
        self.settings.skips_muted
    }

    /// True when a view receipt is sent before each like, so that the author sees that the owner viewed the status. Off
    /// at first; likes are sent either way.
    async fn sends_view_receipts(&self) -> bool {
        self.settings.sends_view_receipts
    }

    /// Maximum number of likes in any 60 minutes; further statuses are skipped.
    async fn max_per_hour(&self) -> i32 {
        self.settings.max_per_hour
    }

    /// Daily span without likes; null when there is none. Without effect while the plan has no quiet hours.
    async fn quiet_hours(&self) -> Option<QuietSpan> {
        self.settings.quiet_hours.map(|hours| {
            let (from, until) = hours.texts();
            QuietSpan {
                from: LocalTime(from),
                until: LocalTime(until),
            }
        })
    }
}

impl AutoLikeSettings {
    /// Loads the settings with `id`.
    ///
    /// # Errors
    /// `NOT_FOUND` when the account is gone, or another user's; `INTERNAL` when the database fails.
    pub async fn load(ctx: &Context<'_>, id: AutoLikeSettingsId) -> Result<Self> {
        let account = AccountId::from(id.as_uuid());
        Account::load(ctx, account).await?;
        Self::of_account(ctx, account).await
    }

    /// Loads the settings of an account of the viewer's.
    pub(super) async fn of_account(ctx: &Context<'_>, account: AccountId) -> Result<Self> {
        let settings = find(ctx, AutoLikeOf(account)).await?;
        Ok(Self {
            account,
            settings: settings.unwrap_or_else(AutoLike::untouched),
        })
    }
}

/// Emoji for the statuses of one contact.
#[derive(Debug, Clone)]
pub struct ContactEmojiOf(ContactEmoji);

/// Emoji for the statuses of one contact.
#[Object(name = "ContactEmoji")]
impl ContactEmojiOf {
    /// Author of the statuses.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.contact).await
    }

    /// Emoji of the likes of the author's statuses.
    async fn emoji(&self) -> &str {
        self.0.emoji.as_str()
    }
}

/// Daily span by the clock of the user's time zone. A span whose end is before its beginning crosses midnight.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(name = "QuietHours")]
pub struct QuietSpan {
    /// First minute of the span, such as `22:00`.
    from: LocalTime,
    /// Minute after the last one of the span, such as `07:30`.
    until: LocalTime,
}
