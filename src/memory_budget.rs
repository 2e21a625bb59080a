//! A budget of memory for contents while they arrive: what has come is counted, not what was announced.
//!
//! A part of it is kept for small contents, so that a few large ones do not stop everything, and each key, such as a user,
//! has a share. Counted in process.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use thiserror::Error;

/// The sizes of a budget, in bytes.
#[derive(Debug, Clone, Copy)]
pub struct MemoryLimits {
    /// The whole budget.
    pub total: usize,
    /// The part of it that one key may hold.
    pub per_key: usize,
    /// The part of it that is kept for small contents.
    pub for_small: usize,
    /// The size up to which a content is small.
    pub small: usize,
}

/// Refusal of bytes for which there is no memory at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("too much arrives at once")]
pub struct MemoryFull;

/// Counts the memory of all contents that arrive. Cheap to clone: clones count together.
#[derive(Debug, Clone)]
pub struct MemoryBudget<K> {
    limits: MemoryLimits,
    in_use: Arc<Mutex<InUse<K>>>,
}

#[derive(Debug)]
struct InUse<K> {
    total: usize,
    of_keys: HashMap<K, usize>,
}

/// The memory of one content, given back on drop.
#[derive(Debug)]
pub struct ContentMemory<K: Copy + Eq + Hash> {
    budget: MemoryBudget<K>,
    key: K,
    bytes: usize,
}

impl<K: Copy + Eq + Hash> MemoryBudget<K> {
    /// A budget of which nothing is in use.
    pub fn new(limits: MemoryLimits) -> Self {
        let in_use = InUse {
            total: 0,
            of_keys: HashMap::new(),
        };
        Self {
            limits,
            in_use: Arc::new(Mutex::new(in_use)),
        }
    }

    /// The memory of a content of `key` of which nothing has come yet.
    pub fn content(&self, key: K) -> ContentMemory<K> {
        ContentMemory {
            budget: self.clone(),
            key,
            bytes: 0,
        }
    }
}

impl<K: Copy + Eq + Hash> ContentMemory<K> {
    /// Counts `more` bytes that have come.
    ///
    /// # Errors
    /// [`MemoryFull`] when the budget or the key's share has no room for them; then they are not counted.
    pub fn grow(&mut self, more: usize) -> Result<(), MemoryFull> {
        let limits = self.budget.limits;
        let bytes = self.bytes.saturating_add(more);
        let available = if bytes <= limits.small {
            limits.total
        } else {
            limits.total.saturating_sub(limits.for_small)
        };
        let mut in_use = self.budget.in_use.lock();
        let of_key = in_use.of_keys.get(&self.key).copied().unwrap_or(0);
        if in_use.total.saturating_add(more) > available || of_key.saturating_add(more) > limits.per_key {
            return Err(MemoryFull);
        }
        in_use.total += more;
        in_use.of_keys.insert(self.key, of_key + more);
        drop(in_use);
        self.bytes = bytes;
        Ok(())
    }
}

impl<K: Copy + Eq + Hash> Drop for ContentMemory<K> {
    fn drop(&mut self) {
        let mut in_use = self.budget.in_use.lock();
        in_use.total -= self.bytes;
        if let Some(of_key) = in_use.of_keys.get_mut(&self.key) {
            *of_key -= self.bytes;
            if *of_key == 0 {
                in_use.of_keys.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget() -> MemoryBudget<u8> {
        MemoryBudget::new(MemoryLimits {
            total: 100,
            per_key: 60,
            for_small: 20,
            small: 10,
        })
    }

    #[test]
    fn large_contents_leave_room_for_small_ones() {
        let budget = budget();
        let (mut first, mut second) = (budget.content(1), budget.content(2));
        first.grow(50).unwrap();
        second.grow(30).unwrap();

        assert_eq!(second.grow(1), Err(MemoryFull));
        let mut small = budget.content(3);
        small.grow(10).unwrap();
        assert_eq!(small.grow(1), Err(MemoryFull), "it is not small any more");
        drop(first);
        second.grow(30).unwrap();
    }

    #[test]
    fn one_key_has_a_share_and_gives_it_back() {
        let budget = budget();
        let (mut first, mut second) = (budget.content(1), budget.content(1));
        first.grow(50).unwrap();

        assert_eq!(second.grow(11), Err(MemoryFull));
        budget.content(2).grow(30).unwrap();
        drop(first);
        second.grow(60).unwrap();
        drop(second);
        assert!(budget.in_use.lock().of_keys.is_empty(), "no key is remembered");
    }
}
