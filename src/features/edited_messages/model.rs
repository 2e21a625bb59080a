//! Edited messages, and the rule that finds the message of an edit. No I/O.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::features::edited_messages::EditedMessageId;
use crate::graphql::PageCursor;
use crate::id::{AccountId, ChatId, ContactId, MessageId};
use crate::messages::search::Rank;
use crate::messages::{Held, MessageKind};

/// Target of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// A held message by the author of the edit.
    Held(&'a Held),
    /// A message that has not arrived yet, or could not be decrypted yet.
    NotArrived,
    /// No message that the author of the edit may edit, or none with a known earlier version.
    None,
}

/// Finds the target of an edit by `author` among `named`, the messages with the id that the edit names.
pub(super) fn target<'a>(named: &[&'a Held], author: &[ContactId]) -> Target<'a> {
    if named.is_empty() {
        return Target::NotArrived;
    }
    let own = named.iter().find(|message| author.contains(&message.sender));
    match own {
        Some(message) if message.kind.is_about_another() => Target::None,
        Some(message) if message.held_until.is_some() => Target::Held(message),
        Some(message) if message.kind == MessageKind::Undecrypted => Target::NotArrived,
        Some(_) | None => Target::None,
    }
}

/// One version of a message's text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    /// Text, or caption of the media.
    pub text: String,
    /// Time of writing, by WhatsApp's clock.
    pub written_at: DateTime<Utc>,
}

/// An edited message with its versions decrypted.
#[derive(Debug, Clone)]
pub struct EditedRecord {
    /// Id of the row.
    pub id: EditedMessageId,
    /// The account that received the message.
    pub account: AccountId,
    /// Chat of the message.
    pub chat: ChatId,
    /// Sender of the message.
    pub sender: ContactId,
    /// The recorded message; `None` when its record is gone.
    pub message: Option<MessageId>,
    /// Kind of the message.
    pub kind: MessageKind,
    /// All versions, the oldest first; two or more.
    pub wordings: Vec<Wording>,
    /// Time of the first edit.
    pub first_edited_at: DateTime<Utc>,
    /// Time of the last edit.
    pub last_edited_at: DateTime<Utc>,
    /// Rank in a search; the best one elsewhere.
    pub rank: Rank,
}

impl EditedRecord {
    /// Returns the place in the list, apart from the rank.
    pub(super) fn place(&self) -> PageCursor {
        PageCursor {
            at: self.last_edited_at,
            id: self.id.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::id::Ids;

    fn message(ids: &Ids, sender: ContactId, kind: MessageKind, is_held: bool) -> Held {
        Held {
            id: ids.next(),
            chat: ids.next(),
            sender,
            kind,
            content: None,
            media: None,
            sent_at: DateTime::UNIX_EPOCH,
            is_from_me: false,
            held_until: is_held.then_some(DateTime::UNIX_EPOCH),
        }
    }

    #[test]
    fn only_the_editors_own_held_message_can_be_edited() {
        let ids = Ids::new(Arc::new(SystemClock));
        let (alice, mallory): (ContactId, ContactId) = (ids.next(), ids.next());
        let theirs = message(&ids, mallory, MessageKind::Text, true);
        let own = message(&ids, alice, MessageKind::Image, true);

        assert_eq!(target(&[&theirs, &own], &[alice]), Target::Held(&own));
        assert_eq!(target(&[&theirs], &[alice]), Target::None);
    }

    #[test]
    fn an_edit_waits_for_a_message_that_has_not_come_or_was_not_readable() {
        let ids = Ids::new(Arc::new(SystemClock));
        let alice: ContactId = ids.next();
        let sealed = message(&ids, alice, MessageKind::Undecrypted, false);

        assert_eq!(target(&[], &[alice]), Target::NotArrived);
        assert_eq!(target(&[&sealed], &[alice]), Target::NotArrived);
    }

    #[test]
    fn what_is_not_held_and_what_is_no_message_cannot_be_edited() {
        let ids = Ids::new(Arc::new(SystemClock));
        let alice: ContactId = ids.next();

        let let_go = message(&ids, alice, MessageKind::Text, false);
        let edit = message(&ids, alice, MessageKind::Edit, true);

        assert_eq!(target(&[&let_go], &[alice]), Target::None);
        assert_eq!(target(&[&edit], &[alice]), Target::None);
    }
}
