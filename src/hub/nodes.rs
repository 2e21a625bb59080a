//! The hub of one of several nodes.
//!
//! ```text
//! publish -> subscribers here
//!         -> (queue) -> NoticeExchange -> Redis -> NoticeExchange of every other node -> rows read once -> subscribers there
//! every second: which users with subscribers here have events that these were not told of? -> rows read -> subscribers
//! ```
//!
//! A notice that is lost, because Redis is away, a queue is full or a node was just starting, is made up for by the look
//! into the table, which costs one query a second for all subscribers of a node together. So a node works as well without
//! Redis, up to a second later.
//!
//! Every node is subscribed to every channel: users are spread over the nodes by chance, so a node with more than a few
//! sockets needs nearly all of them, and a subscription to one more would be a moment in which notices are lost. A notice
//! about a user who has no subscriber here costs a look into a map.
//!
//! The events of other nodes are not announced to subscribers to all users, the consumers of events: the node that wrote
//! an event consumes it, and a sweep of the table finds those of a node that died.

use std::sync::Arc;

use tokio::sync::{broadcast, mpsc};
use ulid::Ulid;

use super::exchange::NoticeExchange;
use super::{Announcement, EventRow, Hub, LocalHub};
use crate::db::Db;
use crate::id::UserId;
use crate::redis::Redis;

/// Number of notices that may wait to be published. More are dropped: the other nodes find out by their look into the
/// table.
const OUTGOING_BACKLOG: usize = 4096;

/// The hub of one of several nodes.
#[derive(Debug)]
pub struct NodesHub {
    local: Arc<LocalHub>,
    outgoing: mpsc::Sender<(UserId, i64)>,
}

impl NodesHub {
    /// A hub and the task that connects it with those of other nodes, by the table in `db` and, where there is one, by
    /// `redis`. `node` names this process.
    pub fn new(db: Db, redis: Option<Redis>, node: Ulid) -> (Self, NoticeExchange) {
        let local = Arc::new(LocalHub::default());
        let (outgoing, queue) = mpsc::channel(OUTGOING_BACKLOG);
        let hub = Self {
            local: Arc::clone(&local),
            outgoing,
        };
        (hub, NoticeExchange::new(local, db, redis, node, queue))
    }
}

impl Hub for NodesHub {
    fn publish(&self, user: UserId, rows: &[EventRow], has_sends: bool) {
        self.local.publish(user, rows, has_sends);
        if let Some(newest) = rows.last() {
            // Full, or the server is stopping.
            let _ = self.outgoing.try_send((user, newest.sequence));
        }
    }

    fn tell_subscribers(&self, user: UserId, rows: &[EventRow]) {
        self.local.tell_subscribers(user, rows);
    }

    fn subscribe(&self, user: UserId) -> broadcast::Receiver<Arc<Announcement>> {
        self.local.subscribe(user)
    }

    fn subscribe_to_all(&self) -> broadcast::Receiver<UserId> {
        self.local.subscribe_to_all()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn notices_for_which_there_is_no_room_are_dropped_and_subscribers_here_hear_of_each_event() {
        // Nothing connects.
        let db = Db::connect(&"postgresql://nobody@localhost/nothing".into(), 1).unwrap();
        let (hub, _exchange) = NodesHub::new(db, None, Ulid(1));
        let user = UserId::from(Uuid::from_u128(1));
        let mut heard = hub.subscribe(user);

        for sequence in 1..=2 * i64::try_from(OUTGOING_BACKLOG).unwrap() {
            hub.publish(user, &[EventRow::numbered(user, sequence)], false);

            assert_eq!(heard.try_recv().unwrap().rows[0].sequence, sequence);
        }

        assert_eq!(hub.outgoing.capacity(), 0);
    }
}
