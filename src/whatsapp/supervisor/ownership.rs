//! Taking accounts from other nodes, and giving them back.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tracing::info;

use super::error::SupervisorError;
use super::running::{RunningSession, end, is_running};
use super::sessions::Supervisor;
use crate::account::AccountRef;
use crate::db::{DbError, nodes};
use crate::id::{AccountId, NodeId};
use crate::telemetry::Origin;
use crate::whatsapp::lease::{self, BootTime, Claim, Claimed, Ending, Lease};
use crate::whatsapp::session::SessionCommand;

/// Longest wait for an account that another node runs: for its goodbye to WhatsApp, or for the end of a dead node's lease.
const TAKE_TIMEOUT: Duration = Duration::from_secs(20);
/// Time between two tries to claim it.
const TRY_INTERVAL: Duration = Duration::from_millis(200);

impl From<Ending> for SessionCommand {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Stop => Self::Stop,
            Ending::LogOut => Self::LogOut,
        }
    }
}

impl Supervisor {
    /// Makes `account` this node's, and ends its session wherever it runs. None when the account does not exist.
    ///
    /// # Errors
    /// [`SupervisorError`].
    pub(super) async fn take(
        &self,
        slot: &mut Option<RunningSession>,
        account: AccountRef,
        ending: Ending,
    ) -> Result<Option<Lease>, SupervisorError> {
        end(slot, ending.into()).await;
        self.acquire(slot, account, ending).await
    }

    /// Makes `account` this node's, and ends its session when it runs on another. None when the account does not exist.
    ///
    /// # Errors
    /// [`SupervisorError`].
    pub(super) async fn acquire(
        &self,
        slot: &mut Option<RunningSession>,
        account: AccountRef,
        ending: Ending,
    ) -> Result<Option<Lease>, SupervisorError> {
        if self.live_lease(account.id).is_none() && is_running(slot.as_ref()) {
            end(slot, SessionCommand::Abandon).await;
        }
        self.start_keeper();
        let deadline = Instant::now() + TAKE_TIMEOUT;
        let mut is_asked = false;
        loop {
            // Claimed meanwhile, with all that nobody runs.
            if let Some(lease) = self.live_lease(account.id) {
                return Ok(Some(lease));
            }
            match self.claim_or_ask(account, ending).await? {
                Ok(lease) => return Ok(Some(lease)),
                Err(Claim::Gone) => return Ok(None),
                Err(_) if Instant::now() >= deadline => return Err(SupervisorError::Busy),
                Err(_) => {
                    if !std::mem::replace(&mut is_asked, true) {
                        info!(account.id = %account.id, "asking the server that runs account {} for it", account.id);
                    }
                    self.inner.settings.core.db.wake_others();
                    tokio::time::sleep(TRY_INTERVAL).await;
                }
            }
        }
    }

    /// Claims the lease, or asks the node that has it to give it back.
    async fn claim_or_ask(
        &self,
        account: AccountRef,
        ending: Ending,
    ) -> Result<Result<Lease, Claim>, SupervisorError> {
        let (node, timing) = (self.inner.node, self.inner.lease_timing);
        let asked = BootTime::now();
        let claim = self.in_time(async {
            let mut tx = self.inner.lease_db.begin_brief().await?;
            tx.name_user(account.user).await?;
            let claim = lease::claim(&mut tx, node, account, timing.ttl).await?;
            if matches!(claim, Claim::Held) {
                lease::ask(&mut tx, node, account.id, ending, timing.ttl, &Origin::current()).await?;
            }
            tx.commit().await?;
            Ok(claim)
        });
        Ok(match claim.await? {
            Claim::Granted(claimed) => Ok(self.hold(account, &claimed, asked)),
            other => Err(other),
        })
    }

    /// Does something with leases in the time that one lasts: a database that does not answer must not be waited for longer.
    pub(super) async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, DbError>>,
    ) -> Result<T, DbError> {
        tokio::time::timeout(self.inner.lease_timing.ttl, work)
            .await
            .unwrap_or_else(|_| Err(DbError::Connect("it did not answer in time".into())))
    }

    /// Keeps a lease that was claimed, asked for at `asked`.
    pub(super) fn hold(&self, account: AccountRef, claimed: &Claimed, asked: BootTime) -> Lease {
        if claimed.was_of_another {
            self.inner.settings.core.metrics.leases_taken_over.add_one();
        }
        let ends = asked + self.inner.lease_timing.held_for();
        let lease = Lease::new(account.id, claimed.fence, asked, ends);
        let before = self
            .inner
            .leases
            .lock()
            .insert(account.id, (account, lease.clone()));
        if let Some((_, before)) = before {
            before.fence().lose();
        }
        lease
    }

    /// The lease of `account`, if this node has it.
    pub(super) fn live_lease(&self, account: AccountId) -> Option<Lease> {
        let held = self.inner.leases.lock();
        held.get(&account)
            .map(|(_, lease)| lease.clone())
            .filter(Lease::is_live)
    }

    /// The number of leases that this server holds.
    pub fn held_leases(&self) -> usize {
        let held = self.inner.leases.lock();
        held.values().filter(|(_, lease)| lease.is_live()).count()
    }

    /// This server's id.
    pub fn node(&self) -> NodeId {
        self.inner.node
    }

    /// True while other servers run on the database, as this one saw last.
    pub fn others(&self) -> watch::Receiver<bool> {
        self.inner.others.subscribe()
    }

    /// Ends the leases of `before`, a server that has certainly ended.
    ///
    /// # Errors
    /// [`SupervisorError::Work`].
    pub async fn succeed(&self, before: NodeId) -> Result<(), SupervisorError> {
        let ended = self.in_time(async {
            let mut tx = self.inner.lease_db.begin_brief().await?;
            lease::end_all(&mut tx, before).await?;
            nodes::remove(&mut tx, before).await?;
            tx.commit().await
        });
        Ok(ended.await?)
    }

    /// Notes that the session of `account` makes a link.
    pub(super) async fn note_linking(&self, account: AccountId) -> Result<(), SupervisorError> {
        let noted = self.in_time(async {
            let mut tx = self.inner.lease_db.begin_brief().await?;
            lease::set_linking(&mut tx, self.inner.node, account).await?;
            tx.commit().await
        });
        Ok(noted.await?)
    }

    /// Gives back the leases of `accounts`, whose sessions have ended.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn release(
        &self,
        accounts: &[AccountId],
        is_handed_over: bool,
        is_settled: bool,
    ) -> Result<(), DbError> {
        for account in accounts {
            if let Some((_, lease)) = self.inner.leases.lock().remove(account) {
                lease.fence().lose();
            }
        }
        self.in_time(async {
            let mut tx = self.inner.lease_db.begin_brief().await?;
            lease::release(&mut tx, self.inner.node, accounts, is_handed_over, is_settled).await?;
            tx.commit().await
        })
        .await?;
        self.inner.settings.core.db.wake_others();
        Ok(())
    }

    /// Ends the session of `account` here and gives its lease back, for another node to go on.
    pub(super) async fn hand_over(&self, account: AccountId, ending: Ending) {
        let slot = self.slot(account);
        let mut slot = slot.lock().await;
        end(&mut slot, ending.into()).await;
        self.give_back(&[account], true, false).await;
    }
}
