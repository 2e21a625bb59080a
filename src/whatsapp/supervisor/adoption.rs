//! Adoption of accounts that nobody runs, and the sharing of accounts among nodes.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use tracing::{info, warn};

use super::error::SupervisorError;
use super::running::{RunningSession, end, is_running};
use super::sessions::Supervisor;
use crate::account::AccountRef;
use crate::db::DbError;
use crate::event::{LinkEvent, StopCause};
use crate::id::AccountId;
use crate::telemetry;
use crate::whatsapp::lease::{self, BootTime, Ending, Lease, Orphan};
use crate::whatsapp::session::SessionCommand;

/// Average time between the starts of two accounts, so that a thousand are under way within half a minute.
const START_INTERVAL: Duration = Duration::from_millis(25);
/// Accounts that are reported and started at the same time, so that none waits for a session that is slow to end.
const ADOPTED_AT_ONCE: usize = 16;
/// Most interrupted links that are reported in one round.
const LINKS_AT_ONCE: i64 = 100;
/// Time for which a lease without a session is kept, for the verb that ended the session.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// Message of an account that stops because its linking was interrupted.
const LINKING_INTERRUPTED: &str =
    "the server restarted while it was being linked; restart the account for a new code";

/// Account that was claimed, and what was found of it.
struct Adopted {
    orphan: Orphan,
    lease: Lease,
    was_handed_over: bool,
}

impl Supervisor {
    /// Starts this node's share of the accounts that should run and that nobody runs, spread so that they do not all connect
    /// at once, and returns their number. When it returns, each is reported as resuming, whatever its state was when its
    /// server went down; one that was being linked then is stopped, because its codes are gone. From then on this node
    /// takes over what other nodes leave behind.
    ///
    /// # Errors
    /// [`SupervisorError::Work`].
    pub async fn start_all(&self) -> Result<usize, SupervisorError> {
        let round = self.round().await?;
        self.start_keeper();
        let count = self.adopt(round.missing()).await?;
        self.inner.adopts.store(true, Ordering::Release);
        let node = self.inner.node;
        info!(node.id = %node, accounts = count, "starting the sessions of {count} accounts");
        Ok(count)
    }

    /// Claims at most `most` accounts that should run and that nobody runs, and starts them; returns their number. Links
    /// that were interrupted are reported.
    pub(super) async fn adopt(&self, most: i64) -> Result<usize, SupervisorError> {
        let (adopted, begun) = (self.claim_orphans(most).await?, Instant::now());
        let count = adopted
            .iter()
            .filter(|adopted| !adopted.orphan.is_linking)
            .count();
        let step = u64::try_from(START_INTERVAL.as_millis() * 2).unwrap_or(u64::MAX);
        let ids = &self.inner.settings.core.ids;
        let starts = adopted.iter().scan(begun, |start, _| {
            *start += Duration::from_millis(ids.between(0, step));
            Some(*start)
        });
        stream::iter(adopted.iter().zip(starts))
            .map(Ok)
            .try_for_each_concurrent(ADOPTED_AT_ONCE, async |(adopted, start)| {
                self.start_adopted(adopted, start).await
            })
            .await?;
        Ok(count)
    }

    /// Starts an account that was claimed, unless something else was decided of it meanwhile.
    async fn start_adopted(&self, adopted: &Adopted, start: Instant) -> Result<(), SupervisorError> {
        let Adopted {
            orphan,
            lease,
            was_handed_over,
        } = adopted;
        let account = orphan.account;
        let slot = self.slot(account.id);
        let mut slot = slot.lock().await;
        let fence = lease.fence().number();
        let is_held = self
            .live_lease(account.id)
            .is_some_and(|held| held.fence().number() == fence);
        let has_session = slot.as_ref().is_some_and(|running| running.fence == fence);
        if !is_held || has_session {
            return Ok(());
        }
        if orphan.is_linking {
            self.report_interruption(account, lease).await;
            return Ok(());
        }
        if !self.is_wanted(account.id).await? {
            self.give_back(&[account.id], false, true).await;
            return Ok(());
        }
        if !was_handed_over {
            self.report(account, lease, LinkEvent::Resuming).await;
        }
        // One that ran under a lease which is over.
        end(&mut slot, SessionCommand::Abandon).await;
        let wait = start.saturating_duration_since(Instant::now());
        self.start_in(&mut slot, account, lease, None, wait)
    }

    async fn is_wanted(&self, account: AccountId) -> Result<bool, SupervisorError> {
        let mut tx = self.inner.settings.core.db.begin_without_user().await?;
        let wanted = lease::wanted(&mut tx, account).await?;
        tx.rollback().await?;
        Ok(wanted)
    }

    async fn claim_orphans(&self, most: i64) -> Result<Vec<Adopted>, SupervisorError> {
        if self.inner.stop.is_cancelled() {
            return Ok(Vec::new());
        }
        let adopted = self.in_time(self.claim_free(most)).await?;
        if self.inner.stop.is_cancelled() {
            // The shutdown may have given back what was held before.
            let claimed: Vec<AccountId> = adopted.iter().map(|adopted| adopted.orphan.account.id).collect();
            self.give_back(&claimed, true, false).await;
            return Ok(Vec::new());
        }
        Ok(adopted)
    }

    async fn claim_free(&self, most: i64) -> Result<Vec<Adopted>, DbError> {
        let (node, timing) = (self.inner.node, self.inner.lease_timing);
        let mut tx = self.inner.lease_db.begin_brief().await?;
        let found = lease::orphans(&mut tx, most + LINKS_AT_ONCE).await?;
        let mut room = usize::try_from(most).unwrap_or_default();
        let mut orphans: HashMap<AccountId, Orphan> = HashMap::new();
        for orphan in found {
            if orphan.is_linking || room > 0 {
                room = room.saturating_sub(usize::from(!orphan.is_linking));
                orphans.insert(orphan.account.id, orphan);
            }
        }
        if orphans.is_empty() {
            tx.rollback().await?;
            return Ok(Vec::new());
        }
        let mut ids: Vec<AccountId> = orphans.keys().copied().collect();
        ids.sort();
        let asked = BootTime::now();
        let claimed = lease::claim_all(&mut tx, node, &ids, timing.ttl).await?;
        tx.commit().await?;
        let adopted = claimed.into_iter().filter_map(|claimed| {
            let orphan = orphans.remove(&claimed.account_id)?;
            let lease = self.hold(orphan.account, &claimed, asked);
            Some(Adopted {
                orphan,
                lease,
                was_handed_over: claimed.was_handed_over,
            })
        });
        let mut adopted: Vec<Adopted> = adopted.collect();
        adopted.sort_by_key(|adopted| adopted.orphan.account.id);
        Ok(adopted)
    }

    async fn report_interruption(&self, account: AccountRef, lease: &Lease) {
        let interrupted = LinkEvent::Stopped {
            cause: StopCause::LinkingInterrupted,
            message: LINKING_INTERRUPTED.to_owned(),
        };
        self.report(account, lease, interrupted).await;
        self.give_back(&[account.id], false, true).await;
    }

    /// Hands at most `excess` accounts over, those first that this node took last: in a rolling restart they go back to where
    /// they came from, so that each moves twice and none a third time. A batch at a time, and none that is being linked.
    pub(super) fn hand_over_latest(&self, excess: usize) {
        let Ok(moving) = Arc::clone(&self.inner.moving).try_lock_owned() else {
            return;
        };
        let mut held: Vec<(BootTime, AccountId)> = {
            let leases = self.inner.leases.lock();
            leases
                .iter()
                .map(|(id, (_, lease))| (lease.claimed(), *id))
                .collect()
        };
        held.sort();
        let movable = held.into_iter().rev().map(|(_, id)| id).filter(|id| {
            let slot = self.slot(*id);
            let slot = slot.try_lock();
            slot.is_ok_and(|slot| slot.as_ref().is_some_and(RunningSession::is_movable))
        });
        let chosen: Vec<AccountId> = movable
            .take(excess.min(self.inner.lease_timing.moves_at_once))
            .collect();
        let supervisor = self.clone();
        self.inner.tasks.spawn(async move {
            for account in chosen {
                info!(account.id = %account, "handing account {account} over to another server, which has fewer");
                supervisor.hand_over(account, Ending::Stop).await;
            }
            drop(moving);
        });
    }

    /// Gives back the leases of accounts whose sessions ended some time ago and are not to go on here by themselves: nobody
    /// wants them to run, or the verb that ended them failed before it started another.
    pub(super) async fn release_idle(&self) {
        let idle: Vec<AccountId> = self.idle_for(IDLE_TIMEOUT);
        if idle.is_empty() {
            return;
        }
        let resting = self.in_time(async {
            let mut tx = self.inner.lease_db.begin_brief().await?;
            let resting = lease::resting(&mut tx, &idle).await?;
            tx.rollback().await?;
            Ok(resting)
        });
        match resting.await {
            Ok(resting) => {
                for account in idle.iter().filter(|id| !resting.contains(id)) {
                    self.release_if_idle(*account).await;
                }
            }
            Err(error) => {
                warn!(error = %telemetry::chain(&error), "leases that nobody needs could not be given back");
            }
        }
    }

    async fn release_if_idle(&self, account: AccountId) {
        let slot = self.slot(account);
        let slot = slot.lock().await;
        if !is_running(slot.as_ref()) {
            self.give_back(&[account], false, true).await;
        }
    }
}
