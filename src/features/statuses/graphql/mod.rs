//! Statuses, likes and auto-like in the schema.

mod auto_like;
mod counters;
mod event;
mod fields;
mod loaders;
mod media;
mod objects;
mod preview;

pub use auto_like::{
    AutoLikePayload, AutoLikeSettings, ContactEmojiInput, ContactEmojiOf, Mutation, QuietHoursInput,
    QuietSpan, UpdateAutoLikeInput,
};
pub use counters::{AutoLikeCount, AutoLikeCounters, AutoLikeSkips};
pub use event::{StatusEvent, StatusLikeEvent};
pub use fields::{AccountFields, StatusFilter, StatusLikeFilter, Subscription, UserFields};
pub use media::{FetchStatusMediaInput, FetchStatusMediaPayload};
pub use objects::{Status, StatusLike};
pub use preview::{AutoLikePreview, AutoLikePreviewItem, PreviewAutoLikePayload};

use async_graphql::{Context, Error, ID, Result};

use super::change::Refusal;
use super::service::StatusesError;
use crate::graphql::{UserError, bad_input, internal, not_found, parse_ids};
use crate::id::{AccountId, ContactId};

/// What a failed query answers.
fn failed(ctx: &Context<'_>, error: StatusesError) -> Error {
    match error {
        StatusesError::Refused(Refusal::UnknownAccount) => not_found("account"),
        StatusesError::Refused(other) => bad_input(other.to_string()),
        StatusesError::Work(_) | StatusesError::Crypto(_) => internal(ctx, error),
    }
}

/// What a failed mutation answers: the mistake, where the client can mend it.
fn refused(ctx: &Context<'_>, error: StatusesError) -> Result<UserError> {
    let StatusesError::Refused(refusal) = error else {
        return Err(internal(ctx, error));
    };
    let message = refusal.to_string();
    Ok(match refusal {
        Refusal::UnknownAccount => UserError::unknown(&["accountId"], "account"),
        Refusal::UnknownContact => UserError::unknown(&["contactIds"], "contact of this account"),
        Refusal::UnknownEmojiContact => UserError::unknown(&["contactEmojis"], "contact of this account"),
        Refusal::NotAContactEmoji(_) | Refusal::TooManyEmojis(_) => {
            UserError::invalid(&["contactEmojis"], message)
        }
        Refusal::NoContactEmojis => UserError::premium(&["contactEmojis"], "an emoji for each contact"),
        Refusal::NotAnEmoji(_) => UserError::invalid(&["emoji"], message),
        Refusal::Rate(_) => UserError::invalid(&["maxPerHour"], message),
        Refusal::TooManyContacts(_) => UserError::invalid(&["contactIds"], message),
        Refusal::NoLists => UserError::premium(&["scope"], "choosing contacts"),
        Refusal::NoQuietHours => UserError::premium(&["quietHours"], "a time without likes"),
        Refusal::UnknownStatus => UserError::unknown(&["statusId"], "status"),
        Refusal::NoMedia => UserError::invalid(&["statusId"], message),
    })
}

fn accounts(named: Option<Vec<ID>>) -> Result<Option<Vec<AccountId>>> {
    parse_ids(named, AccountId::from_global)
}

fn contacts(named: Option<Vec<ID>>) -> Result<Option<Vec<ContactId>>> {
    parse_ids(named, ContactId::from_global)
}
