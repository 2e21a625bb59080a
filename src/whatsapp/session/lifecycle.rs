//! Lifecycle of a session: clients and connections one after the other, and the waits between them.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::watch;
use tracing::{debug, warn};
use whatsapp_rust::NodeFilter;
use whatsapp_rust::pair_code::PairCodeOptions;

use super::account_session::{Session, SessionCommand};
use super::device::Device;
use super::ingest_queue::IngestQueue;
use super::link_method::LinkMethod;
use super::link_signal::{EndReason, LinkSignal};
use super::recent_messages::RecentMessages;
use super::watchdog::wait_until_deaf;
use crate::clock::Clock;
use crate::event::{LinkEvent, PairingFailure, StopCause};
use crate::telemetry;

/// Number of lost connections after which a link that is being made has failed.
const MAX_LINK_TRIES: u32 = 5;
/// Longest wait for the socket before a pairing code is asked for.
const SOCKET_TIMEOUT: Duration = Duration::from_secs(30);

/// Loop of a session over its clients, with the state that outlives each of them.
pub(super) struct SessionLoop {
    pub(super) session: Session,
    pub(super) queue: IngestQueue,
    /// Tries since the last stable connection.
    pub(super) attempt: u32,
    /// Time since which the client is online; None while it is not.
    pub(super) online_since: Option<DateTime<Utc>>,
    /// Number of QR codes shown so far.
    pub(super) qr_codes: u32,
    /// Expiry of the pairing code on show; None when there is none.
    pub(super) code_expires_at: Option<DateTime<Utc>>,
    /// True from pairing until the first time online: the library then reads contacts, mutes and settings by itself.
    pub(super) is_new_link: bool,
    recent: Arc<RecentMessages>,
    /// Cause of the last loss that was logged; None since the account was online.
    logged_loss: Option<String>,
}

/// End of a connection.
enum ConnectionEnd {
    /// As it should, for another connection at once.
    Restart,
    /// The connection is lost, for this reason; the client is still usable.
    Lost(String),
    /// Neither the connection nor its client is usable any more.
    ClientUseless(String),
    /// The connection is deaf, which was reported; neither it nor its client is usable any more.
    Deaf,
    /// The session cannot go on.
    Ended(EndReason),
    /// The session was commanded to end.
    Commanded,
}

/// Step that follows the end of a client.
pub(super) enum NextClient {
    /// Another client after a back-off, for this reason; the log gets the cause, which may name what clients need not
    /// know.
    Retry { reason: String, cause: String },
    /// Another client after a back-off, because this one was deaf. The account stays deaf until then.
    RetryDeaf,
    /// Another client at this time, when a ban is over.
    At(DateTime<Utc>),
    /// None: the session ends.
    Never,
}

/// Waits until the session is commanded to end, or its supervisor is gone.
async fn commanded_to_end(command: &mut watch::Receiver<SessionCommand>) {
    let _ = command.wait_for(|command| *command != SessionCommand::Run).await;
}

/// Waits until the time has passed; for ever when it is None.
async fn passed(clock: &dyn Clock, at: Option<DateTime<Utc>>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}

impl SessionLoop {
    pub(super) fn new(session: Session, queue: IngestQueue) -> Self {
        Self {
            session,
            queue,
            attempt: 0,
            online_since: None,
            qr_codes: 0,
            code_expires_at: None,
            is_new_link: false,
            recent: Arc::default(),
            logged_loss: None,
        }
    }

    /// Runs one client after the other until the session is commanded to end or cannot go on.
    pub(super) async fn run(mut self) {
        if !self.wait_until(self.session.starts_at).await {
            self.warn_of_remaining_link();
            return;
        }
        loop {
            let opened = Device::open(
                &self.session.settings,
                self.session.account,
                &self.session.lease,
                self.queue.clone(),
                Arc::clone(&self.recent),
            );
            // What an account that is online needs no room for is boxed, here and below.
            let next = match Box::pin(opened).await {
                Ok(device) => self.run_client(device).await,
                Err(error) => NextClient::Retry {
                    reason: error.to_string(),
                    cause: telemetry::chain(&error),
                },
            };
            let goes_on = match next {
                NextClient::Retry { reason, cause } => self.back_off(reason, cause).await,
                NextClient::RetryDeaf => {
                    let next_try_at = self.plan_next_try("nothing arrived any more".to_owned());
                    self.wait_until(next_try_at).await
                }
                NextClient::At(at) => self.wait_until(at).await,
                NextClient::Never => return,
            };
            if !goes_on {
                self.warn_of_remaining_link();
                return;
            }
        }
    }

    /// Runs the connections of one client until it is of no more use.
    async fn run_client(&mut self, mut device: Device) -> NextClient {
        if !device.is_linked && self.session.method.is_none() {
            let message = "the account is not linked: link it again".to_owned();
            return self.end(EndReason::Stopped(StopCause::NotLinked, message)).await;
        }
        loop {
            let end = self.run_connection(&mut device).await;
            self.session.online.send_replace(None);
            let next = match end {
                ConnectionEnd::Restart => continue,
                ConnectionEnd::Lost(reason) => {
                    if !device.is_linked && self.attempt >= MAX_LINK_TRIES {
                        self.end(EndReason::PairingFailed(PairingFailure::Failed, reason))
                            .await
                    } else if self.back_off(reason.clone(), reason).await {
                        continue;
                    } else {
                        self.log_out(&device).await;
                        NextClient::Never
                    }
                }
                ConnectionEnd::ClientUseless(reason) => NextClient::Retry {
                    cause: reason.clone(),
                    reason,
                },
                ConnectionEnd::Deaf => NextClient::RetryDeaf,
                ConnectionEnd::Ended(reason) => self.end(reason).await,
                ConnectionEnd::Commanded => {
                    self.log_out(&device).await;
                    NextClient::Never
                }
            };
            device
                .close(self.session.account.id, self.session.goodbye())
                .await;
            return next;
        }
    }

    /// Runs one connection, from dialling to its end.
    async fn run_connection(&mut self, device: &mut Device) -> ConnectionEnd {
        let mut lost = None;
        let was_linked = device.is_linked;
        let client = Arc::clone(&device.client);
        let settings = Arc::clone(&self.session.settings);
        let mut dials = 0;
        let mut logged_in = client.wait_for_node(NodeFilter::tag("success")).fuse();
        let mut deaf = Box::pin(wait_until_deaf(&client, &*settings.core.clock, &settings.timing));
        let barrier = Arc::clone(&device.barrier);
        let mut code = self.request_pairing_code(device);
        let mut has_asked = false;
        let mut command = self.session.command.clone();
        device.connect();
        loop {
            tokio::select! {
                biased;
                () = commanded_to_end(&mut command) => return ConnectionEnd::Commanded,
                Some(signal) = device.signals.recv() => match signal {
                    LinkSignal::Dialling => {
                        dials += 1;
                        if dials > 1 {
                            // The library found the socket dead and dials again by itself.
                            Box::pin(self.report_redial()).await;
                            logged_in = client.wait_for_node(NodeFilter::tag("success")).fuse();
                        }
                    }
                    LinkSignal::Lost(reason) => lost = Some(reason),
                    LinkSignal::Ended(reason) if self.concerns_method(&reason) => {
                        return ConnectionEnd::Ended(reason);
                    }
                    signal => {
                        if let Some(reason) = Box::pin(self.handle(device, signal)).await {
                            return ConnectionEnd::Ended(reason);
                        }
                    }
                },
                reason = barrier.wait_poisoned() => return ConnectionEnd::ClientUseless(reason),
                () = device.task.ended() => return Box::pin(self.connection_end(device, lost, was_linked)).await,
                Ok(_) = &mut logged_in => {
                    if device.is_linked {
                        Box::pin(self.report(LinkEvent::Syncing)).await;
                    }
                }
                () = &mut code, if !has_asked => has_asked = true,
                () = passed(&*settings.core.clock, self.code_expires_at) => {
                    let reason = "nobody typed the code on the phone in time: ask for another".to_owned();
                    return ConnectionEnd::Ended(EndReason::PairingFailed(PairingFailure::CodeExpired, reason));
                }
                () = &mut deaf => {
                    self.session.online.send_replace(None);
                    settings.core.metrics.deaf_connections.add_one();
                    Box::pin(self.report(LinkEvent::Deaf)).await;
                    return ConnectionEnd::Deaf;
                }
            }
        }
    }

    /// Finds out how a connection ended that the library is done with.
    async fn connection_end(
        &mut self,
        device: &mut Device,
        mut lost: Option<String>,
        was_linked: bool,
    ) -> ConnectionEnd {
        while let Ok(signal) = device.signals.try_recv() {
            match signal {
                LinkSignal::Lost(reason) => lost = Some(reason),
                LinkSignal::Ended(reason) if self.concerns_method(&reason) => {
                    return ConnectionEnd::Ended(reason);
                }
                signal => {
                    if let Some(reason) = self.handle(device, signal).await {
                        return ConnectionEnd::Ended(reason);
                    }
                }
            }
        }
        match lost.or_else(|| device.take_dial_error()) {
            // A new link is used on a new connection.
            None if device.is_linked && !was_linked => ConnectionEnd::Restart,
            None => ConnectionEnd::Lost("the connection ended".to_owned()),
            Some(reason) => ConnectionEnd::Lost(reason),
        }
    }

    /// Returns true when an end concerns the method by which the account is being linked: WhatsApp sends QR codes
    /// unasked.
    fn concerns_method(&self, reason: &EndReason) -> bool {
        *reason != EndReason::QrExhausted || self.session.method == Some(LinkMethod::Qr)
    }

    /// Asks for a pairing code, where one is wanted. The answer comes as a signal.
    fn request_pairing_code(&self, device: &Device) -> BoxFuture<'static, ()> {
        let wanted = match &self.session.method {
            Some(LinkMethod::PairingCode { phone_number }) if !device.is_linked => Some(phone_number.clone()),
            _ => None,
        };
        let Some(phone_number) = wanted else {
            return std::future::pending().boxed();
        };
        let client = Arc::clone(&device.client);
        let asking = async move {
            if client.wait_for_socket(SOCKET_TIMEOUT).await.is_ok() {
                let options = PairCodeOptions {
                    phone_number,
                    ..PairCodeOptions::default()
                };
                // A refusal comes as a signal too.
                let _ = client.pair_with_code(options).await;
            }
        };
        asking.boxed()
    }

    /// Reports the wait before the next try, and waits. Returns false when the session is to end instead.
    async fn back_off(&mut self, reason: String, cause: String) -> bool {
        let next_try_at = self.plan_next_try(cause);
        let reconnecting = LinkEvent::Reconnecting {
            message: reason,
            attempt: self.attempt,
            next_try_at,
        };
        self.report(reconnecting).await;
        self.wait_until(next_try_at).await
    }

    /// Counts and logs a lost connection. Returns the time of the next try.
    fn plan_next_try(&mut self, cause: String) -> DateTime<Utc> {
        self.count_loss();
        let settings = &self.session.settings;
        let wait = settings.timing.retry_after(self.attempt, &settings.core.ids);
        let next_try_at = self.now() + wait;
        self.log_loss(cause, next_try_at);
        next_try_at
    }

    /// Logs a lost connection with the next try: once for each cause until the account is online again.
    pub(super) fn log_loss(&mut self, cause: String, next_try_at: DateTime<Utc>) {
        let account = self.session.account.id;
        if self.logged_loss.as_ref() == Some(&cause) {
            debug!(account.id = %account, attempt = self.attempt, cause, "account {account} is still offline");
            return;
        }
        warn!(
            account.id = %account,
            attempt = self.attempt,
            whatsapp.url = self.session.settings.websocket_url,
            next_try_at = %next_try_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            "account {account} is offline: {cause}"
        );
        self.logged_loss = Some(cause);
    }

    /// Forgets the logged loss: the account is online.
    pub(super) fn end_loss(&mut self) {
        self.logged_loss = None;
    }

    /// Counts a lost connection; one after a stable connection is the first again.
    pub(super) fn count_loss(&mut self) {
        self.session.settings.core.metrics.reconnects.add_one();
        let stable_after = self.session.settings.timing.stable_after;
        let now = self.now();
        let was_stable = |since: DateTime<Utc>| (now - since).to_std().is_ok_and(|held| held >= stable_after);
        if self.online_since.take().is_some_and(was_stable) {
            self.attempt = 0;
        }
        self.attempt += 1;
    }

    /// Waits until the time. Returns false when the session is commanded to end before.
    pub(super) async fn wait_until(&self, at: DateTime<Utc>) -> bool {
        let mut command = self.session.command.clone();
        tokio::select! {
            biased;
            () = commanded_to_end(&mut command) => false,
            () = self.session.settings.core.clock.sleep_until(at) => true,
        }
    }

    /// Removes the link at WhatsApp, if that is the command and WhatsApp can be reached.
    async fn log_out(&self, device: &Device) {
        if !device.client.is_connected() {
            self.warn_of_remaining_link();
        } else if *self.session.command.borrow() == SessionCommand::LogOut {
            let limit = self.session.settings.timing.goodbye;
            if tokio::time::timeout(limit, device.client.logout()).await.is_err() {
                warn!(
                    account.id = %self.session.account.id,
                    "WhatsApp did not confirm within {limit:?} that account {} is unlinked; the phone may still list it",
                    self.session.account.id
                );
            }
        }
    }

    /// Warns that the session ends without a connection though its link was to be removed.
    fn warn_of_remaining_link(&self) {
        if *self.session.command.borrow() == SessionCommand::LogOut {
            warn!(
                account.id = %self.session.account.id,
                "account {} was unlinked without a connection to WhatsApp; the phone may still list it",
                self.session.account.id
            );
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.session.settings.core.clock.now()
    }
}
