use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use crate::db::tombstones;
use crate::id::{SessionId, UserId};

/// Maximum number of ended sessions held by id, each for as long as one of its tokens could live.
const MOST_HELD: usize = 100_000;

/// The sessions that ended while one of their access tokens may still live.
///
/// Bounded: when more end at once than are held, every token issued so far is refused instead, and clients refresh.
pub(super) struct Revocations {
    ended: RwLock<Ended>,
    changes: watch::Sender<()>,
}

#[derive(Default)]
struct Ended {
    /// Time until which each session's tokens are refused.
    until: HashMap<SessionId, DateTime<Utc>>,
    /// Time until which the tokens of each deleted user are refused, by the hash of their tombstone. A user whom another
    /// node deleted is known by nothing else.
    deleted: HashMap<Vec<u8>, DateTime<Utc>>,
    /// Tokens issued at or before this are refused, whosever they are.
    everybody: Option<DateTime<Utc>>,
}

impl Default for Revocations {
    fn default() -> Self {
        Self {
            ended: RwLock::default(),
            changes: watch::Sender::new(()),
        }
    }
}

impl Revocations {
    /// Refuses the tokens of `sessions`, all of which expire within `life` of `now`.
    pub(super) fn add(&self, sessions: &[SessionId], now: DateTime<Utc>, life: TimeDelta) {
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = |session: &&SessionId| !ended.until.contains_key(session);
        let sessions: Vec<SessionId> = sessions.iter().filter(is_new).copied().collect();
        if sessions.is_empty() {
            return;
        }
        if ended.until.len() + sessions.len() > MOST_HELD {
            ended.until.retain(|_, until| *until > now);
        }
        if ended.until.len() + sessions.len() > MOST_HELD {
            ended.until.clear();
            ended.everybody = Some(now);
        } else {
            let until = now + life;
            ended
                .until
                .extend(sessions.iter().map(|session| (*session, until)));
        }
        drop(ended);
        self.changes.send_replace(());
    }

    /// Refuses the tokens of the users with these tombstones, all of which expire within `life` of `now`.
    pub(super) fn add_deleted(&self, hashes: &[Vec<u8>], now: DateTime<Utc>, life: TimeDelta) {
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        ended.deleted.retain(|_, until| *until > now);
        let known = ended.deleted.len();
        ended
            .deleted
            .extend(hashes.iter().map(|hash| (hash.clone(), now + life)));
        let is_new = ended.deleted.len() > known;
        drop(ended);
        if is_new {
            self.changes.send_replace(());
        }
    }

    /// Returns true when `user` was deleted lately by another node.
    pub(super) fn is_deleted(&self, user: UserId) -> bool {
        let ended = self.ended.read().unwrap_or_else(PoisonError::into_inner);
        !ended.deleted.is_empty() && ended.deleted.contains_key(&tombstones::hash(user))
    }

    /// Returns true when a token of `session`, issued at `issued_at`, must be refused.
    pub(super) fn contains(&self, session: SessionId, issued_at: DateTime<Utc>) -> bool {
        let ended = self.ended.read().unwrap_or_else(PoisonError::into_inner);
        ended.everybody.is_some_and(|at| issued_at <= at) || ended.until.contains_key(&session)
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}

impl fmt::Debug for Revocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = self.ended.read().unwrap_or_else(PoisonError::into_inner);
        write!(f, "Revocations({} sessions)", ended.until.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_endings_than_are_held_refuse_every_token_issued_before_and_none_issued_after() {
        let revocations = Revocations::default();
        let session = |number: u128| SessionId::from(uuid::Uuid::from_u128(number));
        let now = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let many: Vec<SessionId> = (0..=MOST_HELD as u128).map(session).collect();

        revocations.add(&many, now, TimeDelta::minutes(15));

        let bystander = session(u128::MAX);
        assert!(revocations.contains(bystander, now - TimeDelta::seconds(1)));
        assert!(revocations.contains(session(3), now));
        assert!(!revocations.contains(bystander, now + TimeDelta::seconds(1)));
    }

    #[test]
    fn an_ending_is_forgotten_when_room_is_needed_and_its_tokens_have_expired() {
        let revocations = Revocations::default();
        let session = |number: u128| SessionId::from(uuid::Uuid::from_u128(number));
        let many: Vec<SessionId> = (1..=MOST_HELD as u128).map(session).collect();
        revocations.add(&many, DateTime::UNIX_EPOCH, TimeDelta::minutes(15));

        let later = DateTime::UNIX_EPOCH + TimeDelta::minutes(16);
        revocations.add(&[session(0)], later, TimeDelta::minutes(15));

        assert!(revocations.contains(session(0), later));
        assert!(!revocations.contains(session(1), later));
    }
}
