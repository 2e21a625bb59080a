use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bcrypt::BcryptError;
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::sync::Semaphore;

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
/// second of a core by design, and everything else must still be served.
#[derive(Debug, Clone)]
pub(super) struct Passwords {
    cost: u32,
    cores: Arc<Semaphore>,
    computed: Arc<AtomicU64>,
}

impl Passwords {
    /// `cost` is bcrypt's: 12 in service, 4 in tests.
    pub(super) fn new(cost: u32) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cost,
            cores: Arc::new(Semaphore::new(cores)),
            computed: Arc::default(),
        }
    }

    /// Hashes `password` for storage.
    pub(super) async fn hash(&self, password: &SecretString) -> Result<String, PasswordError> {
        let (cost, password) = (self.cost, password.clone());
        self.compute(move || bcrypt::non_truncating_hash(password.expose_secret(), cost))
            .await
    }

    /// Returns true when `hash` is of `password`. With no hash, because there is no such user, the answer
    /// is no and costs the same.
    pub(super) async fn matches(
        &self,
        password: &SecretString,
        hash: Option<String>,
    ) -> Result<bool, PasswordError> {
        let is_known = hash.is_some();
        let hash = hash.unwrap_or_else(|| nobodys_hash(self.cost));
        let password = password.clone();
        let is_equal = self
            .compute(move || bcrypt::non_truncating_verify(password.expose_secret(), &hash))
            .await?;
        Ok(is_equal && is_known)
    }

    /// Number of hashes computed since the start.
    pub(super) fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, BcryptError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let core = Arc::clone(&self.cores)
            .acquire_owned()
            .await
            .map_err(|_| PasswordError::Abandoned)?;
        self.computed.fetch_add(1, Ordering::Relaxed);
        // The core is given back by the thread: a caller that goes away does not stop the computation.
        let thread = tokio::task::spawn_blocking(move || {
            let _core = core;
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
fn nobodys_hash(cost: u32) -> String {
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
        let passwords = Passwords::new(4);
        let hash = passwords.hash(&"correct horse".into()).await.unwrap();
        assert_eq!(passwords.computed(), 1);

        assert!(
            passwords
                .matches(&"correct horse".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .matches(&"battery staple".into(), Some(hash))
                .await
                .unwrap()
        );
        assert!(!passwords.matches(&"correct horse".into(), None).await.unwrap());

        assert_eq!(passwords.computed(), 4);
    }
}
