//! State of the link, as the session reports it to the sink.

use std::sync::Arc;

use chrono::TimeDelta;
use tracing::{Instrument as _, info, warn};

use super::account_session::OnlineClient;
use super::device::Device;
use super::lifecycle::{NextClient, SessionLoop};
use super::link_method::LinkMethod;
use super::link_signal::{EndReason, LinkSignal};
use crate::event::{Event, LinkEvent};

/// Number of QR codes that WhatsApp gives out: one of a minute, five of twenty seconds.
const QR_CODES: u32 = 6;
/// Wait before presence is corrected after a new name: the library announces presence some moments later.
const PRESENCE_WAIT: TimeDelta = TimeDelta::seconds(3);
/// Wait before a state of the link is reported again that could not be committed.
const REPORT_RETRY_WAIT: TimeDelta = TimeDelta::seconds(2);

impl SessionLoop {
    /// Handles a signal. Returns the reason to end the session, or None when it goes on.
    pub(super) async fn handle(&mut self, device: &mut Device, signal: LinkSignal) -> Option<EndReason> {
        match signal {
            LinkSignal::Qr(code, valid_for) => {
                if self.session.method == Some(LinkMethod::Qr) {
                    self.qr_codes += 1;
                    let qr = LinkEvent::Qr {
                        code,
                        expires_at: self.now() + valid_for,
                        attempt: self.qr_codes,
                        attempts: QR_CODES.max(self.qr_codes),
                    };
                    self.report(qr).await;
                }
            }
            LinkSignal::Code(code, valid_for) => {
                let expires_at = self.now() + valid_for;
                self.code_expires_at = Some(expires_at);
                self.report(LinkEvent::PairingCode { code, expires_at }).await;
            }
            LinkSignal::Paired { owner, push_name } => {
                if let Some(refusal) = self.check_owner(&owner).await {
                    return Some(refusal);
                }
                device.is_linked = true;
                self.is_new_link = true;
                self.attempt = 0;
                self.code_expires_at = None;
                // The link must not be reported before its keys are on disk.
                if let Err(error) = device.client.persistence_manager().flush().await {
                    warn!(account.id = %self.session.account.id, %error, "the keys of a new link could not be written");
                }
                let paired = LinkEvent::Paired { owner, push_name };
                self.report_until_durable(vec![Event::Link(LinkEvent::Pairing), Event::Link(paired)])
                    .await;
            }
            LinkSignal::Online => self.go_online(device).await,
            LinkSignal::PushName(name) => {
                self.set_unavailable(device, Some(PRESENCE_WAIT));
                if let Some(name) = name {
                    self.report(LinkEvent::PushName(name)).await;
                }
            }
            LinkSignal::Dialling | LinkSignal::Lost(_) | LinkSignal::Ended(_) => {}
        }
        None
    }

    async fn go_online(&mut self, device: &mut Device) {
        info!(account.id = %self.session.account.id, "account {} is online", self.session.account.id);
        self.end_loss();
        self.online_since = Some(self.now());
        self.set_unavailable(device, None);
        self.report(LinkEvent::Online).await;
        let is_new_link = std::mem::take(&mut self.is_new_link);
        device.sync_app_state(is_new_link, Arc::clone(&self.session.settings.core.clock));
        self.session.online.send_replace(Some(OnlineClient {
            client: Arc::clone(&device.client),
            acks: Arc::clone(&device.acks),
        }));
    }

    /// Takes the library's "available" back, at once or after `wait`.
    fn set_unavailable(&self, device: &Device, wait: Option<TimeDelta>) {
        let client = Arc::downgrade(&device.client);
        let clock = Arc::clone(&self.session.settings.core.clock);
        let work = async move {
            if let Some(wait) = wait {
                clock.sleep_until(clock.now() + wait).await;
            }
            if let Some(client) = client.upgrade() {
                // Without a connection or a name there was no "available" either.
                let _ = client.presence().set_unavailable().await;
            }
        };
        tokio::spawn(work.in_current_span());
    }

    /// Reports that the library found the socket dead and dials again by itself.
    pub(super) async fn report_redial(&mut self) {
        self.session.online.send_replace(None);
        self.count_loss();
        let (message, now) = ("the connection went dead".to_owned(), self.now());
        self.log_loss(message.clone(), now);
        let reconnecting = LinkEvent::Reconnecting {
            message,
            attempt: self.attempt,
            next_try_at: now,
        };
        self.report(reconnecting).await;
    }

    /// Reports the reason for which the session cannot go on, and decides whether it can later.
    pub(super) async fn end(&mut self, reason: EndReason) -> NextClient {
        info!(account.id = %self.session.account.id, ?reason, "the session of account {} ends", self.session.account.id);
        let mut next = NextClient::Never;
        let event = match reason {
            EndReason::QrExhausted => LinkEvent::QrExhausted,
            EndReason::PairingFailed(cause, message) => LinkEvent::PairingFailed { cause, message },
            EndReason::AlreadyLinked(other) => LinkEvent::AlreadyLinked { other },
            EndReason::Passkey => LinkEvent::PasskeyRequired,
            EndReason::Replaced => LinkEvent::Replaced,
            EndReason::LoggedOut(cause, message) => LinkEvent::LoggedOut { cause, message },
            EndReason::Banned(message, duration) => {
                let until =
                    duration.and_then(|duration| Some(self.now() + TimeDelta::from_std(duration).ok()?));
                if let Some(until) = until {
                    next = NextClient::At(until);
                }
                LinkEvent::Banned { message, until }
            }
            EndReason::Outdated => LinkEvent::Outdated,
            EndReason::Stopped(cause, message) => LinkEvent::Stopped { cause, message },
        };
        self.report_until_durable(vec![Event::Link(event)]).await;
        next
    }

    /// Reports events that no later state repeats, again and again until they are committed or the session is to end.
    async fn report_until_durable(&self, events: Vec<Event>) {
        while !self.queue.ingest(events.clone()).await {
            if !self.wait_until(self.now() + REPORT_RETRY_WAIT).await {
                return;
            }
        }
    }

    /// Reports the link's new state.
    pub(super) async fn report(&self, event: LinkEvent) {
        // A state that could not be committed is superseded by the next one.
        self.queue.ingest(vec![Event::Link(event)]).await;
    }
}
