//! Changes of the settings of auto-like, checked against the plan. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use super::auto_like::{AutoLike, HOURLY_LIMITS, MAX_CONTACTS};
use super::emoji::{ContactEmoji, Emoji};
use super::error::Refusal;
use super::quiet_hours::QuietHours;
use crate::features::schema::ContactScope;
use crate::id::ContactId;
use crate::plan::Entitlements;

/// Change of the settings of auto-like. A field that is `None` leaves its setting unchanged.
#[derive(Debug, Clone, Default)]
pub struct AutoLikeChange {
    /// True to like new statuses.
    pub is_enabled: Option<bool>,
    /// Emoji of a like; must be exactly one emoji.
    pub emoji: Option<String>,
    /// Emojis for single contacts; `None` removes the contact's own emoji.
    pub contact_emojis: Vec<(ContactId, Option<String>)>,
    /// Selection of the authors whose statuses are liked.
    pub scope: Option<ContactScope>,
    /// Contacts that the scope includes or leaves out; replaces the list.
    pub contacts: Option<Vec<ContactId>>,
    /// True to skip statuses of muted contacts.
    pub skips_muted: Option<bool>,
    /// True to send a view receipt before each like.
    pub sends_view_receipt: Option<bool>,
    /// Maximum number of likes in an hour.
    pub max_per_hour: Option<i32>,
    /// Daily span without likes; `Some(None)` removes the span.
    pub quiet_hours: Option<Option<QuietHours>>,
}

impl AutoLikeChange {
    /// Returns the settings after the change, if its values and the plan allow it. A setting that the plan no longer
    /// includes may stay unchanged or be turned off.
    pub(super) fn apply(
        self,
        mut settings: AutoLike,
        entitlements: &Entitlements,
    ) -> Result<AutoLike, Refusal> {
        if let Some(text) = self.emoji {
            settings.emoji =
                Emoji::parse(&text).ok_or_else(|| Refusal::NotAnEmoji(text.chars().take(32).collect()))?;
        }
        settings.contact_emojis = changed_emojis(settings.contact_emojis, self.contact_emojis, entitlements)?;
        if let Some(rate) = self.max_per_hour {
            if !HOURLY_LIMITS.contains(&rate) {
                return Err(Refusal::Rate(rate));
            }
            settings.max_per_hour = rate;
        }
        let names_some = self.scope.is_some_and(|scope| scope != ContactScope::All)
            || self.contacts.as_ref().is_some_and(|listed| !listed.is_empty());
        if names_some && !entitlements.has_auto_like_lists {
            return Err(Refusal::NoLists);
        }
        if let Some(listed) = self.contacts {
            let unique: BTreeSet<ContactId> = listed.into_iter().collect();
            if unique.len() > MAX_CONTACTS {
                return Err(Refusal::TooManyContacts(unique.len()));
            }
            settings.contacts = unique.into_iter().collect();
        }
        if let Some(hours) = self.quiet_hours {
            if hours.is_some() && !entitlements.has_quiet_hours {
                return Err(Refusal::NoQuietHours);
            }
            settings.quiet_hours = hours;
        }
        settings.scope = self.scope.unwrap_or(settings.scope);
        settings.is_enabled = self.is_enabled.unwrap_or(settings.is_enabled);
        settings.sends_view_receipt = self.sends_view_receipt.unwrap_or(settings.sends_view_receipt);
        settings.skips_muted = self.skips_muted.unwrap_or(settings.skips_muted);
        Ok(settings)
    }
}

/// Returns the emojis of contacts after a change. Every plan allows to remove an emoji.
fn changed_emojis(
    before: Vec<ContactEmoji>,
    changes: Vec<(ContactId, Option<String>)>,
    entitlements: &Entitlements,
) -> Result<Vec<ContactEmoji>, Refusal> {
    let mut emojis: BTreeMap<ContactId, Emoji> =
        before.into_iter().map(|one| (one.contact, one.emoji)).collect();
    for (contact, text) in changes {
        let Some(text) = text else {
            emojis.remove(&contact);
            continue;
        };
        if !entitlements.has_emoji_per_contact {
            return Err(Refusal::NoContactEmojis);
        }
        let emoji =
            Emoji::parse(&text).ok_or_else(|| Refusal::NotAContactEmoji(text.chars().take(32).collect()))?;
        emojis.insert(contact, emoji);
    }
    if emojis.len() > MAX_CONTACTS {
        return Err(Refusal::TooManyEmojis(emojis.len()));
    }
    let each = emojis.into_iter();
    Ok(each
        .map(|(contact, emoji)| ContactEmoji { contact, emoji })
        .collect())
}
