//! The keeper: renews this node and its leases round by round, and looks for what other nodes ask for and leave behind.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::field::Empty;
use tracing::{Instrument as _, Span, info, warn};

use super::running::is_running;
use super::sessions::Supervisor;
use crate::db::DbError;
use crate::db::nodes::{self, LiveNodes};
use crate::id::{AccountId, NodeId};
use crate::telemetry::{self, Origin};
use crate::whatsapp::lease::{self, AskedFor, BootTime, Census, Lease, OpenQuestion};

/// Shortest time between two rounds.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// What other nodes ask this one for.
struct Requests {
    asked_for: Vec<AskedFor>,
    questions: Vec<OpenQuestion>,
    /// There are accounts that were handed over for others to go on with.
    has_handed_over: bool,
}

/// What a round found.
pub(super) struct Round {
    /// Nodes that live, this one among them.
    nodes: LiveNodes,
    census: Census,
    requests: Requests,
    /// There are accounts that nobody runs.
    has_orphans: bool,
}

impl Requests {
    async fn load(conn: &mut AsyncPgConnection, node: NodeId) -> QueryResult<Self> {
        Ok(Self {
            asked_for: lease::asked_for(conn, node).await?,
            questions: lease::open_questions(conn, node).await?,
            has_handed_over: lease::has_handed_over(conn).await?,
        })
    }
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

/// The span of what another node asks for because of `origin`.
pub(super) fn asked_span(account: AccountId, origin: &Origin) -> Span {
    let span = tracing::info_span!("asked", account.id = %account, request.id = Empty);
    origin.continue_in(&span);
    span
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
        let removed = self.in_time(async {
            let mut tx = self.inner.lease_db.begin_brief().await?;
            nodes::remove(&mut tx, self.inner.node).await?;
            tx.commit().await
        });
        if let Err(error) = removed.await {
            error.warn("this server could not be removed from the list: it counts for some seconds more");
        }
    }

    async fn keep(self, stop: CancellationToken) {
        let mut wakes = self.inner.lease_db.subscribe_to_wakeups_of_others();
        let mut next = Instant::now();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep_until(next) => {}
                () = woken(&mut wakes) => {
                    if !self.do_requests(&stop).await {
                        continue;
                    }
                }
            }
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
            next = Instant::now() + self.pause();
        }
    }

    /// Does what other nodes ask for. True when there are accounts to take over, which a round does.
    async fn do_requests(&self, stop: &CancellationToken) -> bool {
        let asked = self.in_time(async {
            let mut tx = self.inner.keeper_db.begin_brief().await?;
            let requests = Requests::load(&mut tx, self.inner.node).await?;
            tx.rollback().await?;
            Ok(requests)
        });
        let asked = tokio::select! {
            () = stop.cancelled() => return false,
            asked = asked => asked,
        };
        match asked {
            Ok(requests) => {
                let has_handed_over = requests.has_handed_over;
                self.act_on(requests);
                has_handed_over
            }
            // The next round finds it again.
            Err(_) => false,
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
                .filter(|(_, (_, lease))| lease.is_live())
                .map(|(id, (_, lease))| (*id, lease.clone()))
                .collect()
        };
        let ids: Vec<AccountId> = held.iter().map(|(id, _)| *id).collect();
        let master_keys = self.inner.settings.core.vault.ring().ids();
        let asked = BootTime::now();
        let mut tx = self.inner.keeper_db.begin_brief().await?;
        nodes::beat(&mut tx, node, timing.ttl, &master_keys).await?;
        let renewed: HashSet<(AccountId, i64)> = lease::renew(&mut tx, node, &ids, timing.ttl)
            .await?
            .into_iter()
            .collect();
        // What is not among these is lost; what was not renewed, because another transaction has it locked, is renewed later.
        let ours: HashSet<(AccountId, i64)> = lease::owned(&mut tx, node, &ids).await?.into_iter().collect();
        let open = if held.is_empty() {
            Some(tx)
        } else {
            // Before anything is read, so that nobody waits for these rows longer than need be.
            tx.commit().await?;
            None
        };
        for (id, lease) in held {
            let claim = (id, lease.fence().number());
            if renewed.contains(&claim) {
                lease.extend(asked + timing.held_for());
            } else if !ours.contains(&claim) {
                lease.fence().lose();
            }
        }
        let mut tx = match open {
            Some(tx) => tx,
            None => self.inner.keeper_db.begin_brief().await?,
        };
        let round = Round {
            nodes: nodes::count(&mut tx).await?,
            census: lease::census(&mut tx, node).await?,
            requests: Requests::load(&mut tx, node).await?,
            has_orphans: !lease::orphans(&mut tx, 1).await?.is_empty(),
        };
        tx.commit().await?;
        let has_others = round.nodes.living > 1;
        self.inner
            .others
            .send_if_modified(|others| std::mem::replace(others, has_others) != has_others);
        Ok(round)
    }

    /// Does what other nodes ask for, beside the next rounds.
    fn act_on(&self, requests: Requests) {
        for asked in &requests.asked_for {
            // One that is locked is being started or ended; the next round finds it again.
            if self.slot(asked.account_id).try_lock().is_ok() {
                let (supervisor, account, ending) = (self.clone(), asked.account_id, asked.ending);
                let work = async move {
                    info!(account.id = %account, "another server takes account {account} over");
                    supervisor.hand_over(account, ending).await;
                };
                self.inner
                    .tasks
                    .spawn(work.instrument(asked_span(account, &asked.origin())));
            }
        }
        for question in requests.questions {
            let supervisor = self.clone();
            self.inner
                .tasks
                .spawn(async move { supervisor.answer(question).await });
        }
    }

    /// Does what the round found, beside the next rounds.
    fn act(&self, round: Round) {
        self.forget_lost();
        let missing = round.missing();
        if self.inner.stop.is_cancelled() {
            return;
        }
        self.act_on(round.requests);
        if !self.inner.adopts.load(Ordering::Acquire) {
            return;
        }
        let supervisor = self.clone();
        if missing < 0 {
            self.hand_over_latest(usize::try_from(-missing).unwrap_or_default());
        }
        self.inner.tasks.spawn(async move {
            if round.has_orphans
                && let Err(error) = supervisor.adopt(missing.max(0)).await
            {
                warn!(error = %telemetry::chain(&error), "accounts that nobody runs could not be taken over");
            }
            supervisor.release_idle().await;
        });
    }

    /// Forgets the leases that are over, and what is left of their slots.
    fn forget_lost(&self) {
        self.inner.leases.lock().retain(|_, (_, lease)| lease.is_live());
        self.forget_empty_slots();
    }

    /// The accounts that this node has and of which no session has run for `time`.
    pub(super) fn idle_for(&self, time: Duration) -> Vec<AccountId> {
        let now = BootTime::now();
        let held: Vec<AccountId> = self.inner.leases.lock().keys().copied().collect();
        let is_idle = |id: &AccountId| {
            let slot = self.slot(*id);
            slot.try_lock().is_ok_and(|slot| !is_running(slot.as_ref()))
        };
        let idle: HashSet<AccountId> = held.into_iter().filter(is_idle).collect();
        let mut since = self.inner.idle.lock();
        since.retain(|id, _| idle.contains(id));
        for id in idle {
            since.entry(id).or_insert(now);
        }
        let is_old = |(id, since): (&AccountId, &BootTime)| (*since + time <= now).then_some(*id);
        since.iter().filter_map(is_old).collect()
    }
}
