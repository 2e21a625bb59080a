use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use crate::id::UserId;

/// Lets one request of each user be carried out at a time, in this process. Nothing of the database is held meanwhile.
#[derive(Debug, Default)]
pub(super) struct Turns(Mutex<HashMap<UserId, Weak<AsyncMutex<()>>>>);

/// The turn of a user, which ends when this is dropped.
pub(super) type Turn = OwnedMutexGuard<()>;

impl Turns {
    /// Waits for the turn of `user`.
    pub(super) async fn take(&self, user: UserId) -> Turn {
        let turn = self.of(user);
        turn.lock_owned().await
    }

    fn of(&self, user: UserId) -> Arc<AsyncMutex<()>> {
        let mut turns = self.0.lock();
        if let Some(turn) = turns.get(&user).and_then(Weak::upgrade) {
            return turn;
        }
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(AsyncMutex::new(()));
        turns.insert(user, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_user_waits_for_their_own_turn_alone_and_nobody_is_remembered() {
        let turns = Turns::default();
        let (alice, bob) = (
            UserId::from(uuid::Uuid::from_u128(1)),
            UserId::from(uuid::Uuid::from_u128(2)),
        );

        let first = turns.take(alice).await;
        assert!(turns.of(alice).try_lock().is_err());
        drop(turns.take(bob).await);
        drop(first);

        assert!(turns.of(alice).try_lock().is_ok());
        assert_eq!(turns.0.lock().len(), 1, "bob is forgotten when alice comes again");
    }
}
