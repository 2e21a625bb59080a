//! Writes that are tried again while the database is away for a moment.

use chrono::TimeDelta;
use diesel::result::DatabaseErrorKind as Kind;
use diesel::result::Error::DatabaseError;
use tracing::{error, warn};
use whatsapp_rust::wacore::store::error::{Result, StoreError};

use super::account_store::Store;
use crate::db::DbError;
use crate::telemetry;

/// Time after which a write is given up: longer than a restart of PostgreSQL takes.
const WRITE_TIMEOUT: TimeDelta = TimeDelta::seconds(60);
/// Wait before the second try; doubled for each further one.
const FIRST_WAIT: TimeDelta = TimeDelta::milliseconds(50);
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(2);

impl Store {
    /// Stores what is in memory alone until that succeeds, fails for good, or times out.
    ///
    /// For copies of messages whose ratchet may be stored. When that write fails for a live message, the library goes on;
    /// delivered again, the message is a duplicate without a copy, and is acknowledged. While the write waits here, the
    /// library waits too and nothing is lost.
    pub(super) async fn store_unstored_with_retry(&self) -> Result<()> {
        let _waiting = self.wait_guard();
        let deadline = self.clock.now() + WRITE_TIMEOUT;
        let mut wait = FIRST_WAIT;
        loop {
            let cause = match self.store_unstored_durably().await {
                Err(cause) if is_transient(&cause) => cause,
                done => return done,
            };
            let now = self.clock.now();
            if now >= deadline {
                error!(
                    account.id = %self.account.id,
                    error = %telemetry::chain(&cause),
                    "a received message of account {} could not be buffered and may be lost", self.account.id
                );
                return Err(cause);
            }
            warn!(
                account.id = %self.account.id,
                error = %telemetry::chain(&cause),
                "a received message of account {} waits for the database", self.account.id
            );
            self.clock.sleep_until(now + wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }
}

/// Returns true when the same write may succeed later; false when the account is gone, or another node's.
fn is_transient(error: &StoreError) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<DbError>());
    match cause {
        Some(DbError::Query(DatabaseError(kind, _))) => !matches!(
            kind,
            Kind::ForeignKeyViolation | Kind::CheckViolation | Kind::NotNullViolation | Kind::UniqueViolation
        ),
        Some(DbError::LeaseOver { .. }) | None => false,
        Some(_) => true,
    }
}
