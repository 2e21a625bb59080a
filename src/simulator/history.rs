//! What was said in a world, kept so that it can be quoted, deleted, edited and sent again.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use waproto::whatsapp as wa;

use super::encoded;
use super::world::Chat;

/// How many messages a world remembers; older ones can no longer be quoted, deleted or sent again.
const KEPT: usize = 4_096;

/// One message.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Said {
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
#[serde(from = "VecDeque<Said>", into = "VecDeque<Said>")]
pub(super) struct MessageLog {
    order: VecDeque<String>,
    by_id: HashMap<String, Said>,
}

impl MessageLog {
    /// Remembers a message, once.
    pub(super) fn record(&mut self, said: Said) {
        if self.by_id.contains_key(&said.id) {
            return;
        }
        if self.order.len() == KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_id.remove(&oldest);
        }
        self.order.push_back(said.id.clone());
        self.by_id.insert(said.id.clone(), said);
    }

    /// The last so many messages, oldest first.
    pub(super) fn latest(&self, count: usize) -> impl Iterator<Item = &Said> {
        let skipped = self.order.len().saturating_sub(count);
        let order = self.order.iter().skip(skipped);
        order.filter_map(|id| self.by_id.get(id))
    }

    pub(super) fn find(&self, id: &str) -> Option<&Said> {
        self.by_id.get(id)
    }
}

impl From<VecDeque<Said>> for MessageLog {
    fn from(said: VecDeque<Said>) -> Self {
        let mut log = Self::default();
        for said in said {
            log.record(said);
        }
        log
    }
}

impl From<MessageLog> for VecDeque<Said> {
    fn from(mut log: MessageLog) -> Self {
        let by_id = &mut log.by_id;
        log.order.iter().filter_map(|id| by_id.remove(id)).collect()
    }
}
