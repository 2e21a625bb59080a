//! Changes of the settings of auto-like, checked against the plan and the account's contacts. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use super::auto_like::{AutoLike, HOURLY_LIMITS};
use super::emoji::{ContactEmoji, Emoji};
use super::error::Refusal;
use super::quiet_hours::QuietHours;
use crate::features::schema::{ContactScope, ListMistake, MAX_LISTED, NamedContact, parse_contact_list};
use crate::id::ContactId;
use crate::plan::Entitlements;

/// Change of the settings of auto-like, as a client passed it. A field that is `None` leaves its setting unchanged.
#[derive(Debug, Clone, Default)]
pub struct AutoLikeChange {
    /// True to like new statuses.
    pub is_enabled: Option<bool>,
    /// Emoji of a like; must be exactly one emoji.
    pub emoji: Option<String>,
    /// Emojis for single contacts.
    pub contact_emojis: Vec<EmojiChange>,
    /// Selection of the authors whose statuses are liked.
    pub scope: Option<ContactScope>,
    /// Contacts that the scope includes or leaves out; replaces the list.
    pub contacts: Option<Vec<NamedContact>>,
    /// True to skip statuses of muted contacts.
    pub skips_muted: Option<bool>,
    /// True to send a view receipt before each like.
    pub sends_view_receipts: Option<bool>,
    /// Maximum number of likes in an hour.
    pub max_per_hour: Option<i32>,
    /// Daily span without likes; `Some(None)` removes the span.
    pub quiet_hours: Option<Option<SpanTexts>>,
}

/// New emoji for the statuses of one contact.
#[derive(Debug, Clone)]
pub struct EmojiChange {
    /// The author of the statuses.
    pub contact: NamedContact,
    /// The emoji; `None` removes the contact's own.
    pub emoji: Option<String>,
}

/// The two times of a span, as a client wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpanTexts {
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
}

impl AutoLikeChange {
    /// The contacts that the change names.
    pub(super) fn named(&self) -> Vec<ContactId> {
        let listed = self.contacts.iter().flatten();
        let with_emoji = self.contact_emojis.iter().map(|one| &one.contact);
        let valid = listed.chain(with_emoji).filter_map(|named| named.as_ref().ok());
        valid.copied().collect()
    }

    /// Returns the settings after the change. A setting that the plan no longer includes may stay unchanged or be turned
    /// off.
    ///
    /// # Errors
    /// Every mistake in the change; then nothing of it may be saved.
    pub(super) fn apply(
        self,
        mut settings: AutoLike,
        context: ChangeContext<'_>,
    ) -> Result<AutoLike, Vec<Refusal>> {
        let mut refusals = Vec::new();
        if let Some(text) = self.emoji {
            match Emoji::parse(&text) {
                Some(emoji) => settings.emoji = emoji,
                None => refusals.push(Refusal::NotAnEmoji(shortened(&text))),
            }
        }
        match changed_emojis(settings.contact_emojis.clone(), self.contact_emojis, context) {
            Ok(emojis) => settings.contact_emojis = emojis,
            Err(wrong) => refusals.extend(wrong),
        }
        if let Some(rate) = self.max_per_hour {
            settings.max_per_hour = rate;
            if !HOURLY_LIMITS.contains(&rate) {
                refusals.push(Refusal::Rate(rate));
            }
        }
        if let Some(scope) = self.scope {
            settings.scope = scope;
            if scope != ContactScope::All && !context.entitlements.has_auto_like_lists {
                refusals.push(Refusal::NoScope);
            }
        }
        if let Some(listed) = self.contacts {
            match parse_contact_list(&listed, context.known) {
                Ok(contacts) => settings.contacts = contacts,
                Err(mistakes) => refusals.extend(mistakes.into_iter().map(Refusal::Contact)),
            }
            if !listed.is_empty() && !context.entitlements.has_auto_like_lists {
                refusals.push(Refusal::NoList);
            }
        }
        if let Some(hours) = self.quiet_hours {
            match parsed_hours(hours, context.entitlements) {
                Ok(hours) => settings.quiet_hours = hours,
                Err(wrong) => refusals.extend(wrong),
            }
        }
        settings.is_enabled = self.is_enabled.unwrap_or(settings.is_enabled);
        settings.sends_view_receipts = self.sends_view_receipts.unwrap_or(settings.sends_view_receipts);
        settings.skips_muted = self.skips_muted.unwrap_or(settings.skips_muted);
        if refusals.is_empty() {
            Ok(settings)
        } else {
            Err(refusals)
        }
    }
}

fn parsed_hours(
    hours: Option<SpanTexts>,
    entitlements: &Entitlements,
) -> Result<Option<QuietHours>, Vec<Refusal>> {
    let Some(SpanTexts { from, until }) = hours else {
        return Ok(None);
    };
    let wrong = |mistakes: Vec<_>| mistakes.into_iter().map(Refusal::QuietHours).collect();
    let parsed = QuietHours::parse(&from, &until).map_err(wrong);
    if entitlements.has_quiet_hours {
        return parsed.map(Some);
    }
    let mut refusals: Vec<Refusal> = parsed.err().unwrap_or_default();
    refusals.push(Refusal::NoQuietHours);
    Err(refusals)
}

/// Returns the emojis of contacts after a change. Every plan allows to remove an emoji.
fn changed_emojis(
    before: Vec<ContactEmoji>,
    changes: Vec<EmojiChange>,
    context: ChangeContext<'_>,
) -> Result<Vec<ContactEmoji>, Vec<Refusal>> {
    if changes.len() > MAX_LISTED {
        return Err(vec![Refusal::TooManyEmojis(changes.len())]);
    }
    let mut emojis: BTreeMap<ContactId, Emoji> =
        before.into_iter().map(|one| (one.contact, one.emoji)).collect();
    let mut refusals = Vec::new();
    let sets_some = changes.iter().any(|change| change.emoji.is_some());
    if sets_some && !context.entitlements.has_emoji_per_contact {
        refusals.push(Refusal::NoContactEmojis);
    }
    for (index, change) in changes.into_iter().enumerate() {
        let contact = ListMistake::judge(index, &change.contact, context.known);
        let emoji = change.emoji.map(|text| {
            Emoji::parse(&text).ok_or_else(|| Refusal::NotAContactEmoji {
                index,
                text: shortened(&text),
            })
        });
        match (contact, emoji.transpose()) {
            (Ok(contact), Ok(Some(emoji))) => drop(emojis.insert(contact, emoji)),
            (Ok(contact), Ok(None)) => drop(emojis.remove(&contact)),
            (contact, emoji) => {
                refusals.extend(contact.err().map(Refusal::EmojiContact));
                refusals.extend(emoji.err());
            }
        }
    }
    if emojis.len() > MAX_LISTED {
        refusals.push(Refusal::TooManyEmojis(emojis.len()));
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let each = emojis.into_iter();
    Ok(each
        .map(|(contact, emoji)| ContactEmoji { contact, emoji })
        .collect())
}

fn shortened(text: &str) -> String {
    text.chars().take(32).collect()
}
