//! One client of the library, with everything that we put around it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::TimeDelta;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use whatsapp_rust::bot::{Bot, BotBuilderError};
use whatsapp_rust::sync_task::MajorSyncTask;
use whatsapp_rust::wacore::appstate::patch_decode::WAPatchName;
use whatsapp_rust::wacore::store::DevicePropsOverride;
use whatsapp_rust::wacore::store::error::StoreError;
use whatsapp_rust::wacore::store::traits::{Backend, DeviceStore as _};
use whatsapp_rust::waproto::whatsapp::device_props::PlatformType;
use whatsapp_rust::{CacheConfig, Client, RawNodeLease, TokioRuntime};

use super::Settings;
use super::acks::Acks;
use super::arrivals::{Arrivals, TakenIn};
use super::ear::Ear;
use super::gate::Gate;
use super::groups::Groups;
use super::intake::Intake;
use super::line::{Leash, Lines};
use super::notice::Notice;
use crate::account::AccountRef;
use crate::clock::SharedClock;
use crate::whatsapp::store::{COLLECTIONS, Store};
use crate::work::WorkError;

/// One-time keys that are made and uploaded at once. WhatsApp's own client makes 812, which an account holds in memory
/// for years while a handful of new contacts a day use them up; the library uploads more when they run low.
const PRE_KEYS: usize = 50;
/// Notices that wait for the session, which is quick to take them.
const NOTICES: usize = 64;
/// How long after a new link is online the library's own reading is done, as a rule; where it is not, it is waited for.
const READ_AGAIN: TimeDelta = TimeDelta::seconds(3);

/// Why no client came to be.
#[derive(Debug, Error)]
pub(super) enum OpenError {
    /// The account's keys cannot be read.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The library's storage failed.
    #[error("the keys of the linked device cannot be read: {0}")]
    Store(#[from] StoreError),
    /// The library refused.
    #[error(transparent)]
    Library(#[from] BotBuilderError),
}

/// A client, and what it is watched by.
pub(super) struct Device {
    pub(super) client: Arc<Client>,
    pub(super) acks: Arc<Acks>,
    pub(super) gate: Arc<Gate>,
    pub(super) notices: mpsc::Receiver<Notice>,
    /// It has been linked to a phone.
    pub(super) is_linked: bool,
    /// What a linked device has not read yet of contacts, mutes and settings.
    unread: Vec<WAPatchName>,
    bot: Option<Bot>,
    /// While it is held, handlers see stanzas before the library acts on them.
    _stanzas: RawNodeLease,
    pub(super) running: Running,
    failure: Arc<Mutex<Option<String>>>,
}

impl Device {
    /// Opens the account's keys and makes a client of them. It is not connected yet.
    pub(super) async fn open(
        settings: &Settings,
        account: AccountRef,
        intake: Intake,
        taken_in: Arc<TakenIn>,
    ) -> Result<Self, OpenError> {
        let store = Arc::new(Store::open(&settings.core, account).await?);
        if intake.has_lost_some() {
            store.tell_all_again().await?;
            intake.will_be_told_again();
        }
        let known = store.load().await?;
        let is_linked = known.is_some_and(|device| device.pn.is_some());
        let unread = if is_linked {
            store.unread().await?
        } else {
            Vec::new()
        };
        let (notices, heard) = mpsc::channel(NOTICES);
        let gate = Arc::new(Gate::new());
        let arrivals = Arrivals::new(
            Arc::clone(&gate),
            Arc::clone(&settings.core.clock),
            intake.clone(),
            Arc::clone(&store),
            taken_in,
            store.leftover_statuses().await?,
        );
        let client = Arc::new(OnceLock::new());
        let ear = Ear {
            groups: Groups::new(
                Arc::clone(&client),
                intake.clone(),
                Arc::clone(&settings.core.clock),
            ),
            client,
            intake,
            arrivals: Arc::new(arrivals),
            gate,
            leash: Leash::default(),
            notices,
            acks: Arc::default(),
        };
        let lines = Lines::new(
            &settings.websocket_url,
            Arc::clone(&ear.gate),
            ear.leash.clone(),
            ear.notices.clone(),
        );
        let failure = lines.failure();
        let bot = build(settings, store, lines, &ear, is_linked).await?;
        let client = bot.client();
        ear.leash.attach(Arc::clone(&client.enable_auto_reconnect));
        // Nobody else sets it.
        let _ = ear.client.set(Arc::downgrade(&client));
        Ok(Self {
            acks: ear.acks,
            gate: ear.gate,
            notices: heard,
            is_linked,
            unread,
            _stanzas: client.acquire_raw_node_forwarding(),
            client,
            bot: Some(bot),
            running: Running(None),
            failure,
        })
    }

    /// Connects; [`Running::ended`] tells when that is over.
    pub(super) fn connect(&mut self) {
        let run: BoxFuture<'static, ()> = match self.bot.take() {
            Some(bot) => bot.run().boxed(),
            None => {
                let client = Arc::clone(&self.client);
                async move { client.run().await }.boxed()
            }
        };
        self.running = Running(Some(AbortOnDropHandle::new(tokio::spawn(run))));
    }

    /// The account is online: reads what is not read yet, or was lost. The library does so by itself after a new link only,
    /// and otherwise when something changes; and what changes while it reads a new link, it passes over. That is read
    /// somewhat later.
    pub(super) fn catch_up(&mut self, is_new_link: bool, clock: SharedClock) {
        let unread = std::mem::take(&mut self.unread);
        let (names, wait) = if is_new_link {
            (COLLECTIONS.to_vec(), READ_AGAIN)
        } else {
            (unread, TimeDelta::zero())
        };
        let client = Arc::downgrade(&self.client);
        tokio::spawn(async move {
            clock.sleep_until(clock.now() + wait).await;
            for name in names {
                let Some(client) = client.upgrade() else { return };
                let task = MajorSyncTask::AppStateSync {
                    name,
                    full_sync: !is_new_link,
                };
                client.process_sync_task(task).await;
            }
        });
    }

    /// Why the last dialling failed, where it did.
    pub(super) fn failure(&self) -> Option<String> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Ends the client: work drained, keys written, socket closed; in the time given, or at once after it.
    pub(super) async fn hang_up(mut self, patience: std::time::Duration) {
        let client = Arc::clone(&self.client);
        let goodbye = async {
            client.disconnect().await;
            if self.running.0.is_some() {
                self.running.ended().await;
            }
        };
        if timeout(patience, goodbye).await.is_err() {
            tracing::warn!("a connection to WhatsApp did not end politely in {patience:?} and was dropped");
        }
    }
}

/// Makes the next client of the account read contacts, mutes and settings from the beginning.
pub(super) async fn read_anew(settings: &Settings, account: AccountRef) -> Result<(), OpenError> {
    let store = Store::open(&settings.core, account).await?;
    Ok(store.tell_all_again().await?)
}

/// The library at work on a connection, on a task of its own.
pub(super) struct Running(Option<AbortOnDropHandle<()>>);

impl Running {
    /// Waits until the library is done with the connection.
    pub(super) async fn ended(&mut self) {
        let Some(running) = &mut self.0 else {
            return std::future::pending().await;
        };
        // A panic of the library's ends the connection as any other cause does.
        let _ = running.await;
        self.0 = None;
    }
}

async fn build(
    settings: &Settings,
    store: Arc<dyn Backend>,
    lines: Lines,
    ear: &Ear,
    is_linked: bool,
) -> Result<Bot, BotBuilderError> {
    let mut builder = Bot::builder()
        .with_backend_arc(store)
        .with_transport_factory(lines)
        .with_http_client(settings.hosts.clone())
        .with_runtime(TokioRuntime)
        .with_version(settings.version)
        .with_wanted_pre_key_count(PRE_KEYS)
        .with_cache_config(caches())
        .with_event_handler(ear.clone())
        .with_inbound_durability_hook(ear.clone())
        .skip_history_sync();
    if !is_linked {
        // What the phone shows in its list; WhatsApp asks for it once.
        let props = DevicePropsOverride::new()
            .with_os(&settings.device_name)
            .with_platform_type(PlatformType::DESKTOP);
        builder = builder.with_device_props(props);
    }
    builder.build().await
}

/// The library's caches, of a size for one person's account rather than a busy bot's. The map of LIDs to phone numbers
/// keeps the library's own setting: a forgotten pair would send to the wrong address.
fn caches() -> CacheConfig {
    CacheConfig {
        session_locks_capacity: 2_000,
        chat_lanes_capacity: 1_000,
        group_distribution_locks_capacity: 64,
        resend_rate_limiter_capacity: 256,
        // Messages of history are not kept, so neither are their secrets.
        seed_msg_secrets_from_history: false,
        ..CacheConfig::default()
    }
}
