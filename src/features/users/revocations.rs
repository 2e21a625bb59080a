use std::collections::HashMap;
use std::fmt;
use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;

use crate::id::LoginId;

/// Maximum number of ended logins held by id, each for as long as one of its tokens could live.
const MOST_HELD: usize = 100_000;

/// The logins that ended while one of their access tokens may still live.
///
/// Bounded: when more end at once than are held, every token issued so far is refused instead, and clients refresh.
pub(super) struct Revocations {
    ended: RwLock<Ended>,
    changes: watch::Sender<()>,
}

#[derive(Default)]
struct Ended {
    /// Time until which each login's tokens are refused.
    until: HashMap<LoginId, DateTime<Utc>>,
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
    /// Refuses the tokens of `logins`, all of which expire within `life` of `now`.
    pub(super) fn add(&self, logins: &[LoginId], now: DateTime<Utc>, life: TimeDelta) {
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = |login: &&LoginId| !ended.until.contains_key(login);
        let logins: Vec<LoginId> = logins.iter().filter(is_new).copied().collect();
        if logins.is_empty() {
            return;
        }
        if ended.until.len() + logins.len() > MOST_HELD {
            ended.until.retain(|_, until| *until > now);
        }
        if ended.until.len() + logins.len() > MOST_HELD {
            ended.until.clear();
            ended.everybody = Some(now);
        } else {
            let until = now + life;
            ended.until.extend(logins.iter().map(|login| (*login, until)));
        }
        drop(ended);
        self.changes.send_replace(());
    }

    /// Returns true when a token of `login`, issued at `issued_at`, must be refused.
    pub(super) fn contains(&self, login: LoginId, issued_at: DateTime<Utc>) -> bool {
        let ended = self.ended.read().unwrap_or_else(PoisonError::into_inner);
        ended.everybody.is_some_and(|at| issued_at <= at) || ended.until.contains_key(&login)
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }
}

impl fmt::Debug for Revocations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ended = self.ended.read().unwrap_or_else(PoisonError::into_inner);
        write!(f, "Revocations({} logins)", ended.until.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_endings_than_are_held_refuse_every_token_issued_before_and_none_issued_after() {
        let revocations = Revocations::default();
        let login = |number: u128| LoginId::from(uuid::Uuid::from_u128(number));
        let now = DateTime::UNIX_EPOCH + TimeDelta::hours(1);
        let many: Vec<LoginId> = (0..=MOST_HELD as u128).map(login).collect();

        revocations.add(&many, now, TimeDelta::minutes(15));

        let bystander = login(u128::MAX);
        assert!(revocations.contains(bystander, now - TimeDelta::seconds(1)));
        assert!(revocations.contains(login(3), now));
        assert!(!revocations.contains(bystander, now + TimeDelta::seconds(1)));
    }

    #[test]
    fn an_ending_is_forgotten_when_room_is_needed_and_its_tokens_have_expired() {
        let revocations = Revocations::default();
        let login = |number: u128| LoginId::from(uuid::Uuid::from_u128(number));
        let many: Vec<LoginId> = (1..=MOST_HELD as u128).map(login).collect();
        revocations.add(&many, DateTime::UNIX_EPOCH, TimeDelta::minutes(15));

        let later = DateTime::UNIX_EPOCH + TimeDelta::minutes(16);
        revocations.add(&[login(0)], later, TimeDelta::minutes(15));

        assert!(revocations.contains(login(0), later));
        assert!(!revocations.contains(login(1), later));
    }
}
