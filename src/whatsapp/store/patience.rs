//! Writes that must not fail because the database was away for a moment.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use diesel::result::DatabaseErrorKind as Kind;
use diesel::result::Error::DatabaseError;
use tracing::{error, warn};
use whatsapp_rust::wacore::store::error::{Result, StoreError};

use super::Store;
use super::space::{Place, Value};
use crate::db::DbError;

/// As long as a restart of PostgreSQL takes, and then some.
const PATIENCE: TimeDelta = TimeDelta::seconds(60);
const FIRST_WAIT: TimeDelta = TimeDelta::milliseconds(50);
const LONGEST_WAIT: TimeDelta = TimeDelta::seconds(2);

impl Store {
    /// Writes until it succeeds, fails for good, or time runs out.
    ///
    /// For the buffer of messages. Where it fails on one that arrived live, the library goes on and writes the ratchet
    /// that has passed the message; delivered again, the message is a duplicate that nobody kept, and is acknowledged.
    /// While it waits here, the library waits too and nothing is lost.
    pub(super) async fn insist(&self, rows: &BTreeMap<Place, Value>) -> Result<()> {
        let _busy = self.busy();
        let deadline = self.clock.now() + PATIENCE;
        let mut wait = FIRST_WAIT;
        loop {
            let cause = match self.write_rows(rows).await {
                Err(cause) if may_pass(&cause) => cause,
                done => return done,
            };
            let now = self.clock.now();
            if now >= deadline {
                error!(account.id = %self.account.id, %cause, "a message could not be buffered and may be lost");
                return Err(cause);
            }
            warn!(account.id = %self.account.id, %cause, "a message waits for the database");
            self.clock.sleep_until(now + wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }
}

/// Whether the same write may succeed later: not where the account is gone.
fn may_pass(error: &StoreError) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<DbError>());
    match cause {
        Some(DbError::Query(DatabaseError(kind, _))) => !matches!(
            kind,
            Kind::ForeignKeyViolation | Kind::CheckViolation | Kind::NotNullViolation | Kind::UniqueViolation
        ),
        Some(_) => true,
        None => false,
    }
}
