//! One client of the library, with everything that the session puts around it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::TimeDelta;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tokio_util::task::AbortOnDropHandle;
use tracing::warn;
use whatsapp_rust::bot::{Bot, BotBuilderError};
use whatsapp_rust::sync_task::MajorSyncTask;
use whatsapp_rust::wacore::appstate::patch_decode::WAPatchName;
use whatsapp_rust::wacore::store::error::StoreError;
use whatsapp_rust::wacore::store::traits::DeviceStore as _;
use whatsapp_rust::{Client, RawNodeLease};

use super::account_session::SessionSettings;
use super::account_span::AccountSpan;
use super::ack_barrier::AckBarrier;
use super::acks::Acks;
use super::client_builder;
use super::event_handler::EventHandlers;
use super::groups::Groups;
use super::inbound_holds::InboundHolds;
use super::ingest_queue::IngestQueue;
use super::link_signal::{LinkSignal, LinkSignals};
use super::recent_messages::RecentMessages;
use super::transport::{DialError, FrameGate, GatedTransportFactory, ReconnectSwitch};
use crate::account::AccountRef;
use crate::clock::SharedClock;
use crate::db::Fence;
use crate::id::AccountId;
use crate::telemetry;
use crate::whatsapp::lease::Lease;
use crate::whatsapp::store::{COLLECTIONS, Store};
use crate::work::WorkError;

/// Wait before contacts, mutes and settings are read again after a new link: by then the library's own reading is done,
/// as a rule; where it is not, the library waits for it.
const SECOND_SYNC_WAIT: TimeDelta = TimeDelta::seconds(3);

/// Failure to open a client.
#[derive(Debug, Error)]
pub(super) enum OpenError {
    /// The account's keys cannot be read.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The library's storage failed.
    #[error("the keys of the linked device cannot be read")]
    Store(#[from] StoreError),
    /// The library refused.
    #[error(transparent)]
    Library(#[from] BotBuilderError),
}

/// Client of one account, and the channels to its handlers.
pub(super) struct Device {
    pub(super) client: Arc<Client>,
    pub(super) acks: Arc<Acks>,
    pub(super) barrier: Arc<AckBarrier>,
    pub(super) signals: mpsc::Receiver<LinkSignal>,
    /// True when the device is linked to a phone.
    pub(super) is_linked: bool,
    /// Collections of contacts, mutes and settings that a linked device did not read yet.
    unread: Vec<WAPatchName>,
    bot: Option<Bot>,
    /// While it is held, handlers see stanzas before the library acts on them.
    _stanzas: RawNodeLease,
    pub(super) task: ClientTask,
    span: AccountSpan,
    dial_error: DialError,
    queue: IngestQueue,
    store: Arc<Store>,
}

impl Device {
    /// Opens the account's keys and makes a client of them. It is not connected yet.
    pub(super) async fn open(
        settings: &SessionSettings,
        account: AccountRef,
        lease: &Lease,
        queue: IngestQueue,
        recent: Arc<RecentMessages>,
    ) -> Result<Self, OpenError> {
        let store = Arc::new(Store::open(&settings.core, account, lease.fence()).await?);
        if queue.has_lost_updates() {
            store.reset_app_state().await?;
            queue.record_resync();
        }
        let saved = store.load().await?;
        let is_linked = saved.is_some_and(|device| device.pn.is_some());
        let unread = if is_linked {
            store.unread_collections().await?
        } else {
            Vec::new()
        };
        let barrier = Arc::new(AckBarrier::new());
        let (signal_sender, signals) = LinkSignals::channel(Arc::clone(&barrier));
        let inbound = InboundHolds::new(
            Arc::clone(&barrier),
            Arc::clone(&settings.core.clock),
            queue.clone(),
            Arc::clone(&store),
            recent,
        );
        inbound.expect_orphaned(store.orphaned_statuses().await?);
        let client = Arc::new(OnceLock::new());
        let handlers = EventHandlers {
            groups: Groups::new(
                account.id,
                Arc::clone(&client),
                queue.clone(),
                Arc::clone(&settings.core.clock),
            ),
            client,
            queue: queue.clone(),
            inbound: Arc::new(inbound),
            barrier,
            reconnect: ReconnectSwitch::default(),
            signals: signal_sender,
            stanzas: Arc::default(),
            acks: Arc::default(),
            arrivals: Arc::default(),
            metrics: settings.core.metrics.clone(),
        };
        let transports = GatedTransportFactory::new(
            &settings.websocket_url,
            FrameGate {
                barrier: Arc::clone(&handlers.barrier),
                queue: queue.clone(),
                store: Arc::clone(&store),
            },
            handlers.reconnect.clone(),
            handlers.signals.clone(),
            Arc::clone(&handlers.stanzas),
            lease.clone(),
        );
        let dial_error = transports.dial_error();
        let span = AccountSpan::new(account.id);
        let bot = client_builder::build(
            settings,
            Arc::clone(&store) as _,
            transports,
            &handlers,
            &span,
            is_linked,
        )
        .await?;
        queue.store.set(Arc::clone(&store));
        let client = bot.client();
        handlers
            .reconnect
            .attach(Arc::clone(&client.enable_auto_reconnect));
        // It is set here only.
        let _ = handlers.client.set(Arc::downgrade(&client));
        Ok(Self {
            acks: handlers.acks,
            barrier: handlers.barrier,
            signals,
            is_linked,
            unread,
            _stanzas: client.acquire_raw_node_forwarding(),
            client,
            bot: Some(bot),
            task: ClientTask(None),
            span,
            dial_error,
            queue,
            store,
        })
    }

    /// Connects. [`ClientTask::ended`] returns when the connection is over.
    pub(super) fn connect(&mut self) {
        let run: BoxFuture<'static, ()> = match self.bot.take() {
            Some(bot) => bot.run().boxed(),
            None => {
                let client = Arc::clone(&self.client);
                async move { client.run().await }.boxed()
            }
        };
        self.task = ClientTask(Some(AbortOnDropHandle::new(tokio::spawn(self.span.around(run)))));
    }

    /// Reads contacts, mutes and settings that are not read yet or were lost, once the account is online. The library
    /// reads them by itself only after a new link or when one changes; and it passes over what changes while it reads a
    /// new link, so that is read once more, somewhat later.
    pub(super) fn sync_app_state(&mut self, is_new_link: bool, clock: SharedClock) {
        let unread = std::mem::take(&mut self.unread);
        let (names, wait) = if is_new_link {
            (COLLECTIONS.to_vec(), SECOND_SYNC_WAIT)
        } else {
            (unread, TimeDelta::zero())
        };
        let client = Arc::downgrade(&self.client);
        let sync = async move {
            clock.sleep_until(clock.now() + wait).await;
            for name in names {
                let Some(client) = client.upgrade() else { return };
                let task = MajorSyncTask::AppStateSync {
                    name,
                    full_sync: !is_new_link,
                };
                client.process_sync_task(task).await;
            }
        };
        tokio::spawn(self.span.around(sync));
    }

    /// Takes the reason for which the last dial failed; None when it did not.
    pub(super) fn take_dial_error(&self) -> Option<String> {
        self.dial_error.lock().take()
    }

    /// Ends the client within `limit`: work drained, socket closed, keys written. After two thirds of it, what is not drained is
    /// dropped as it is.
    pub(super) async fn close(mut self, account: AccountId, limit: Duration) {
        let until = Instant::now() + limit;
        let client = Arc::clone(&self.client);
        let goodbye = async {
            client.disconnect().await;
            if self.task.0.is_some() {
                self.task.ended().await;
            }
        };
        if timeout_at(until - limit / 3, goodbye).await.is_err() {
            warn!(account.id = %account, "a connection to WhatsApp was not closed cleanly in time and was dropped");
        }
        // What cannot be stored is lost as in a crash: WhatsApp delivers the messages again that were not acknowledged.
        let cause = match timeout_at(until, self.store.store_unstored()).await {
            Ok(stored) => stored.err().map(|error| telemetry::chain(&error)),
            Err(_) => Some("the database did not answer in time".to_owned()),
        };
        if let Some(cause) = cause {
            warn!(account.id = %account, cause, "the newest ratchets of account {account} could not be stored");
        }
        // A frame that comes late must not show a ratchet that is not stored.
        self.barrier.poison("the client is closed");
        self.store.close();
        self.queue.store.clear();
    }
}

/// Makes the next client of the account read contacts, mutes and settings from the beginning.
pub(super) async fn request_resync(
    settings: &SessionSettings,
    account: AccountRef,
    fence: &Fence,
) -> Result<(), OpenError> {
    let store = Store::open(&settings.core, account, fence).await?;
    Ok(store.reset_app_state().await?)
}

/// Task in which the library works on a connection; None while there is no connection.
pub(super) struct ClientTask(Option<AbortOnDropHandle<()>>);

impl ClientTask {
    /// Waits until the library is done with the connection; for ever when there is none.
    pub(super) async fn ended(&mut self) {
        let Some(running) = &mut self.0 else {
            return std::future::pending().await;
        };
        // A panic of the library's ends the connection as any other cause does.
        let _ = running.await;
        self.0 = None;
    }
}
