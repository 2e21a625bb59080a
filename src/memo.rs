//! What a unit of work has read and need not read again.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;

/// Values by their keys: one map a pair of types.
#[derive(Debug, Default)]
pub struct Memo(HashMap<TypeId, Box<dyn Any + Send + Sync>>);

impl Memo {
    /// The map from `K` to `V`.
    pub fn of<K, V>(&mut self) -> &mut HashMap<K, V>
    where
        K: Eq + Hash + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        self.0
            .entry(TypeId::of::<(K, V)>())
            .or_insert_with(|| Box::new(HashMap::<K, V>::new()))
            .downcast_mut()
            .expect("the map of a pair of types is under that pair")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_of_types_has_a_map_of_its_own() {
        let mut memo = Memo::default();
        memo.of::<u8, &str>().insert(1, "a text");
        memo.of::<u8, bool>().insert(1, true);

        assert_eq!(memo.of::<u8, &str>().get(&1), Some(&"a text"));
        assert_eq!(memo.of::<u8, bool>().remove(&1), Some(true));
        assert!(memo.of::<u8, bool>().is_empty());
    }
}
