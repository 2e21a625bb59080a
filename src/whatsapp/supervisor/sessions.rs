//! The supervisor: starts, restarts, links, unlinks and ends the sessions.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::warn;

use super::config::SupervisorConfig;
use super::error::SupervisorError;
use super::running::{Slot, end, is_running};
use crate::account::AccountRef;
use crate::config::check_whatsapp_url;
use crate::db::{Db, nodes};
use crate::id::{AccountId, NodeId};
use crate::telemetry;
use crate::whatsapp::event_sink::EventSink;
use crate::whatsapp::lease::{BootTime, Ending, Lease, LeaseTiming};
use crate::whatsapp::media::{Downloads, FileSource, LARGEST_FILE_BYTES};
use crate::whatsapp::media_http::MediaHttpClient;
use crate::whatsapp::outbox::Budget;
use crate::whatsapp::session::{LinkMethod, SessionCommand, SessionSettings};
use crate::whatsapp::store::Store;

/// Size of media beyond its content: a seal, and padding.
const ENCRYPTION_BYTES: u64 = 64;
/// Connections for the claims and releases of leases, so that none waits for the work of sessions.
const LEASE_CONNECTIONS: usize = 2;
/// The one for the renewals, which wait for nothing else.
const KEEPER_CONNECTIONS: usize = 1;
/// Most leases that are given back in one statement at the shutdown.
const RELEASED_AT_ONCE: usize = 100;

/// Supervisor of the sessions of one node. Clones share their state.
#[derive(Clone)]
pub struct Supervisor {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) node: NodeId,
    pub(super) settings: Arc<SessionSettings>,
    pub(super) lease_timing: LeaseTiming,
    /// Connections for the claims and releases of leases.
    pub(super) lease_db: Db,
    /// A connection for their renewals.
    pub(super) keeper_db: Db,
    pub(super) budget: Budget,
    pub(super) files: Arc<dyn FileSource>,
    pub(super) sink: Arc<dyn EventSink>,
    downloads: Downloads,
    pub(super) tasks: TaskTracker,
    pub(super) stop: CancellationToken,
    /// One slot per account, so that there is never a second session and no account waits until another has ended.
    slots: Mutex<HashMap<AccountId, Slot>>,
    /// Leases that this node claimed and did not give back. One may be over.
    pub(super) leases: Mutex<HashMap<AccountId, (AccountRef, Lease)>>,
    /// Accounts that this node has and of which no session runs, since when.
    pub(super) idle: Mutex<HashMap<AccountId, BootTime>>,
    /// True while other nodes live.
    pub(super) others: watch::Sender<bool>,
    /// True when this node takes over what others leave behind.
    pub(super) adopts: AtomicBool,
    /// Locked while accounts are handed over to nodes with fewer.
    pub(super) moving: Arc<tokio::sync::Mutex<()>>,
    /// Ends the keeper, after the last lease was given back. Set when the keeper starts.
    pub(super) keeper: OnceLock<CancellationToken>,
}

impl Supervisor {
    /// Makes a supervisor without sessions. Its sessions run on `tasks`, and end when `stop` is cancelled.
    ///
    /// # Errors
    /// [`SupervisorError::NotLoopback`] for an address that a build with the simulator must not connect to.
    pub fn new(
        config: SupervisorConfig,
        sink: Arc<dyn EventSink>,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Result<Self, SupervisorError> {
        check_whatsapp_url(&config.websocket_url)?;
        let media_http = MediaHttpClient::new(
            config.media_base_url.as_ref(),
            LARGEST_FILE_BYTES + ENCRYPTION_BYTES,
        );
        let db = &config.core.db;
        let (lease_db, keeper_db) = (db.apart(LEASE_CONNECTIONS)?, db.apart(KEEPER_CONNECTIONS)?);
        let node = config.core.ids.next();
        let settings = SessionSettings {
            core: config.core,
            websocket_url: config.websocket_url.into(),
            media_http: media_http.clone(),
            version: config.version,
            device_name: config.device_name,
            timing: config.timing,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                node,
                settings: Arc::new(settings),
                lease_timing: config.lease,
                lease_db,
                keeper_db,
                budget: config.budget,
                files: config.files,
                sink,
                downloads: Downloads::new(media_http),
                tasks,
                stop,
                slots: Mutex::default(),
                leases: Mutex::default(),
                idle: Mutex::default(),
                others: watch::Sender::new(false),
                adopts: AtomicBool::new(false),
                moving: Arc::default(),
                keeper: OnceLock::new(),
            }),
        })
    }

    /// Starts the session of a linked account here. One that runs here is left alone; one that runs on another node is
    /// taken over.
    ///
    /// # Errors
    /// [`SupervisorError`].
    pub async fn start(&self, account: AccountRef) -> Result<(), SupervisorError> {
        let slot = self.slot(account.id);
        let mut slot = slot.lock().await;
        let command = slot
            .as_ref()
            .map_or(SessionCommand::Run, |running| *running.command.borrow());
        if command != SessionCommand::Run {
            // Commanded to end by a caller that did not wait for it.
            end(&mut slot, command).await;
        }
        match self.acquire(&mut slot, account, Ending::Stop).await? {
            Some(lease) => self.start_in(&mut slot, account, &lease, None, Duration::ZERO),
            None => Ok(()),
        }
    }

    /// Links an account anew; a link that it has is removed first, as by [`Self::unlink`]. Codes and progress come as
    /// events.
    ///
    /// # Errors
    /// [`SupervisorError`].
    pub async fn link(&self, account: AccountRef, method: LinkMethod) -> Result<(), SupervisorError> {
        let slot = self.slot(account.id);
        let mut slot = slot.lock().await;
        let Some(lease) = self.take(&mut slot, account, Ending::LogOut).await? else {
            return Ok(());
        };
        self.erase(account, &lease).await?;
        self.note_linking(account.id).await?;
        self.start_in(&mut slot, account, &lease, Some(method), Duration::ZERO)
    }

    /// Ends the session of an account cleanly, on whatever node; returns when it has ended. Its link stays, and no node
    /// starts it before this one.
    ///
    /// # Errors
    /// [`SupervisorError::Busy`] when another node did not end it in time, [`SupervisorError::Work`].
    pub async fn stop(&self, account: AccountRef) -> Result<(), SupervisorError> {
        let slot = self.slot(account.id);
        self.take(&mut *slot.lock().await, account, Ending::Stop)
            .await
            .map(drop)
    }

    /// Removes the link of an account at WhatsApp, if WhatsApp can be reached within [`Timing::goodbye`], and then its
    /// keys here.
    ///
    /// [`Timing::goodbye`]: crate::whatsapp::Timing::goodbye
    ///
    /// # Errors
    /// [`SupervisorError::Busy`] when another node did not end the session in time; [`SupervisorError::Work`] when the keys
    /// could not be erased.
    pub async fn unlink(&self, account: AccountRef) -> Result<(), SupervisorError> {
        let slot = self.slot(account.id);
        let mut slot = slot.lock().await;
        match self.take(&mut slot, account, Ending::LogOut).await? {
            Some(lease) => self.erase(account, &lease).await,
            None => Ok(()),
        }
    }

    /// Ends every session cleanly and hands the accounts to the other nodes, each as soon as its session has ended; returns
    /// when all have. None can be started any more.
    pub async fn shutdown(&self) {
        self.inner.stop.cancel();
        let others = self.leave().await;
        let slots: Vec<(AccountId, Slot)> = {
            let slots = self.inner.slots.lock();
            slots.iter().map(|(id, slot)| (*id, Arc::clone(slot))).collect()
        };
        let endings: FuturesUnordered<_> = slots
            .into_iter()
            .map(|(id, slot)| async move {
                end(&mut *slot.lock().await, SessionCommand::Stop).await;
                id
            })
            .collect();
        let mut endings = endings.ready_chunks(RELEASED_AT_ONCE);
        while let Some(ended) = endings.next().await {
            self.give_back(&ended, others, false).await;
        }
        // Those that were claimed and not started.
        let left: Vec<AccountId> = self.inner.leases.lock().keys().copied().collect();
        self.give_back(&left, others, false).await;
        self.end_keeper().await;
    }

    /// Tells the other nodes that this one stops. True when there are any.
    async fn leave(&self) -> bool {
        let told = self.in_time(async {
            let mut tx = self.inner.lease_db.begin_brief().await?;
            nodes::leave(&mut tx, self.inner.node).await?;
            let live = nodes::count(&mut tx).await?;
            tx.commit().await?;
            Ok(live.staying > 0)
        });
        told.await.unwrap_or_else(|error| {
            error.warn("the other servers cannot be told that this one stops");
            false
        })
    }

    pub(super) fn slot(&self, account: AccountId) -> Slot {
        Arc::clone(self.inner.slots.lock().entry(account).or_default())
    }

    /// Forgets the slots that nobody uses, of accounts that this node does not have.
    pub(super) fn forget_empty_slots(&self) {
        let leases = self.inner.leases.lock();
        self.inner.slots.lock().retain(|id, slot| {
            leases.contains_key(id)
                || Arc::strong_count(slot) > 1
                || slot.try_lock().is_ok_and(|slot| is_running(slot.as_ref()))
        });
    }

    pub(super) fn downloads(&self) -> &Downloads {
        &self.inner.downloads
    }

    async fn erase(&self, account: AccountRef, lease: &Lease) -> Result<(), SupervisorError> {
        let core = &self.inner.settings.core;
        let mut work = core.begin_fenced(account.user, lease.fence()).await?;
        Store::erase(&mut work, account).await?;
        Ok(work.commit().await?)
    }

    /// Gives leases back and logs a failure: then they end by themselves.
    pub(super) async fn give_back(&self, accounts: &[AccountId], is_handed_over: bool, is_settled: bool) {
        if accounts.is_empty() {
            return;
        }
        if let Err(error) = self.release(accounts, is_handed_over, is_settled).await {
            warn!(
                error = %telemetry::chain(&error),
                "leases could not be given back: the accounts are taken over when the leases are over"
            );
        }
    }
}

impl std::fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Supervisor")
    }
}
