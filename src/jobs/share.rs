use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;

use crate::id::UserId;

/// How much of each user's is under way at once (jobs, mostly), so that what is slow of one user's does not hold up others'.
/// Cheap to clone: clones count together.
#[derive(Debug, Clone)]
pub struct Share {
    most: usize,
    under_way: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl Share {
    /// How long a job waits whose user has as many under way.
    pub const STEP_BACK: TimeDelta = TimeDelta::milliseconds(500);

    /// A share of `most` for each user.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            under_way: Arc::default(),
        }
    }

    /// Counts one more of `user`, until the answer is dropped; none when there are enough.
    pub fn begin(&self, user: UserId) -> Option<Turn> {
        let mut counts = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(user).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Turn {
            user,
            share: self.clone(),
        })
    }
}

/// Something of one user's that is under way, until this is dropped.
#[derive(Debug)]
pub struct Turn {
    user: UserId,
    share: Share,
}

impl Drop for Turn {
    fn drop(&mut self) {
        let under_way = &self.share.under_way;
        let mut counts = under_way.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.user) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn one_user_has_a_bounded_share_and_gets_it_back() {
        let share = Share::new(8);
        let (alice, bob) = (Uuid::from_u128(1).into(), Uuid::from_u128(2).into());

        let turns: Vec<_> = (0..8).map(|_| share.begin(alice).unwrap()).collect();

        assert!(share.begin(alice).is_none());
        assert!(share.begin(bob).is_some());
        drop(turns);
        assert!(share.begin(alice).is_some());
        assert!(share.under_way.lock().unwrap().is_empty(), "nobody is remembered");
    }
}
