//! Messages that a session committed last.

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;
use whatsapp_rust::types::message::MessageInfo;
use whatsapp_rust::wacore_binary::Jid;

/// Number of messages that are remembered, so that a second copy of one of them is recognised.
const CAPACITY: usize = 256;

/// The last messages that a session committed, over all its clients.
#[derive(Debug, Default)]
pub(super) struct RecentMessages(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    /// WhatsApp's ids, oldest first.
    order: VecDeque<String>,
    /// Chat and sender by WhatsApp's id, because another sender may use the same id.
    places: HashMap<String, (Jid, Jid)>,
}

impl RecentMessages {
    /// Returns true when the message was committed recently.
    pub(super) fn contains(&self, message: &MessageInfo) -> bool {
        let source = &message.source;
        let remembered = self.0.lock();
        let place = remembered.places.get(&message.id);
        place.is_some_and(|(chat, sender)| *chat == source.chat && *sender == source.sender)
    }

    /// Remembers a message that is committed, in place of the oldest one.
    pub(super) fn add(&self, message: &MessageInfo) {
        let remembered = &mut *self.0.lock();
        let place = (message.source.chat.clone(), message.source.sender.clone());
        if remembered.places.insert(message.id.clone(), place).is_none() {
            remembered.order.push_back(message.id.clone());
        }
        if remembered.order.len() > CAPACITY
            && let Some(oldest) = remembered.order.pop_front()
        {
            remembered.places.remove(&oldest);
        }
    }
}
