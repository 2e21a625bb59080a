//! A limit on how many things run at once for each key, such as a user's sockets or deliveries. Counted in process.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;

/// Counts what runs for each key, up to the same maximum for all. Cheap to clone: clones count together.
#[derive(Debug, Clone)]
pub struct PerKeyLimit<K> {
    max: usize,
    in_use: Arc<Mutex<HashMap<K, usize>>>,
}

/// A counted place of one key, given back on drop.
#[derive(Debug)]
pub struct Slot<K: Eq + Hash> {
    key: K,
    limit: PerKeyLimit<K>,
}

impl<K: Copy + Eq + Hash> PerKeyLimit<K> {
    /// A limit of `max` slots for each key, all free.
    pub fn new(max: usize) -> Self {
        Self {
            max,
            in_use: Arc::default(),
        }
    }

    /// Takes a slot of `key`; none when all of its slots are taken.
    pub fn acquire(&self, key: K) -> Option<Slot<K>> {
        let mut in_use = self.in_use.lock();
        let count = in_use.entry(key).or_default();
        if *count >= self.max {
            return None;
        }
        *count += 1;
        Some(Slot {
            key,
            limit: self.clone(),
        })
    }

    /// The number of slots of each key.
    pub const fn max(&self) -> usize {
        self.max
    }
}

impl<K: Eq + Hash> Drop for Slot<K> {
    fn drop(&mut self) {
        let mut in_use = self.limit.in_use.lock();
        if let Some(count) = in_use.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                in_use.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_has_a_bounded_number_of_slots_and_gets_them_back() {
        let limit = PerKeyLimit::new(8);
        let (alice, bob) = (1, 2);

        let slots: Vec<_> = (0..8).map(|_| limit.acquire(alice).unwrap()).collect();

        assert!(limit.acquire(alice).is_none());
        assert!(limit.acquire(bob).is_some());
        drop(slots);
        assert!(limit.acquire(alice).is_some());
        assert!(limit.in_use.lock().is_empty(), "no key is remembered");
    }
}
