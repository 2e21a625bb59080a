//! Which message an edit is about, and what an edited message is. No I/O.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::features::edited_messages::EditedMessageId;
use crate::id::{AccountId, ChatId, ContactId};
use crate::messages::{Held, MessageKind};

/// What an edit is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// A message of the editor's that is held.
    Held(&'a Held),
    /// A message of the editor's that has not come yet, or that could not be read yet.
    NotArrived,
    /// Nothing that is the editor's to edit, or nothing of which an earlier wording is known.
    None,
}

/// What an edit by `author` is about, of the messages that carry the id which it names.
pub(super) fn target<'a>(named: &'a [Held], author: &[ContactId]) -> Target<'a> {
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

/// What a message said between two edits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    /// The words, or those under a picture.
    pub text: String,
    /// When they were written, by WhatsApp's clock.
    pub written_at: DateTime<Utc>,
}

/// A message that its author edited, readable.
#[derive(Debug, Clone)]
pub struct EditedRecord {
    /// Its id.
    pub id: EditedMessageId,
    /// Which account saw it.
    pub account: AccountId,
    /// Where it was written.
    pub chat: ChatId,
    /// Who wrote it.
    pub sender: ContactId,
    /// What sort of message it is.
    pub kind: MessageKind,
    /// Every wording, the oldest first; two or more.
    pub wordings: Vec<Wording>,
    /// When it was edited first.
    pub first_edited_at: DateTime<Utc>,
    /// When it was edited last.
    pub last_edited_at: DateTime<Utc>,
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
        let named = [
            message(&ids, mallory, MessageKind::Text, true),
            message(&ids, alice, MessageKind::Image, true),
        ];

        assert_eq!(target(&named, &[alice]), Target::Held(&named[1]));
        assert_eq!(target(&named[..1], &[alice]), Target::None);
    }

    #[test]
    fn an_edit_waits_for_a_message_that_has_not_come_or_was_not_readable() {
        let ids = Ids::new(Arc::new(SystemClock));
        let alice: ContactId = ids.next();
        let sealed = [message(&ids, alice, MessageKind::Undecrypted, false)];

        assert_eq!(target(&[], &[alice]), Target::NotArrived);
        assert_eq!(target(&sealed, &[alice]), Target::NotArrived);
    }

    #[test]
    fn what_is_not_held_and_what_is_no_message_cannot_be_edited() {
        let ids = Ids::new(Arc::new(SystemClock));
        let alice: ContactId = ids.next();

        let let_go = [message(&ids, alice, MessageKind::Text, false)];
        let edit = [message(&ids, alice, MessageKind::Edit, true)];

        assert_eq!(target(&let_go, &[alice]), Target::None);
        assert_eq!(target(&edit, &[alice]), Target::None);
    }
}
