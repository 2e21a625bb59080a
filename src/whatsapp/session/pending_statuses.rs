//! Statuses that arrived and that the library did not hand over yet.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::ack_barrier::AckHold;

/// Longest time for which one status holds the barrier. The library commits a backlog every three seconds.
const STATUS_HOLD_TIMEOUT: TimeDelta = TimeDelta::seconds(6);

/// Number of statuses that may wait: as many as batches in the queue behind the library.
const CAPACITY: usize = 32 * 1024;

/// Holds of statuses that the library did not hand over yet. When it is full, the client's barrier is poisoned, and
/// WhatsApp delivers again.
#[derive(Default)]
pub(super) struct PendingStatuses {
    /// By WhatsApp's id.
    statuses: HashMap<String, PendingStatus>,
    /// Arrival of the status that was handed over last: the library works through them in order of arrival.
    handed_over_to: DateTime<Utc>,
    /// Time of the library's last handover.
    progress_at: DateTime<Utc>,
}

struct PendingStatus {
    arrived_at: DateTime<Utc>,
    hold: AckHold,
}

impl PendingStatuses {
    pub(super) fn is_empty(&self) -> bool {
        self.statuses.is_empty()
    }

    /// Adds a status that arrived; `hold` is called unless it is there already. Returns false when there is no room.
    pub(super) fn add(
        &mut self,
        id: String,
        arrived_at: DateTime<Utc>,
        hold: impl FnOnce() -> AckHold,
    ) -> bool {
        let has_room = self.statuses.len() < CAPACITY;
        if has_room {
            self.statuses.entry(id).or_insert_with(|| PendingStatus {
                arrived_at,
                hold: hold(),
            });
        }
        has_room
    }

    /// Removes a status that is handed over, and returns its hold.
    pub(super) fn hand_over(&mut self, id: &str) -> Option<AckHold> {
        let status = self.statuses.remove(id)?;
        self.handed_over_to = self.handed_over_to.max(status.arrived_at);
        Some(status.hold)
    }

    /// Removes a status that will not be handed over, and returns its hold.
    pub(super) fn remove(&mut self, id: &str) -> Option<AckHold> {
        self.statuses.remove(id).map(|status| status.hold)
    }

    /// Records that the library works: statuses that it did not come to yet may wait longer.
    pub(super) fn record_progress(&mut self, now: DateTime<Utc>) {
        self.progress_at = now;
    }

    /// Deadline of the first status that times out; None when nothing is held.
    pub(super) fn first_deadline(&self) -> Option<DateTime<Utc>> {
        let deadlines = self.statuses.values().map(|status| self.deadline(status));
        deadlines.min()
    }

    /// Removes the statuses that timed out, and returns their holds.
    pub(super) fn take_overdue(&mut self, now: DateTime<Utc>) -> Vec<AckHold> {
        let overdue: Vec<String> = self
            .statuses
            .iter()
            .filter(|(_, status)| self.deadline(status) <= now)
            .map(|(id, _)| id.clone())
            .collect();
        overdue
            .iter()
            .filter_map(|id| self.statuses.remove(id))
            .map(|status| status.hold)
            .collect()
    }

    /// A status that the library did not come to yet waits as long as the library makes progress.
    fn deadline(&self, status: &PendingStatus) -> DateTime<Utc> {
        let since = if status.arrived_at >= self.handed_over_to {
            status.arrived_at.max(self.progress_at)
        } else {
            status.arrived_at
        };
        since + STATUS_HOLD_TIMEOUT
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::whatsapp::session::ack_barrier::AckBarrier;

    #[test]
    fn so_many_statuses_wait_and_one_that_is_handed_over_makes_room() {
        let barrier = Arc::new(AckBarrier::new());
        let mut pending = PendingStatuses::default();
        let add = |pending: &mut PendingStatuses, number: usize| {
            pending.add(number.to_string(), DateTime::UNIX_EPOCH, || barrier.hold())
        };
        for number in 0..CAPACITY {
            assert!(add(&mut pending, number));
        }

        assert!(!add(&mut pending, CAPACITY));
        pending.hand_over("0").unwrap().release();
        assert!(add(&mut pending, CAPACITY));
    }
}
