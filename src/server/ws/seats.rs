//! How many of something each client has: sockets, subscriptions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::server::guard::Payer;

/// Counts one kind of thing. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::server) struct Seats {
    most: usize,
    taken: Arc<Mutex<HashMap<Payer, usize>>>,
}

/// The place of one; given back when dropped.
#[derive(Debug)]
pub(in crate::server) struct Seat {
    seats: Seats,
    holder: Payer,
}

impl Seats {
    /// At most `most` for each.
    pub(in crate::server) fn new(most: usize) -> Self {
        Self {
            most,
            taken: Arc::default(),
        }
    }

    /// A seat for one more; none when all are taken.
    pub(in crate::server) fn take(&self, holder: Payer) -> Option<Seat> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(holder).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Seat {
            seats: self.clone(),
            holder,
        })
    }

    /// How many each may have.
    pub(in crate::server) const fn most(&self) -> usize {
        self.most
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.holder) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.holder);
            }
        }
    }
}
