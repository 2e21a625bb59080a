//! The people and chats that a unit of work has met.

use std::collections::HashMap;

use super::ChatKind;
use super::people::KnownContact;
use crate::event::Person;
use crate::id::{AccountId, ChatId, ContactId};
use crate::work::Work;

/// How a chat is found: its account, its kind, and the contact or the fingerprint of the JID.
pub(super) type ChatKey = (AccountId, ChatKind, Option<ContactId>, Option<i64>);

/// The rows by what an event names a person with.
pub(super) fn people(work: &mut Work) -> &mut HashMap<(AccountId, Person), Vec<KnownContact>> {
    work.memo()
}

/// The chats.
pub(super) fn chats(work: &mut Work) -> &mut HashMap<ChatKey, ChatId> {
    work.memo()
}

/// All rows of the person of a row.
pub(super) fn rows(work: &mut Work) -> &mut HashMap<ContactId, Vec<ContactId>> {
    work.memo()
}

/// Whether the owner muted a contact.
pub(super) fn muted(work: &mut Work) -> &mut HashMap<ContactId, bool> {
    work.memo()
}

/// Forgets everything: a contact or a chat is about to change. That is rare beside the messages of those who are known.
pub(super) fn forget(work: &mut Work) {
    people(work).clear();
    chats(work).clear();
    rows(work).clear();
    muted(work).clear();
}
