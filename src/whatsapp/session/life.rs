//! The life of a session: connections one after the other, and the waits between them.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::FutureExt as _;
use tokio::sync::watch as watched;
use tracing::warn;
use whatsapp_rust::NodeFilter;
use whatsapp_rust::pair_code::PairCodeOptions;

use super::arrivals::TakenIn;
use super::device::Device;
use super::intake::Intake;
use super::notice::{End, Notice};
use super::{LinkMethod, Order, Session, watch};
use crate::clock::Clock;
use crate::event::LinkEvent;

/// How often a link is begun anew after a lost connection before it has failed.
const LINK_TRIES: u32 = 5;
/// How long the socket may take before a pairing code can be asked for.
const SOCKET: Duration = Duration::from_secs(30);

/// The state of a session.
pub(super) struct Life {
    pub(super) session: Session,
    pub(super) intake: Intake,
    /// Tries since the last good connection.
    pub(super) attempt: u32,
    pub(super) online_since: Option<DateTime<Utc>>,
    pub(super) qr_codes: u32,
    /// When the pairing code on show is no longer taken.
    pub(super) code_until: Option<DateTime<Utc>>,
    /// It was linked just now, and the library reads contacts, mutes and settings by itself.
    pub(super) is_new_link: bool,
    taken_in: Arc<TakenIn>,
}

/// How a connection ended.
enum Broken {
    /// As it should, for another at once.
    Restarts,
    /// It is gone.
    Lost(String),
    /// It is of no use any more, and neither is its client.
    Useless(String),
    /// The session cannot go on.
    Ended(End),
    /// The session was told to end.
    Ordered,
}

/// What follows a client.
pub(super) enum Next {
    /// Another, after a wait.
    Retry(String),
    /// Another, when a ban is over.
    After(DateTime<Utc>),
    /// Nothing.
    Nothing,
}

/// Waits until the session is told to end, or forgotten by whoever could tell it.
async fn ordered_to_end(order: &mut watched::Receiver<Order>) {
    let _ = order.wait_for(|order| *order != Order::Run).await;
}

/// Waits until the moment has passed; for ever when there is none.
async fn passed(clock: &dyn Clock, moment: Option<DateTime<Utc>>) {
    match moment {
        Some(moment) => clock.sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

impl Life {
    pub(super) fn new(session: Session, intake: Intake) -> Self {
        Self {
            session,
            intake,
            attempt: 0,
            online_since: None,
            qr_codes: 0,
            code_until: None,
            is_new_link: false,
            taken_in: Arc::default(),
        }
    }

    /// Lives until told to end, or until it cannot go on.
    pub(super) async fn live(mut self) {
        if !self.wait_until(self.session.starts_at).await {
            self.leave_untold();
            return;
        }
        loop {
            let opened = Device::open(
                &self.session.settings,
                self.session.account,
                self.intake.clone(),
                Arc::clone(&self.taken_in),
            );
            let next = match opened.await {
                Ok(device) => self.with(device).await,
                Err(error) => Next::Retry(error.to_string()),
            };
            let goes_on = match next {
                Next::Retry(reason) => self.back_off(reason).await,
                Next::After(at) => self.wait_until(at).await,
                Next::Nothing => return,
            };
            if !goes_on {
                self.leave_untold();
                return;
            }
        }
    }

    /// Works with one client until it is of no more use.
    async fn with(&mut self, mut device: Device) -> Next {
        if !device.is_linked && self.session.method.is_none() {
            let reason = "the account is not linked: link it again".to_owned();
            return self.end(End::Stopped(reason)).await;
        }
        loop {
            let broken = self.connection(&mut device).await;
            self.session.online.send_replace(None);
            let next = match broken {
                Broken::Restarts => continue,
                Broken::Lost(reason) => {
                    if !device.is_linked && self.attempt >= LINK_TRIES {
                        self.end(End::PairingFailed(reason)).await
                    } else if self.back_off(reason).await {
                        continue;
                    } else {
                        self.log_out(&device).await;
                        Next::Nothing
                    }
                }
                Broken::Useless(reason) => Next::Retry(reason),
                Broken::Ended(end) => self.end(end).await,
                Broken::Ordered => {
                    self.log_out(&device).await;
                    Next::Nothing
                }
            };
            device.hang_up(self.session.settings.timing.goodbye).await;
            return next;
        }
    }

    /// One connection, from dialling to its end.
    async fn connection(&mut self, device: &mut Device) -> Broken {
        let mut lost = None;
        let was_linked = device.is_linked;
        let client = Arc::clone(&device.client);
        let settings = Arc::clone(&self.session.settings);
        let mut diallings = 0;
        let mut logged_in = client.wait_for_node(NodeFilter::tag("success")).fuse();
        let mut deaf = Box::pin(watch::until_deaf(
            &client,
            &*settings.core.clock,
            &settings.timing,
        ));
        let gate = Arc::clone(&device.gate);
        let mut code = std::pin::pin!(self.pairing_code(device));
        let mut has_asked = false;
        let mut order = self.session.order.clone();
        device.connect();
        loop {
            tokio::select! {
                biased;
                () = ordered_to_end(&mut order) => return Broken::Ordered,
                Some(notice) = device.notices.recv() => match notice {
                    Notice::Dialling => {
                        diallings += 1;
                        if diallings > 1 {
                            // The library found the socket dead and dials again by itself.
                            self.redials().await;
                            logged_in = client.wait_for_node(NodeFilter::tag("success")).fuse();
                        }
                    }
                    Notice::Lost(reason) => lost = Some(reason),
                    Notice::Ended(end) if self.is_meant(&end) => return Broken::Ended(end),
                    notice => {
                        if let Some(end) = self.heed(device, notice).await {
                            return Broken::Ended(end);
                        }
                    }
                },
                reason = gate.broken() => return Broken::Useless(reason),
                () = device.running.ended() => return self.outcome(device, lost, was_linked).await,
                Ok(_) = &mut logged_in => {
                    if device.is_linked {
                        self.tell(LinkEvent::Syncing).await;
                    }
                }
                () = &mut code, if !has_asked => has_asked = true,
                () = passed(&*settings.core.clock, self.code_until) => {
                    let reason = "nobody typed the code on the phone in time: ask for another".to_owned();
                    return Broken::Ended(End::PairingFailed(reason));
                }
                () = &mut deaf => {
                    self.session.online.send_replace(None);
                    self.tell(LinkEvent::Deaf).await;
                    return Broken::Useless("nothing arrived, and a question had no answer".to_owned());
                }
            }
        }
    }

    /// Why the library is done with a connection.
    async fn outcome(&mut self, device: &mut Device, mut lost: Option<String>, was_linked: bool) -> Broken {
        while let Ok(notice) = device.notices.try_recv() {
            match notice {
                Notice::Lost(reason) => lost = Some(reason),
                Notice::Ended(end) if self.is_meant(&end) => return Broken::Ended(end),
                notice => {
                    if let Some(end) = self.heed(device, notice).await {
                        return Broken::Ended(end);
                    }
                }
            }
        }
        match lost.or_else(|| device.failure()) {
            // A new link is used on a new connection.
            None if device.is_linked && !was_linked => Broken::Restarts,
            None => Broken::Lost("the connection ended".to_owned()),
            Some(reason) => Broken::Lost(reason),
        }
    }

    /// Whether an end concerns the way in which the account is being linked: WhatsApp sends QR codes unasked.
    fn is_meant(&self, end: &End) -> bool {
        *end != End::QrExhausted || self.session.method == Some(LinkMethod::Qr)
    }

    /// Asks for a pairing code, where one is wanted. The answer comes as a notice.
    fn pairing_code(&self, device: &Device) -> impl Future<Output = ()> + use<> {
        let wanted = match &self.session.method {
            Some(LinkMethod::PairingCode { phone_number }) if !device.is_linked => Some(phone_number.clone()),
            _ => None,
        };
        let client = Arc::clone(&device.client);
        async move {
            let Some(phone_number) = wanted else {
                return std::future::pending().await;
            };
            if client.wait_for_socket(SOCKET).await.is_ok() {
                let options = PairCodeOptions {
                    phone_number,
                    ..PairCodeOptions::default()
                };
                // A refusal comes as a notice too.
                let _ = client.pair_with_code(options).await;
            }
        }
    }

    /// Waits before the next try, and says so. False when the session is to end instead.
    async fn back_off(&mut self, reason: String) -> bool {
        self.count_loss();
        let settings = &self.session.settings;
        let wait = settings.timing.retry_after(self.attempt, &settings.core.ids);
        let next_try_at = self.now() + wait;
        let reconnecting = LinkEvent::Reconnecting {
            reason,
            attempt: self.attempt,
            next_try_at,
        };
        self.tell(reconnecting).await;
        self.wait_until(next_try_at).await
    }

    pub(super) fn count_loss(&mut self) {
        let stable_after = self.session.settings.timing.stable_after;
        let now = self.now();
        let was_stable = |since: DateTime<Utc>| (now - since).to_std().is_ok_and(|held| held >= stable_after);
        if self.online_since.take().is_some_and(was_stable) {
            self.attempt = 0;
        }
        self.attempt += 1;
    }

    pub(super) async fn wait_until(&self, at: DateTime<Utc>) -> bool {
        let mut order = self.session.order.clone();
        tokio::select! {
            biased;
            () = ordered_to_end(&mut order) => false,
            () = self.session.settings.core.clock.sleep_until(at) => true,
        }
    }

    /// Deletable the link at WhatsApp, if that is the order; as far as WhatsApp can be reached.
    async fn log_out(&self, device: &Device) {
        if !device.client.is_connected() {
            self.leave_untold();
        } else if *self.session.order.borrow() == Order::LogOut {
            let patience = self.session.settings.timing.goodbye;
            if tokio::time::timeout(patience, device.client.logout())
                .await
                .is_err()
            {
                warn!(
                    account.id = %self.session.account.id,
                    "WhatsApp did not confirm within {patience:?} that account {} is unlinked", self.session.account.id
                );
            }
        }
    }

    /// The session ends without a connection: if its link was to be removed, the phone goes on listing it.
    fn leave_untold(&self) {
        if *self.session.order.borrow() == Order::LogOut {
            warn!(
                account.id = %self.session.account.id,
                "WhatsApp could not be told that account {} is unlinked; the phone may still list it", self.session.account.id
            );
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.session.settings.core.clock.now()
    }
}
