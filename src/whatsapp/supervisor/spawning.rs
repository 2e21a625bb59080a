//! Sessions on tasks of their own.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::error::SupervisorError;
use super::running::{RunningSession, is_running};
use super::sessions::Supervisor;
use crate::account::AccountRef;
use crate::event::{Event, LinkEvent};
use crate::whatsapp::lease::Lease;
use crate::whatsapp::outbox::Sender;
use crate::whatsapp::session::{LinkMethod, Session, SessionCommand};

/// Time that a session has to end whose lease is over; then it is dropped. Its socket is closed already.
const ABANDON_TIMEOUT: Duration = Duration::from_secs(1);

impl Supervisor {
    /// Reports the state in which the start puts an account.
    pub(super) async fn report(&self, account: AccountRef, lease: &Lease, link: LinkEvent) {
        let events = [Event::Link(link)];
        let recorded = self.inner.sink.ingest(account, lease.fence(), &events, None);
        if let Err(error) = recorded.await {
            warn!(
                account.id = %account.id,
                error,
                "the start of account {} could not be recorded: clients see its state from before", account.id
            );
        }
    }

    /// Starts a session in the slot of an account, unless one runs in it.
    pub(super) fn start_in(
        &self,
        slot: &mut Option<RunningSession>,
        account: AccountRef,
        lease: &Lease,
        method: Option<LinkMethod>,
        wait: Duration,
    ) -> Result<(), SupervisorError> {
        if self.inner.stop.is_cancelled() {
            return Err(SupervisorError::ShuttingDown);
        }
        if !is_running(slot.as_ref()) {
            *slot = Some(self.spawn(account, lease, method, wait));
        }
        Ok(())
    }

    fn spawn(
        &self,
        account: AccountRef,
        lease: &Lease,
        method: Option<LinkMethod>,
        wait: Duration,
    ) -> RunningSession {
        let inner = &self.inner;
        let (command_sender, command) = watch::channel(SessionCommand::Run);
        let (online_sender, online) = watch::channel(None);
        let wake = Arc::new(Notify::new());
        let core = inner.settings.core.clone();
        let running = RunningSession {
            command: command_sender,
            online: online.clone(),
            ended: CancellationToken::new(),
            fence: lease.fence().number(),
            is_new_link: method.is_some(),
        };
        let session = Session {
            settings: Arc::clone(&inner.settings),
            account,
            lease: lease.clone(),
            sink: Arc::clone(&inner.sink),
            method,
            starts_at: core.clock.now() + TimeDelta::from_std(wait).unwrap_or_default(),
            command,
            online: online_sender,
            sends_committed: Arc::clone(&wake),
        };
        let sender = Sender {
            core,
            account,
            lease: lease.clone(),
            budget: inner.budget,
            files: Arc::clone(&inner.files),
            online,
            wake: Arc::clone(&wake),
        };
        self.run(session, sender, &running, wake);
        running
    }

    /// Runs a session on a task until it ends, the server stops or the lease is over.
    fn run(&self, session: Session, sender: Sender, running: &RunningSession, wake: Arc<Notify>) {
        let (command, ended, stop) = (
            running.command.clone(),
            running.ended.clone(),
            self.inner.stop.clone(),
        );
        let mut announcements = self.inner.settings.core.hub.subscribe(session.account.user);
        // A job or a mutation that wants to send announces an event as well.
        let wake_sender = async move {
            loop {
                match announcements.recv().await {
                    Ok(announced) if !announced.may_have_sends => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => wake.notify_one(),
                    // The hub ends with the server.
                    Err(RecvError::Closed) => std::future::pending().await,
                }
            }
        };
        let (account, lease) = (session.account.id, session.lease.clone());
        let metrics = self.inner.settings.core.metrics.clone();
        self.inner.tasks.spawn(async move {
            // Cancelled even by a panic, or callers that wait for the end would wait for ever.
            let _ended = ended.drop_guard();
            let mut session = Box::pin(session.run(move |queue| sender.run(queue)));
            let until_stopped = async {
                tokio::select! {
                    biased;
                    () = &mut session => {}
                    () = wake_sender => {}
                    () = stop.cancelled() => {
                        command.send_replace(SessionCommand::Stop);
                        session.await;
                    }
                }
            };
            let mut until_stopped = Box::pin(until_stopped);
            tokio::select! {
                biased;
                () = &mut until_stopped => return,
                () = lease.over() => {}
            }
            metrics.leases_lost.add_one();
            warn!(account.id = %account, "the lease of account {account} is over: its session ends, and any server may run it");
            command.send_replace(SessionCommand::Abandon);
            let _ = tokio::time::timeout(ABANDON_TIMEOUT, until_stopped).await;
        });
    }
}
