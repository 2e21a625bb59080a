//! The messages of a world, kept so that they can be quoted, deleted, edited and sent again.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use waproto::whatsapp as wa;

use super::encoded;
use super::world::Chat;

/// Number of messages that a world keeps; older ones can no longer be quoted, deleted or sent again.
const KEPT: usize = 4_096;

/// One message.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct LoggedMessage {
    pub(super) id: String,
    /// The author's number.
    pub(super) author: String,
    pub(super) chat: Chat,
    /// Seconds since 1970.
    pub(super) at: u64,
    /// The stanza's `edit`, for revokes and edits.
    pub(super) edit: Option<String>,
    #[serde(with = "encoded")]
    pub(super) message: wa::Message,
}

/// The last messages of a world, found by id.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(from = "VecDeque<LoggedMessage>", into = "VecDeque<LoggedMessage>")]
pub(super) struct MessageLog {
    order: VecDeque<String>,
    by_id: HashMap<String, LoggedMessage>,
}

impl MessageLog {
    /// Records a message, once.
    pub(super) fn record(&mut self, logged: LoggedMessage) {
        if self.by_id.contains_key(&logged.id) {
            return;
        }
        if self.order.len() == KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_id.remove(&oldest);
        }
        self.order.push_back(logged.id.clone());
        self.by_id.insert(logged.id.clone(), logged);
    }

    /// The last `count` messages, oldest first.
    pub(super) fn latest(&self, count: usize) -> impl Iterator<Item = &LoggedMessage> {
        let skipped = self.order.len().saturating_sub(count);
        let order = self.order.iter().skip(skipped);
        order.filter_map(|id| self.by_id.get(id))
    }

    /// Names an author by a new number.
    pub(super) fn renumber(&mut self, former: &str, number: &str) {
        for logged in self.by_id.values_mut() {
            if logged.author == former {
                number.clone_into(&mut logged.author);
            }
            if let Chat::With(other) = &mut logged.chat
                && other == former
            {
                number.clone_into(other);
            }
        }
    }

    pub(super) fn find(&self, id: &str) -> Option<&LoggedMessage> {
        self.by_id.get(id)
    }
}

impl From<VecDeque<LoggedMessage>> for MessageLog {
    fn from(logged: VecDeque<LoggedMessage>) -> Self {
        let mut log = Self::default();
        for logged in logged {
            log.record(logged);
        }
        log
    }
}

impl From<MessageLog> for VecDeque<LoggedMessage> {
    fn from(mut log: MessageLog) -> Self {
        let by_id = &mut log.by_id;
        log.order.iter().filter_map(|id| by_id.remove(id)).collect()
    }
}
