//! Fences: a session commits only while the lease of its account is held.
//!
//! ```text
//! Db::begin_fenced -> the session's writes -> `SELECT amda_hold_lease(account, fence); COMMIT`, in one message
//! ```
//!
//! The comparison and the commit reach the server together, so a node that sleeps between two statements commits nothing
//! afterwards. The comparison locks the lease against a claim until the commit is done. A transaction that idles is ended
//! by the server, so that one of a node that sleeps keeps no row from the account's next owner.

use std::sync::Arc;

use diesel::result::Error::DatabaseError;
use tokio_util::sync::CancellationToken;

use super::DbError;
use crate::id::AccountId;

/// What `amda_hold_lease` says of a lease that is over.
const OVER: &str = "AMDA: the lease is over";
/// A further column of the `SELECT` that names a transaction's user, which lets the server end the transaction when it hears
/// nothing from its client for this long.
pub(super) const END_WHEN_IDLE: &str = ", set_config('idle_in_transaction_session_timeout', '10s', true)";

/// The claim of an account's lease that a session runs under. Clones share whether it was lost.
#[derive(Debug, Clone)]
pub struct Fence {
    claim: Arc<Claim>,
}

#[derive(Debug)]
struct Claim {
    account: AccountId,
    number: i64,
    lost: CancellationToken,
}

impl Fence {
    /// The fence of a claim of the lease of `account`; `number` is higher than that of every claim before.
    pub fn new(account: AccountId, number: i64) -> Self {
        let claim = Claim {
            account,
            number,
            lost: CancellationToken::new(),
        };
        Self {
            claim: Arc::new(claim),
        }
    }

    /// The number of the claim.
    pub fn number(&self) -> i64 {
        self.claim.number
    }

    /// Notes that the lease is lost: whoever runs under it has to end.
    pub fn lose(&self) {
        self.claim.lost.cancel();
    }

    /// Returns true when the lease was lost.
    pub fn is_lost(&self) -> bool {
        self.claim.lost.is_cancelled()
    }

    /// Returns when the lease was lost: a commit was refused, or [`Self::lose`] was called.
    pub async fn lost(&self) {
        self.claim.lost.cancelled().await;
    }

    /// The statements that compare the fence and commit. The id is a UUID and cannot carry SQL.
    pub(super) fn commit_statements(&self) -> String {
        format!(
            "SELECT amda_hold_lease('{}', {}); COMMIT",
            self.claim.account.as_uuid(),
            self.claim.number
        )
    }

    /// The error of [`Self::commit_statements`]. The lease is lost where that is the cause.
    pub(super) fn refusal(&self, error: diesel::result::Error) -> DbError {
        match error {
            DatabaseError(_, details) if details.message() == OVER => {
                self.lose();
                DbError::LeaseOver {
                    account: self.claim.account,
                }
            }
            other => other.into(),
        }
    }
}
