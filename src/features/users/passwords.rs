use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bcrypt::BcryptError;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

use super::turns::{Asker, LineLimits, Turn, Turns};
use crate::graphql::ClientInfo;

/// The longest password, in bytes of UTF-8: bcrypt takes 72, and the last is its terminator.
pub const LONGEST_BYTES: usize = 71;

/// The shortest password, in characters.
pub const SHORTEST_CHARS: usize = 8;

/// Error of hashing or comparing a password.
#[derive(Debug, Error)]
pub enum PasswordError {
    /// bcrypt refused, or the stored hash is malformed.
    #[error("bcrypt failed")]
    Bcrypt(#[from] BcryptError),
    /// The thread that computed it ended early: the process is shutting down.
    #[error("the computation of a password hash was given up")]
    Abandoned,
}

/// Hashes and compares passwords off the async threads, as many at once as there are cores: one takes about half a
/// second of a core by design, and everything else must still be served. Each needs a [`Turn`].
#[derive(Debug, Clone)]
pub(super) struct Passwords {
    cost: u32,
    turns: Arc<Turns>,
    computed: Arc<AtomicU64>,
}

/// The reason why a password is not computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoTurn {
    /// Too many others wait; there is room again after this time.
    LineFull(Duration),
    /// Nobody waits for the answer any more.
    ClientGone,
}

impl Passwords {
    /// `cost` is bcrypt's: 12 in service, 4 in tests. No limits let any number wait.
    pub(super) fn new(cost: u32, limits: Option<LineLimits>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cost,
            turns: Turns::new(cores, limits),
            computed: Arc::default(),
        }
    }

    /// Waits for the turn of `client` to have a password computed.
    ///
    /// # Errors
    /// [`NoTurn`]
    pub(super) async fn turn(&self, client: &ClientInfo, is_regular: bool) -> Result<Turn, NoTurn> {
        let asker = Asker {
            ip: client.ip,
            is_regular,
        };
        tokio::select! {
            biased;
            () = client.gone.cancelled() => Err(NoTurn::ClientGone),
            turn = self.turns.take(asker) => turn.map_err(|full| NoTurn::LineFull(full.retry_after)),
        }
    }

    /// Hashes `password` for storage.
    pub(super) async fn hash(&self, turn: Turn, password: &SecretString) -> Result<String, PasswordError> {
        let (cost, password) = (self.cost, password.clone());
        self.compute(turn, move || {
            bcrypt::non_truncating_hash(password.expose_secret(), cost)
        })
        .await
    }

    /// Returns true when `hash` is of `password`. With no hash, because there is no such user, the answer
    /// is no and costs the same.
    pub(super) async fn matches(
        &self,
        turn: Turn,
        password: &SecretString,
        hash: Option<String>,
    ) -> Result<bool, PasswordError> {
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| nobodys_hash(self.cost));
        let password = password.clone();
        let is_equal = self
            .compute(turn, move || {
                bcrypt::non_truncating_verify(password.expose_secret(), &hash)
            })
            .await?;
        Ok(is_equal && is_known)
    }

    /// Number of hashes computed since the start.
    pub(super) fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    async fn compute<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnOnce() -> Result<T, BcryptError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        self.computed.fetch_add(1, Ordering::Relaxed);
        // The thread ends the turn: a caller that goes away does not stop the computation.
        let thread = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work()
        });
        Ok(thread.await.map_err(|_| PasswordError::Abandoned)??)
    }
}

/// Checks a new password, and returns the fault in words for its owner; nothing of the password is repeated.
pub(super) fn find_fault(password: &SecretString) -> Option<String> {
    let chars = password.expose_secret().chars().count();
    if chars < SHORTEST_CHARS {
        return Some(format!(
            "the password has {chars} characters; it needs at least {SHORTEST_CHARS}"
        ));
    }
    if password.expose_secret().contains('\0') {
        return Some("the password contains the character U+0000; leave it out".to_owned());
    }
    find_excess(password)
}

/// Fault of a password that nobody can have, because bcrypt would not read it to its end.
pub(super) fn find_excess(password: &SecretString) -> Option<String> {
    let bytes = password.expose_secret().len();
    (bytes > LONGEST_BYTES).then(|| {
        format!("the password is {bytes} bytes long in UTF-8; at most {LONGEST_BYTES} bytes are possible")
    })
}

/// A well-formed hash that no password has, so that comparing with it takes as long as with a real one.
pub(super) fn nobodys_hash(cost: u32) -> String {
    format!("$2b${cost:02}${}", ".".repeat(53))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(password: &str) -> Option<String> {
        find_fault(&password.into())
    }

    #[test]
    fn a_password_of_71_bytes_is_taken_and_one_of_72_is_told_the_limit_and_its_length() {
        assert_eq!(fault(&"x".repeat(71)), None);
        assert_eq!(fault(&"ü".repeat(35)), None);

        for too_long in ["x".repeat(72), "ü".repeat(36)] {
            let told = fault(&too_long).unwrap();
            assert!(told.contains("72 bytes") && told.contains("71 bytes"), "{told}");
        }
    }

    #[test]
    fn a_password_is_counted_in_characters_at_its_short_end() {
        assert_eq!(fault("pässwörd"), None);
        assert!(fault("pässwör").unwrap().contains("7 characters"));
        assert!(fault("pass\0word").is_some());
    }

    #[tokio::test]
    async fn nobody_has_a_password_and_asking_costs_one_computation_like_any_other() {
        let passwords = Passwords::new(4, None);
        let client = ClientInfo::default();
        let turn = async || passwords.turn(&client, false).await.unwrap();
        let hash = passwords
            .hash(turn().await, &"correct horse".into())
            .await
            .unwrap();
        assert_eq!(passwords.computed(), 1);

        for (password, hash, is_right) in [
            ("correct horse", Some(hash.clone()), true),
            ("battery staple", Some(hash), false),
            ("correct horse", None, false),
        ] {
            let matches = passwords.matches(turn().await, &password.into(), hash).await;
            assert_eq!(matches.unwrap(), is_right, "{password}");
        }

        assert_eq!(passwords.computed(), 4);
    }

    #[tokio::test]
    async fn nothing_is_computed_for_a_client_that_left() {
        let passwords = Passwords::new(4, None);
        let client = ClientInfo::default();

        client.gone.cancel();

        assert_eq!(
            passwords.turn(&client, true).await.unwrap_err(),
            NoTurn::ClientGone
        );
    }
}
