use async_graphql::{ID, InputObject, MaybeUndefined};

use super::super::change::{AutoLikeChange, EmojiChange, SpanTexts};
use crate::features::schema::ContactScope;
use crate::graphql::LocalTime;
use crate::id::ContactId;

/// Change of the auto-like settings of an account.
#[derive(Debug, InputObject)]
pub struct UpdateAutoLikeSettingsInput {
    /// Id of the account.
    pub(super) account_id: ID,
    /// New values of the settings.
    pub(super) settings: AutoLikeSettingsInput,
}

/// Values of auto-like settings. A field that is absent or null leaves its setting unchanged, except for `quietHours`,
/// which null removes.
#[derive(Debug, InputObject)]
pub struct AutoLikeSettingsInput {
    /// True to like new statuses. False also cancels the likes that wait to be sent.
    is_enabled: Option<bool>,
    /// Emoji of the likes: exactly one emoji, such as `💚`.
    emoji: Option<String>,
    /// Emojis for single contacts, at most 1,000. A contact that the list does not name keeps the emoji that it has.
    /// Needs Premium, except to remove an emoji.
    contact_emojis: Option<Vec<ContactEmojiInput>>,
    /// Selection of the authors whose statuses are liked. `ONLY` and `EXCEPT` need Premium.
    scope: Option<ContactScope>,
    /// Ids of the contacts that `scope` includes or leaves out: at most 1,000 contacts of the account. Replaces the list;
    /// an empty list empties it. Needs Premium unless empty.
    contact_ids: Option<Vec<ID>>,
    /// True to skip statuses of contacts that the owner muted.
    skips_muted: Option<bool>,
    /// True to send a view receipt before each like, unless the phone's read receipts are off.
    sends_view_receipts: Option<bool>,
    /// Maximum number of likes in any 60 minutes, 1 to 120.
    max_per_hour: Option<i32>,
    /// Daily span without likes; null for none. Needs Premium.
    quiet_hours: MaybeUndefined<QuietHoursInput>,
}

/// New emoji for the statuses of one contact.
#[derive(Debug, InputObject)]
pub struct ContactEmojiInput {
    /// Id of the author of the statuses, a contact of the account.
    contact_id: ID,
    /// Exactly one emoji, such as `🔥`; null to use the emoji of the account again.
    emoji: Option<String>,
}

/// Daily span by the clock of the user's time zone. A span whose end is before its beginning crosses midnight.
#[derive(Debug, InputObject)]
pub struct QuietHoursInput {
    /// First minute of the span, from `00:00` to `23:59`, such as `22:00`.
    from: LocalTime,
    /// Minute after the last one of the span, from `00:00` to `23:59`, such as `07:30`; must differ from `from`.
    until: LocalTime,
}

impl From<AutoLikeSettingsInput> for AutoLikeChange {
    fn from(input: AutoLikeSettingsInput) -> Self {
        let emojis = input.contact_emojis.unwrap_or_default().into_iter();
        let listed = |ids: Vec<ID>| ids.iter().map(|id| ContactId::from_global(id)).collect();
        Self {
            is_enabled: input.is_enabled,
            emoji: input.emoji,
            contact_emojis: emojis.map(EmojiChange::from).collect(),
            scope: input.scope,
            contacts: input.contact_ids.map(listed),
            skips_muted: input.skips_muted,
            sends_view_receipts: input.sends_view_receipts,
            max_per_hour: input.max_per_hour,
            quiet_hours: match input.quiet_hours {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(span) => Some(Some(span.into())),
            },
        }
    }
}

impl From<ContactEmojiInput> for EmojiChange {
    fn from(input: ContactEmojiInput) -> Self {
        Self {
            contact: ContactId::from_global(&input.contact_id),
            emoji: input.emoji,
        }
    }
}

impl From<QuietHoursInput> for SpanTexts {
    fn from(input: QuietHoursInput) -> Self {
        Self {
            from: input.from.0,
            until: input.until.0,
        }
    }
}
