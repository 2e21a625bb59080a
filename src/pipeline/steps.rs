//! The division of a batch into steps: what each feature writes of several messages is few statements.

use std::collections::HashSet;

use crate::event::{Content, Event, Message};

/// What is taken in at once.
pub(super) enum Step<'a> {
    /// One message, or several that came one after the other.
    Messages(Vec<&'a Message>),
    Other(&'a Event),
}

/// Divides a batch.
pub(super) fn steps(batch: &[Event]) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut group = Group::default();
    for event in batch {
        let Event::Message(message) = event else {
            steps.extend(group.take());
            steps.push(Step::Other(event));
            continue;
        };
        if !group.admits(message) {
            steps.extend(group.take());
        }
        group.add(message);
    }
    steps.extend(group.take());
    steps
}

/// Messages that are recorded together. No two change the same message, and none changes one that comes later among them.
#[derive(Default)]
struct Group<'a> {
    messages: Vec<&'a Message>,
    /// WhatsApp's ids of the messages that some of them change.
    changed: HashSet<&'a str>,
    /// Nothing may be added: the one that is there goes alone.
    is_closed: bool,
}

impl<'a> Group<'a> {
    fn admits(&self, message: &Message) -> bool {
        let is_free = |wa_id: &str| !self.changed.contains(wa_id);
        !self.is_closed
            && goes_with_others(message)
            && is_free(&message.wa_id)
            && changed_message(message).is_none_or(is_free)
    }

    fn add(&mut self, message: &'a Message) {
        self.is_closed = !goes_with_others(message);
        self.changed.extend(changed_message(message));
        self.messages.push(message);
    }

    fn take(&mut self) -> Option<Step<'a>> {
        let Self { messages, .. } = std::mem::take(self);
        (!messages.is_empty()).then_some(Step::Messages(messages))
    }
}

/// Returns false for a message that has to be taken in alone.
fn goes_with_others(message: &Message) -> bool {
    match &message.content {
        Content::Text(_)
        | Content::Media(_)
        | Content::LostMedia { .. }
        | Content::ViewOnce(_)
        | Content::Edit { .. }
        | Content::Other(_) => true,
        // The named author may turn out to be a known contact under another name.
        Content::Revoke { target_sender, .. } => target_sender.is_none(),
        // The message that it is about may be right before it, and the readable message right behind.
        Content::Reaction { .. } | Content::Part { .. } | Content::Undecrypted => false,
    }
}

/// WhatsApp's id of the message that an edit or a deletion is about.
pub(super) fn changed_message(message: &Message) -> Option<&str> {
    match &message.content {
        Content::Edit { target_wa_id, .. } | Content::Revoke { target_wa_id, .. } => Some(target_wa_id),
        Content::Text(_)
        | Content::Media(_)
        | Content::LostMedia { .. }
        | Content::ViewOnce(_)
        | Content::Reaction { .. }
        | Content::Part { .. }
        | Content::Undecrypted
        | Content::Other(_) => None,
    }
}
