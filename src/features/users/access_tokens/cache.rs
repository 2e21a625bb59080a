use std::collections::{HashMap, HashSet};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use lru::LruCache;
use parking_lot::Mutex;
use tokio::sync::broadcast;

use super::text::TokenHash;
use crate::graphql::Grant;
use crate::id::{AccessTokenId, UserId};

/// Maximum number of tokens that are remembered; the least recently used one is forgotten first.
const CAPACITY: NonZeroUsize = NonZeroUsize::new(4_096).expect("it is not zero");
/// Time for which a token is remembered before its row is read again.
const LIFE: TimeDelta = TimeDelta::seconds(30);
/// Shortest time between two notes of a token's use.
const USE_INTERVAL: TimeDelta = TimeDelta::minutes(1);
/// Number of revocations that a socket may be behind before it looks at its token's row instead.
const BACKLOG: usize = 256;

/// A token as its row says.
#[derive(Debug, Clone)]
pub(super) struct KnownToken {
    pub(super) id: AccessTokenId,
    pub(super) user: UserId,
    pub(super) grant: Arc<Grant>,
    pub(super) expires_at: DateTime<Utc>,
}

/// The end of tokens, as open sockets hear of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Revocation {
    /// This one was revoked.
    Of(AccessTokenId),
    /// Some were revoked by another process.
    Unknown,
}

/// The tokens that were used lately, so that not every request reads a row.
pub(in crate::features::users) struct AccessTokenCache {
    tokens: Mutex<Tokens>,
    revocations: broadcast::Sender<Revocation>,
    /// The tokens of open sockets, and how many each has.
    of_sockets: Mutex<HashMap<AccessTokenId, usize>>,
}

/// A socket that is open by a token, until it is dropped.
pub(super) struct OpenSocket<'a> {
    cache: &'a AccessTokenCache,
    id: AccessTokenId,
}

impl Drop for OpenSocket<'_> {
    fn drop(&mut self) {
        let mut of_sockets = self.cache.of_sockets.lock();
        if let Some(count) = of_sockets.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                of_sockets.remove(&self.id);
            }
        }
    }
}

struct Tokens {
    known: LruCache<TokenHash, Entry>,
    /// Grows with each revocation: what was read before one is not remembered after it.
    generation: u64,
}

struct Entry {
    token: KnownToken,
    read_at: DateTime<Utc>,
    /// Time of the last use that was noted.
    used_at: Option<DateTime<Utc>>,
}

impl Default for AccessTokenCache {
    fn default() -> Self {
        Self {
            tokens: Mutex::new(Tokens {
                known: LruCache::new(CAPACITY),
                generation: 0,
            }),
            revocations: broadcast::Sender::new(BACKLOG),
            of_sockets: Mutex::default(),
        }
    }
}

impl AccessTokenCache {
    /// The remembered token, and true when this use of it is to be noted.
    pub(super) fn find(&self, hash: &TokenHash, now: DateTime<Utc>) -> Option<(KnownToken, bool)> {
        let mut tokens = self.tokens.lock();
        let entry = tokens.known.get_mut(hash)?;
        if now - entry.read_at >= LIFE {
            tokens.known.pop(hash);
            return None;
        }
        let is_due = is_use_due(entry.used_at, now);
        if is_due {
            entry.used_at = Some(now);
        }
        Some((entry.token.clone(), is_due))
    }

    /// The present generation, to be taken before a row is read.
    pub(super) fn generation(&self) -> u64 {
        self.tokens.lock().generation
    }

    /// Remembers a token whose row was read at `now` in `generation`, and was last used at `used_at`. True when this use is
    /// to be noted; none when tokens were revoked since, so that the row must be read again.
    pub(super) fn remember(
        &self,
        hash: TokenHash,
        token: &KnownToken,
        generation: u64,
        used_at: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Option<bool> {
        let mut tokens = self.tokens.lock();
        if tokens.generation != generation {
            return None;
        }
        let is_due = is_use_due(used_at, now);
        let entry = Entry {
            token: token.clone(),
            read_at: now,
            used_at: if is_due { Some(now) } else { used_at },
        };
        tokens.known.put(hash, entry);
        Some(is_due)
    }

    /// Refuses these tokens from now on, and ends their sockets.
    pub(in crate::features::users) fn revoke(&self, revoked: &[AccessTokenId]) {
        if revoked.is_empty() {
            return;
        }
        let ids: HashSet<&AccessTokenId> = revoked.iter().collect();
        self.forget_those(|token| ids.contains(&token.id));
        for id in revoked {
            // There may be no socket.
            let _ = self.revocations.send(Revocation::Of(*id));
        }
    }

    /// Forgets every token, because some were revoked elsewhere; sockets look for theirs.
    pub(in crate::features::users) fn forget(&self) {
        self.forget_those(|_| true);
        let _ = self.revocations.send(Revocation::Unknown);
    }

    /// Counts a socket that is open by the token `id`.
    pub(super) fn open_socket(&self, id: AccessTokenId) -> OpenSocket<'_> {
        *self.of_sockets.lock().entry(id).or_default() += 1;
        OpenSocket { cache: self, id }
    }

    /// The tokens that are remembered, and those of open sockets.
    pub(in crate::features::users) fn in_use(&self) -> Vec<AccessTokenId> {
        let tokens = self.tokens.lock();
        let mut ids: HashSet<AccessTokenId> = tokens.known.iter().map(|(_, entry)| entry.token.id).collect();
        drop(tokens);
        ids.extend(self.of_sockets.lock().keys());
        ids.into_iter().collect()
    }

    /// Receives the revocations from now on.
    pub(super) fn subscribe(&self) -> broadcast::Receiver<Revocation> {
        self.revocations.subscribe()
    }

    fn forget_those(&self, is_meant: impl Fn(&KnownToken) -> bool) {
        let mut tokens = self.tokens.lock();
        tokens.generation += 1;
        let known = tokens.known.iter();
        let meant: Vec<TokenHash> = known
            .filter(|(_, entry)| is_meant(&entry.token))
            .map(|(hash, _)| *hash)
            .collect();
        for hash in meant {
            tokens.known.pop(&hash);
        }
    }
}

fn is_use_due(used_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    used_at.is_none_or(|used_at| now - used_at >= USE_INTERVAL)
}

impl fmt::Debug for AccessTokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessTokenCache({} tokens)", self.tokens.lock().known.len())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::db::AccountLimits;

    fn noon() -> DateTime<Utc> {
        "2026-11-29T12:00:00Z".parse().unwrap()
    }

    fn token(number: u128) -> KnownToken {
        KnownToken {
            id: Uuid::from_u128(number).into(),
            user: Uuid::from_u128(1).into(),
            grant: Arc::new(Grant {
                scopes: Vec::new(),
                limits: AccountLimits::NONE,
            }),
            expires_at: noon() + TimeDelta::days(1),
        }
    }

    #[test]
    fn a_token_is_remembered_for_seconds_and_its_use_noted_once_a_minute() {
        let cache = AccessTokenCache::default();
        let hash = [7; 32];
        let remember = |used_at, now| cache.remember(hash, &token(2), cache.generation(), used_at, now);

        assert_eq!(remember(None, noon()), Some(true));
        assert!(!cache.find(&hash, noon() + TimeDelta::seconds(29)).unwrap().1);
        assert!(cache.find(&hash, noon() + LIFE).is_none());
        assert_eq!(remember(Some(noon()), noon() + LIFE), Some(false));
        let later = noon() + LIFE + TimeDelta::seconds(29);
        assert!(!cache.find(&hash, later).unwrap().1);
        assert_eq!(remember(Some(noon()), noon() + USE_INTERVAL), Some(true));
    }

    #[test]
    fn a_row_that_was_read_before_a_revocation_is_not_remembered_after_it() {
        let cache = AccessTokenCache::default();
        let (revoked, other) = (token(2), token(3));
        cache.remember([3; 32], &other, cache.generation(), None, noon());
        let before = cache.generation();
        let mut heard = cache.subscribe();

        cache.revoke(&[revoked.id]);

        assert_eq!(cache.remember([2; 32], &revoked, before, None, noon()), None);
        assert!(cache.find(&[2; 32], noon()).is_none());
        assert!(cache.find(&[3; 32], noon()).is_some());
        assert!(matches!(heard.try_recv(), Ok(Revocation::Of(id)) if id == revoked.id));
    }

    #[test]
    fn memory_is_bounded() {
        let cache = AccessTokenCache::default();

        for number in 0..CAPACITY.get() as u128 + 10 {
            let mut hash = [0; 32];
            hash[..16].copy_from_slice(&number.to_be_bytes());
            cache.remember(hash, &token(number), 0, None, noon());
        }

        assert_eq!(cache.tokens.lock().known.len(), CAPACITY.get());
    }
}
