//! The state of the link, as it is told.

use std::sync::Arc;

use chrono::TimeDelta;
use tracing::{info, warn};

use super::device::Device;
use super::life::{Life, Next};
use super::notice::{End, Notice};
use super::{LinkMethod, Online};
use crate::event::{Event, LinkEvent};

/// How many codes WhatsApp gives out: one of a minute, five of twenty seconds.
const QR_CODES: u32 = 6;
/// The library announces presence some moments after a new name; the correction must come later.
const PRESENCE_AGAIN: TimeDelta = TimeDelta::seconds(3);
/// How long after news of the link could not be kept it is told again.
const TELL_AGAIN: TimeDelta = TimeDelta::seconds(2);

impl Life {
    /// Takes a notice of the library's in. Answers with why the session cannot go on, if it cannot.
    pub(super) async fn heed(&mut self, device: &mut Device, notice: Notice) -> Option<End> {
        match notice {
            Notice::Qr(code, good_for) => {
                if self.session.method == Some(LinkMethod::Qr) {
                    self.qr_codes += 1;
                    let qr = LinkEvent::Qr {
                        code,
                        expires_at: self.now() + good_for,
                        attempt: self.qr_codes,
                        attempts: QR_CODES.max(self.qr_codes),
                    };
                    self.tell(qr).await;
                }
            }
            Notice::Code(code, good_for) => {
                let expires_at = self.now() + good_for;
                self.code_until = Some(expires_at);
                self.tell(LinkEvent::PairingCode { code, expires_at }).await;
            }
            Notice::Paired { owner, push_name } => {
                if let Some(refusal) = self.refusal_of(&owner).await {
                    return Some(refusal);
                }
                device.is_linked = true;
                self.is_new_link = true;
                self.attempt = 0;
                self.code_until = None;
                // The keys of the link must not be younger on disk than the claim that there is one.
                if let Err(error) = device.client.persistence_manager().flush().await {
                    warn!(account.id = %self.session.account.id, %error, "the keys of a new link could not be written");
                }
                let paired = LinkEvent::Paired { owner, push_name };
                self.insist(vec![Event::Link(LinkEvent::Pairing), Event::Link(paired)])
                    .await;
            }
            Notice::Online => self.is_online(device).await,
            Notice::PushName(name) => {
                self.stay_unavailable(device, Some(PRESENCE_AGAIN));
                self.tell(LinkEvent::PushName(name)).await;
            }
            Notice::Dialling | Notice::Lost(_) | Notice::Ended(_) => {}
        }
        None
    }

    async fn is_online(&mut self, device: &mut Device) {
        info!(account.id = %self.session.account.id, "account {} is online", self.session.account.id);
        self.online_since = Some(self.now());
        self.stay_unavailable(device, None);
        self.tell(LinkEvent::Online).await;
        let is_new_link = std::mem::take(&mut self.is_new_link);
        device.catch_up(is_new_link, Arc::clone(&self.session.settings.core.clock));
        self.session.online.send_replace(Some(Online {
            client: Arc::clone(&device.client),
            acks: Arc::clone(&device.acks),
        }));
    }

    /// Takes the library's "available" back, now or in a while.
    fn stay_unavailable(&self, device: &Device, wait: Option<TimeDelta>) {
        let client = Arc::downgrade(&device.client);
        let clock = Arc::clone(&self.session.settings.core.clock);
        tokio::spawn(async move {
            if let Some(wait) = wait {
                clock.sleep_until(clock.now() + wait).await;
            }
            if let Some(client) = client.upgrade() {
                // Without a connection or a name there was no "available" either.
                let _ = client.presence().set_unavailable().await;
            }
        });
    }

    /// The library found the socket dead and dials again by itself.
    pub(super) async fn redials(&mut self) {
        self.session.online.send_replace(None);
        self.count_loss();
        let reconnecting = LinkEvent::Reconnecting {
            reason: "the connection went dead".to_owned(),
            attempt: self.attempt,
            next_try_at: self.now(),
        };
        self.tell(reconnecting).await;
    }

    /// Tells why the session cannot go on, and whether it can later.
    pub(super) async fn end(&mut self, end: End) -> Next {
        info!(account.id = %self.session.account.id, ?end, "the session of account {} ends", self.session.account.id);
        let mut next = Next::Nothing;
        let event = match end {
            End::QrExhausted => LinkEvent::QrExhausted,
            End::PairingFailed(reason) => LinkEvent::PairingFailed { reason },
            End::Passkey => LinkEvent::PasskeyRequired,
            End::Replaced => LinkEvent::Replaced,
            End::LoggedOut(reason) => LinkEvent::LoggedOut { reason },
            End::Banned(reason, rest) => {
                let until = rest.and_then(|rest| Some(self.now() + TimeDelta::from_std(rest).ok()?));
                if let Some(until) = until {
                    next = Next::After(until);
                }
                LinkEvent::Banned { reason, until }
            }
            End::Outdated => LinkEvent::Outdated,
            End::Stopped(reason) => LinkEvent::Stopped { reason },
        };
        self.insist(vec![Event::Link(event)]).await;
        next
    }

    /// Tells what no later state tells, until it is kept or the session is to end.
    async fn insist(&self, events: Vec<Event>) {
        while !self.intake.take(events.clone()).await {
            if !self.wait_until(self.now() + TELL_AGAIN).await {
                return;
            }
        }
    }

    /// Tells the sink of the link's new state.
    pub(super) async fn tell(&self, event: LinkEvent) {
        // What could not be told now is told by the state that follows.
        self.intake.take(vec![Event::Link(event)]).await;
    }
}
