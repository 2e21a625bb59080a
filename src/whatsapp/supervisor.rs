//! One session per account that this node owns: started, restarted, linked, unlinked, and all ended together.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::TimeDelta;
use diesel::QueryableByName;
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use thiserror::Error;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};
use url::Url;

use super::EventSink;
use super::hosts::Hosts;
use super::media::{DownloadError, Downloads, FileSource, LARGEST_FILE_BYTES, MediaFetcher, RenewalError};
use super::outbox::{Budget, Sender};
use super::renewal;
use super::session::{LinkMethod, Online, Order, Session, Settings, Timing};
use super::store::Store;
use crate::account::AccountRef;
use crate::config::{NotLoopback, check_whatsapp_url};
use crate::db::DbError;
use crate::event::{Event, LinkEvent, MediaReference};
use crate::id::{AccountId, UserId};
use crate::work::{Core, WorkError};

/// Accounts are started this far apart on average, so that a thousand are under way within half a minute.
const START_EVERY: Duration = Duration::from_millis(25);
/// What media needs beside its content: a seal, and padding.
const ENCRYPTION_BYTES: u64 = 64;
/// The accounts that should run, of every user.
const TO_RUN: &str = "SELECT user_id, account_id FROM amda_accounts_to_run()";
/// Those whose linking was cut short, of every user.
const BEING_LINKED: &str = "SELECT user_id, account_id FROM amda_accounts_being_linked()";
/// What became of those.
const CUT_SHORT: &str = "the server restarted while it was being linked; restart the account for a new code";

/// Why the supervisor did not do what was asked.
#[derive(Debug, Error)]
pub enum SupervisorError {
    /// This build must not talk to that server.
    #[error(transparent)]
    NotLoopback(#[from] NotLoopback),
    /// The database or a user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// Everything is being shut down.
    #[error("the server is shutting down; try again when it is back")]
    ShuttingDown,
}

impl From<DbError> for SupervisorError {
    fn from(error: DbError) -> Self {
        Self::Work(error.into())
    }
}

impl From<diesel::result::Error> for SupervisorError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// What sessions are made with.
#[derive(Debug, Clone)]
pub struct SupervisorConfig {
    /// The database, keys, clock and chance.
    pub core: Core,
    /// The address of WhatsApp's socket.
    pub websocket_url: Url,
    /// Asked for media instead of WhatsApp's hosts: the simulator's address.
    pub media_base_url: Option<Url>,
    /// The version of WhatsApp Web that the client presents.
    pub version: (u32, u32, u32),
    /// The name shown in the phone's list of linked devices.
    pub device_name: String,
    /// How long sessions wait for what.
    pub timing: Timing,
    /// How much is sent, and how fast.
    pub budget: Budget,
    /// Where files are read that are to be sent.
    pub files: Arc<dyn FileSource>,
}

/// Runs the sessions. Cheap to clone; clones are one.
#[derive(Clone)]
pub struct Supervisor {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Arc<Settings>,
    budget: Budget,
    files: Arc<dyn FileSource>,
    sink: Arc<dyn EventSink>,
    downloads: Downloads,
    tasks: TaskTracker,
    stop: CancellationToken,
    /// One slot per account, locked while its session is started or ended, so that there is never a second one and no
    /// account waits for another's goodbye.
    slots: std::sync::Mutex<HashMap<AccountId, Slot>>,
}

type Slot = Arc<Mutex<Option<Running>>>;

/// A session that was started.
struct Running {
    order: watch::Sender<Order>,
    /// The client while it is online.
    online: watch::Receiver<Option<Online>>,
    ended: CancellationToken,
}

impl Supervisor {
    /// A supervisor of nothing yet. Its sessions run on `tasks`, and end when `stop` is cancelled.
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
        let hosts = Hosts::new(
            config.media_base_url.as_ref(),
            LARGEST_FILE_BYTES + ENCRYPTION_BYTES,
        );
        let settings = Settings {
            core: config.core,
            websocket_url: config.websocket_url.into(),
            hosts: hosts.clone(),
            version: config.version,
            device_name: config.device_name,
            timing: config.timing,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                settings: Arc::new(settings),
                budget: config.budget,
                files: config.files,
                sink,
                downloads: Downloads::new(hosts),
                tasks,
                stop,
                slots: std::sync::Mutex::default(),
            }),
        })
    }

    /// Starts every account that should run, spread so that they do not all connect at once. Answers how many. When it
    /// returns, each is known to be on its way, whatever it was when the server went down; one that was being linked then
    /// is stopped, for its codes are gone.
    ///
    /// # Errors
    /// [`SupervisorError::Work`].
    pub async fn start_all(&self) -> Result<usize, SupervisorError> {
        for account in self.accounts(BEING_LINKED).await? {
            let reason = CUT_SHORT.to_owned();
            self.tell(account, LinkEvent::Stopped { reason }).await;
        }
        let accounts = self.accounts(TO_RUN).await?;
        let count = accounts.len();
        let mut wait = Duration::ZERO;
        for account in accounts {
            self.tell(account, LinkEvent::Resuming).await;
            let step = u64::try_from(START_EVERY.as_millis() * 2).unwrap_or(u64::MAX);
            wait += Duration::from_millis(self.inner.settings.core.ids.between(0, step));
            self.start_in(&mut *self.slot(account.id).lock().await, account, None, wait)?;
        }
        info!(accounts = count, "starting the sessions of {count} accounts");
        Ok(count)
    }

    /// Starts the session of a linked account. One that runs is left alone.
    ///
    /// # Errors
    /// [`SupervisorError::ShuttingDown`].
    pub async fn start(&self, account: AccountRef) -> Result<(), SupervisorError> {
        let slot = self.slot(account.id);
        let mut slot = slot.lock().await;
        let order = slot
            .as_ref()
            .map_or(Order::Run, |running| *running.order.borrow());
        if order != Order::Run {
            // Told to end by somebody who did not wait for it.
            end(&mut slot, order).await;
        }
        self.start_in(&mut slot, account, None, Duration::ZERO)
    }

    /// Ends the session of an account, politely, and starts it anew.
    ///
    /// # Errors
    /// [`SupervisorError::ShuttingDown`].
    pub async fn restart(&self, account: AccountRef) -> Result<(), SupervisorError> {
        let slot = self.slot(account.id);
        let mut slot = slot.lock().await;
        end(&mut slot, Order::Stop).await;
        self.start_in(&mut slot, account, None, Duration::ZERO)
    }

    /// Links an account anew; a link that it has is removed first, as by [`Self::unlink`]. What follows comes as events.
    ///
    /// # Errors
    /// [`SupervisorError::ShuttingDown`], [`SupervisorError::Work`].
    pub async fn link(&self, account: AccountRef, method: LinkMethod) -> Result<(), SupervisorError> {
        let slot = self.slot(account.id);
        let mut slot = slot.lock().await;
        end(&mut slot, Order::LogOut).await;
        self.erase(account).await?;
        self.start_in(&mut slot, account, Some(method), Duration::ZERO)
    }

    /// Ends the session of an account, politely; returns when it has ended. Its link stays.
    pub async fn stop(&self, account: AccountRef) {
        let slot = self.slot(account.id);
        end(&mut *slot.lock().await, Order::Stop).await;
    }

    /// Deletable the link of an account at WhatsApp, as far as WhatsApp can be reached within the time for goodbyes, and
    /// then its keys here.
    ///
    /// # Errors
    /// [`SupervisorError::Work`] when the keys could not be erased.
    pub async fn unlink(&self, account: AccountRef) -> Result<(), SupervisorError> {
        let slot = self.slot(account.id);
        let mut slot = slot.lock().await;
        end(&mut slot, Order::LogOut).await;
        self.erase(account).await
    }

    /// Ends every session, politely; returns when all have ended. None can be started any more.
    pub async fn shutdown(&self) {
        self.inner.stop.cancel();
        let slots: Vec<Slot> = self.slots().values().cloned().collect();
        for slot in slots {
            end(&mut *slot.lock().await, Order::Stop).await;
        }
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, HashMap<AccountId, Slot>> {
        self.inner.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self, account: AccountId) -> Slot {
        Arc::clone(self.slots().entry(account).or_default())
    }

    /// Tells what the start makes of an account.
    async fn tell(&self, account: AccountRef, link: LinkEvent) {
        if let Err(error) = self.inner.sink.take_in(account, &[Event::Link(link)]).await {
            warn!(account.id = %account.id, error, "account {} looks as it did before the start", account.id);
        }
    }

    async fn accounts(&self, query: &str) -> Result<Vec<AccountRef>, SupervisorError> {
        let mut tx = self.inner.settings.core.db.begin_for_nobody().await?;
        let rows: Vec<Named> = diesel::sql_query(query).load(&mut *tx).await?;
        tx.rollback().await?;
        let account = |row: Named| AccountRef {
            id: row.account_id,
            user: row.user_id,
        };
        Ok(rows.into_iter().map(account).collect())
    }

    async fn erase(&self, account: AccountRef) -> Result<(), SupervisorError> {
        let mut work = self.inner.settings.core.begin(account.user).await?;
        Store::erase(&mut work, account).await?;
        Ok(work.commit().await?)
    }

    fn start_in(
        &self,
        slot: &mut Option<Running>,
        account: AccountRef,
        method: Option<LinkMethod>,
        wait: Duration,
    ) -> Result<(), SupervisorError> {
        if self.inner.stop.is_cancelled() {
            return Err(SupervisorError::ShuttingDown);
        }
        let runs = slot.as_ref().is_some_and(|running| !running.ended.is_cancelled());
        if !runs {
            *slot = Some(self.spawn(account, method, wait));
        }
        Ok(())
    }

    fn spawn(&self, account: AccountRef, method: Option<LinkMethod>, wait: Duration) -> Running {
        let inner = &self.inner;
        let (order, orders) = watch::channel(Order::Run);
        let (online, connected) = watch::channel(None);
        let wake = Arc::new(Notify::new());
        let ended = CancellationToken::new();
        let core = inner.settings.core.clone();
        let starts_at = core.clock.now() + TimeDelta::from_std(wait).unwrap_or_default();
        let session = Session {
            settings: Arc::clone(&inner.settings),
            account,
            sink: Arc::clone(&inner.sink),
            method,
            starts_at,
            order: orders,
            online,
            committed: Arc::clone(&wake),
        };
        let sender = Sender {
            core,
            account,
            budget: inner.budget,
            files: Arc::clone(&inner.files),
            online: connected.clone(),
            wake: Arc::clone(&wake),
        };
        let running = Running {
            order: order.clone(),
            online: connected,
            ended: ended.clone(),
        };
        let stop = inner.stop.clone();
        let mut news = inner.settings.core.hub.subscribe(account.user);
        // What a job or a mutation wants sent comes with news as well.
        let listen = async move {
            while !matches!(news.recv().await, Err(RecvError::Closed)) {
                wake.notify_one();
            }
            std::future::pending::<()>().await;
        };
        inner.tasks.spawn(async move {
            // Cancelled even by a panic, or whoever waits for the end would wait for ever.
            let _ended = ended.drop_guard();
            let mut session = Box::pin(session.run(move |intake| sender.run(intake)));
            tokio::select! {
                biased;
                () = &mut session => {}
                () = listen => {}
                () = stop.cancelled() => {
                    order.send_replace(Order::Stop);
                    session.await;
                }
            }
        });
        running
    }
}

/// Ends a session if there is one, and waits for it.
async fn end(slot: &mut Option<Running>, order: Order) {
    if let Some(running) = slot.as_ref() {
        running.order.send_replace(order);
        running.ended.cancelled().await;
    }
    // Emptied only now: whoever stops waiting must not make room for a second session beside this one.
    *slot = None;
}

#[async_trait]
impl MediaFetcher for Supervisor {
    async fn download(&self, account: AccountRef, media: &MediaReference) -> Result<Bytes, DownloadError> {
        self.inner.downloads.fetch(account, media).await
    }

    async fn renew(&self, account: AccountRef, media: &MediaReference) -> Result<String, RenewalError> {
        let online = match &*self.slot(account.id).lock().await {
            Some(running) if !running.ended.is_cancelled() => running.online.borrow().clone(),
            Some(_) | None => return Err(RenewalError::Refused("the account is not linked".to_owned())),
        };
        let online = online.ok_or(RenewalError::Offline)?;
        renewal::renew(&online.client, media).await
    }
}

impl std::fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Supervisor")
    }
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = sql_types::Uuid)]
    user_id: UserId,
    #[diesel(sql_type = sql_types::Uuid)]
    account_id: AccountId,
}
