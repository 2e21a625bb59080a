//! The keeper: renews this node and its leases round by round, and looks for what other nodes ask for and leave behind.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::running::is_running;
use super::sessions::Supervisor;
use crate::db::DbError;
use crate::db::nodes::{self, LiveNodes};
use crate::id::AccountId;
use crate::telemetry;
use crate::whatsapp::lease::{self, AskedFor, BootTime, Census, Lease, OpenQuestion};

/// Shortest time between two rounds.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// What a round found.
pub(super) struct Round {
    /// Nodes that live, this one among them.
    nodes: LiveNodes,
    census: Census,
    asked_for: Vec<AskedFor>,
    questions: Vec<OpenQuestion>,
    /// There are accounts that nobody runs.
    has_orphans: bool,
}

impl Round {
    /// Number of accounts by which this node has fewer than its share; negative when it has more.
    pub(super) fn missing(&self) -> i64 {
        let nodes = self.nodes.staying.max(1);
        (self.census.total + nodes - 1) / nodes - self.census.own
    }
}

/// Returns when another node wakes this one, and not often.
async fn woken(wakes: &mut watch::Receiver<()>) {
    tokio::time::sleep(SHORTEST_PAUSE).await;
    if wakes.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}

impl Supervisor {
    /// Starts the keeper, unless it runs.
    pub(super) fn start_keeper(&self) {
        self.inner.keeper.get_or_init(|| {
            let stop = CancellationToken::new();
            self.inner.tasks.spawn(self.clone().keep(stop.clone()));
            stop
        });
    }

    /// Ends the keeper, and removes this node.
    pub(super) async fn end_keeper(&self) {
        let Some(keeper) = self.inner.keeper.get() else {
            return;
        };
        keeper.cancel();
        let removed = async {
            let mut tx = self.inner.lease_db.begin_brief().await?;
            nodes::remove(&mut tx, self.inner.node).await?;
            tx.commit().await
        };
        if let Err(error) = removed.await {
            error.warn("this server could not be removed from the list: it counts for some seconds more");
        }
    }

    async fn keep(self, stop: CancellationToken) {
        let mut wakes = self.inner.lease_db.subscribe_to_wakeups_of_others();
        loop {
            let round = tokio::time::timeout(self.inner.lease_timing.ttl / 3, self.round());
            let round = tokio::select! {
                () = stop.cancelled() => return,
                round = round => round,
            };
            match round {
                Ok(Ok(round)) => self.act(round),
                Ok(Err(error)) => error.warn("the leases of accounts cannot be renewed now"),
                Err(_) => warn!(
                    "the leases of accounts cannot be renewed now: the database does not answer in time"
                ),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(self.pause()) => {}
                () = woken(&mut wakes) => {}
            }
        }
    }

    /// Time until the next round: a node that is alone and has nothing looks less often.
    fn pause(&self) -> Duration {
        let round = self.inner.lease_timing.round;
        let is_idle = self.inner.leases.lock().is_empty() && !*self.inner.others.borrow();
        if is_idle { round * 2 } else { round }
    }

    /// Renews everything, and asks what there is to do.
    pub(super) async fn round(&self) -> Result<Round, DbError> {
        let (node, timing) = (self.inner.node, self.inner.lease_timing);
        let held: Vec<(AccountId, Lease)> = {
            let leases = self.inner.leases.lock();
            leases
                .iter()
                .map(|(id, (_, lease))| (*id, lease.clone()))
                .collect()
        };
        let ids: Vec<AccountId> = held.iter().map(|(id, _)| *id).collect();
        let asked = BootTime::now();
        let mut tx = self.inner.lease_db.begin_brief().await?;
        nodes::beat(&mut tx, node, timing.ttl).await?;
        let renewed: HashSet<(AccountId, i64)> = lease::renew(&mut tx, node, &ids, timing.ttl)
            .await?
            .into_iter()
            .collect();
        let round = Round {
            nodes: nodes::count(&mut tx).await?,
            census: lease::census(&mut tx, node).await?,
            asked_for: lease::asked_for(&mut tx, node).await?,
            questions: lease::open_questions(&mut tx, node).await?,
            has_orphans: !lease::orphans(&mut tx, 1).await?.is_empty(),
        };
        tx.commit().await?;
        let has_others = round.nodes.living > 1;
        self.inner
            .others
            .send_if_modified(|others| std::mem::replace(others, has_others) != has_others);
        for (id, lease) in held {
            if renewed.contains(&(id, lease.fence().number())) {
                lease.extend(asked + timing.held_for());
            } else {
                lease.fence().lose();
            }
        }
        Ok(round)
    }

    /// Does what the round found, beside the next rounds.
    fn act(&self, round: Round) {
        self.forget_lost();
        let missing = round.missing();
        if self.inner.stop.is_cancelled() {
            return;
        }
        for asked in &round.asked_for {
            // One that is locked is being started or ended; the next round finds it again.
            if self.slot(asked.account_id).try_lock().is_ok() {
                let (supervisor, account, ending) = (self.clone(), asked.account_id, asked.ending);
                self.inner
                    .tasks
                    .spawn(async move { supervisor.hand_over(account, ending).await });
            }
        }
        for question in round.questions {
            let supervisor = self.clone();
            self.inner
                .tasks
                .spawn(async move { supervisor.answer(question).await });
        }
        if !self.inner.adopts.load(Ordering::Acquire) {
            return;
        }
        let supervisor = self.clone();
        if missing < 0 {
            self.hand_over_oldest(usize::try_from(-missing).unwrap_or_default());
        }
        self.inner.tasks.spawn(async move {
            if round.has_orphans
                && let Err(error) = supervisor.adopt(missing.max(0)).await
            {
                warn!(error = %telemetry::chain(&error), "accounts that nobody runs could not be taken over");
            }
            supervisor.release_unwanted().await;
        });
    }

    /// Forgets the leases that are over, and what is left of their slots.
    fn forget_lost(&self) {
        self.inner.leases.lock().retain(|_, (_, lease)| lease.is_live());
        self.forget_empty_slots();
    }

    /// The accounts that this node has had for longer than `time` and of which no session runs.
    pub(super) fn idle_since(&self, time: Duration) -> Vec<AccountId> {
        let now = BootTime::now();
        let held: Vec<AccountId> = {
            let leases = self.inner.leases.lock();
            let old = leases
                .iter()
                .filter(|(_, (_, lease))| lease.claimed() + time <= now);
            old.map(|(id, _)| *id).collect()
        };
        let is_idle = |id: &AccountId| {
            let slot = self.slot(*id);
            slot.try_lock().is_ok_and(|slot| !is_running(slot.as_ref()))
        };
        held.into_iter().filter(is_idle).collect()
    }
}
