//! How many sockets each client has.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::id::UserId;

/// Whose sockets are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    /// Somebody who is signed in.
    User(UserId),
    /// Somebody who is not, by address.
    Address(Option<IpAddr>),
}

/// Counts sockets. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::server) struct Seats {
    most: usize,
    taken: Arc<Mutex<HashMap<Holder, usize>>>,
}

/// One socket's place; given back when dropped.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Seats,
    holder: Holder,
}

impl Seats {
    /// At most `most` for each.
    pub(in crate::server) fn new(most: usize) -> Self {
        Self {
            most,
            taken: Arc::default(),
        }
    }

    /// A seat for one more socket; none when all are taken.
    pub(super) fn take(&self, holder: Holder) -> Option<Seat> {
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
    pub(super) const fn most(&self) -> usize {
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
