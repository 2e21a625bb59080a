//! The supervisor: starts, restarts, links, unlinks and ends the sessions.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use parking_lot::Mutex;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use super::account_list;
use super::config::SupervisorConfig;
use super::error::SupervisorError;
use super::running::{RunningSession, Slot, end};
use crate::account::AccountRef;
use crate::config::check_whatsapp_url;
use crate::event::{Event, LinkEvent, StopCause};
use crate::id::AccountId;
use crate::whatsapp::event_sink::EventSink;
use crate::whatsapp::media::{Downloads, FileSource, LARGEST_FILE_BYTES};
use crate::whatsapp::media_http::MediaHttpClient;
use crate::whatsapp::outbox::{Budget, Sender};
use crate::whatsapp::session::{LinkMethod, Session, SessionCommand, SessionSettings};
use crate::whatsapp::store::Store;

/// Average time between the starts of two accounts, so that a thousand are under way within half a minute.
const START_INTERVAL: Duration = Duration::from_millis(25);
/// Size of media beyond its content: a seal, and padding.
const ENCRYPTION_BYTES: u64 = 64;
/// Message of an account that stops because its linking was interrupted.
const LINKING_INTERRUPTED: &str =
    "the server restarted while it was being linked; restart the account for a new code";

/// Supervisor of all sessions. Clones share their state.
#[derive(Clone)]
pub struct Supervisor {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Arc<SessionSettings>,
    budget: Budget,
    files: Arc<dyn FileSource>,
    sink: Arc<dyn EventSink>,
    downloads: Downloads,
    tasks: TaskTracker,
    stop: CancellationToken,
    /// One slot per account, so that there is never a second session and no account waits until another has ended.
    slots: Mutex<HashMap<AccountId, Slot>>,
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
                settings: Arc::new(settings),
                budget: config.budget,
                files: config.files,
                sink,
                downloads: Downloads::new(media_http),
                tasks,
                stop,
                slots: Mutex::default(),
            }),
        })
    }

    /// Starts every account that should run, spread so that they do not all connect at once, and returns their number.
    /// When it returns, each is reported as resuming, whatever its state was when the server went down; one that was
    /// being linked then is stopped, because its codes are gone.
    ///
    /// # Errors
    /// [`SupervisorError::Work`].
    pub async fn start_all(&self) -> Result<usize, SupervisorError> {
        let db = &self.inner.settings.core.db;
        for account in account_list::being_linked(db).await? {
            let interrupted = LinkEvent::Stopped {
                cause: StopCause::LinkingInterrupted,
                message: LINKING_INTERRUPTED.to_owned(),
            };
            self.report(account, interrupted).await;
        }
        let accounts = account_list::to_run(db).await?;
        let count = accounts.len();
        let mut wait = Duration::ZERO;
        for account in accounts {
            self.report(account, LinkEvent::Resuming).await;
            let step = u64::try_from(START_INTERVAL.as_millis() * 2).unwrap_or(u64::MAX);
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
        let command = slot
            .as_ref()
            .map_or(SessionCommand::Run, |running| *running.command.borrow());
        if command != SessionCommand::Run {
            // Commanded to end by a caller that did not wait for it.
            end(&mut slot, command).await;
        }
        self.start_in(&mut slot, account, None, Duration::ZERO)
    }

    /// Links an account anew; a link that it has is removed first, as by [`Self::unlink`]. Codes and progress come as
    /// events.
    ///
    /// # Errors
    /// [`SupervisorError::ShuttingDown`], [`SupervisorError::Work`].
    pub async fn link(&self, account: AccountRef, method: LinkMethod) -> Result<(), SupervisorError> {
        let slot = self.slot(account.id);
        let mut slot = slot.lock().await;
        end(&mut slot, SessionCommand::LogOut).await;
        self.erase(account).await?;
        self.start_in(&mut slot, account, Some(method), Duration::ZERO)
    }

    /// Ends the session of an account cleanly; returns when it has ended. Its link stays.
    pub async fn stop(&self, account: AccountRef) {
        let slot = self.slot(account.id);
        end(&mut *slot.lock().await, SessionCommand::Stop).await;
    }

    /// Removes the link of an account at WhatsApp, if WhatsApp can be reached within [`Timing::goodbye`], and then its
    /// keys here.
    ///
    /// [`Timing::goodbye`]: crate::whatsapp::Timing::goodbye
    ///
    /// # Errors
    /// [`SupervisorError::Work`] when the keys could not be erased.
    pub async fn unlink(&self, account: AccountRef) -> Result<(), SupervisorError> {
        let slot = self.slot(account.id);
        let mut slot = slot.lock().await;
        end(&mut slot, SessionCommand::LogOut).await;
        self.erase(account).await
    }

    /// Ends every session cleanly; returns when all have ended. None can be started any more.
    pub async fn shutdown(&self) {
        self.inner.stop.cancel();
        let slots: Vec<Slot> = self.inner.slots.lock().values().cloned().collect();
        for slot in slots {
            end(&mut *slot.lock().await, SessionCommand::Stop).await;
        }
    }

    pub(super) fn slot(&self, account: AccountId) -> Slot {
        Arc::clone(self.inner.slots.lock().entry(account).or_default())
    }

    pub(super) fn downloads(&self) -> &Downloads {
        &self.inner.downloads
    }

    /// Reports the state in which the start puts an account.
    async fn report(&self, account: AccountRef, link: LinkEvent) {
        if let Err(error) = self.inner.sink.ingest(account, &[Event::Link(link)]).await {
            warn!(
                account.id = %account.id,
                error,
                "the start of account {} could not be recorded: clients see its state from before", account.id
            );
        }
    }

    async fn erase(&self, account: AccountRef) -> Result<(), SupervisorError> {
        let mut work = self.inner.settings.core.begin(account.user).await?;
        Store::erase(&mut work, account).await?;
        Ok(work.commit().await?)
    }

    fn start_in(
        &self,
        slot: &mut Option<RunningSession>,
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

    fn spawn(&self, account: AccountRef, method: Option<LinkMethod>, wait: Duration) -> RunningSession {
        let inner = &self.inner;
        let (command_sender, command) = watch::channel(SessionCommand::Run);
        let (online_sender, online) = watch::channel(None);
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
            command,
            online: online_sender,
            committed: Arc::clone(&wake),
        };
        let sender = Sender {
            core,
            account,
            budget: inner.budget,
            files: Arc::clone(&inner.files),
            online: online.clone(),
            wake: Arc::clone(&wake),
        };
        let running = RunningSession {
            command: command_sender.clone(),
            online,
            ended: ended.clone(),
        };
        let stop = inner.stop.clone();
        let mut announcements = inner.settings.core.hub.subscribe(account.user);
        // A job or a mutation that wants to send announces an event as well.
        let wake_sender = async move {
            while !matches!(announcements.recv().await, Err(RecvError::Closed)) {
                wake.notify_one();
            }
            std::future::pending::<()>().await;
        };
        inner.tasks.spawn(async move {
            // Cancelled even by a panic, or callers that wait for the end would wait for ever.
            let _ended = ended.drop_guard();
            let mut session = Box::pin(session.run(move |queue| sender.run(queue)));
            tokio::select! {
                biased;
                () = &mut session => {}
                () = wake_sender => {}
                () = stop.cancelled() => {
                    command_sender.send_replace(SessionCommand::Stop);
                    session.await;
                }
            }
        });
        running
    }
}

impl std::fmt::Debug for Supervisor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Supervisor")
    }
}
