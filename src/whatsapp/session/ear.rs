//! Hears everything that the library tells and sorts it: what happened goes to the intake, what concerns the link to the
//! session.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;
use whatsapp_rust::anyhow::{Result, anyhow};
use whatsapp_rust::types::events::{
    self as library, ConnectFailureReason, Event as Heard, EventHandler, EventInterest, EventKind,
    InboundMessage,
};
use whatsapp_rust::{Client, InboundDurabilityHook};

use super::acks::Acks;
use super::arrivals::Arrivals;
use super::gate::Gate;
use super::groups::Groups;
use super::intake::Intake;
use super::line::Leash;
use super::notice::{End, Notice};
use crate::event::{Event, Person};
use crate::whatsapp::translate;

/// The handlers of one client; clones are one.
#[derive(Clone)]
pub(super) struct Ear {
    pub(super) client: Arc<OnceLock<Weak<Client>>>,
    pub(super) intake: Intake,
    pub(super) gate: Arc<Gate>,
    pub(super) leash: Leash,
    pub(super) notices: mpsc::Sender<Notice>,
    pub(super) acks: Arc<Acks>,
    pub(super) arrivals: Arc<Arrivals>,
    pub(super) groups: Groups,
}

/// The owner of `client`, by both names once it is linked.
pub(super) fn owner(client: &Client) -> Person {
    let (lid, pn) = (client.lid(), client.pn());
    translate::person_of(lid.iter().chain(&pn)).unwrap_or_default()
}

#[async_trait]
impl InboundDurabilityHook for Ear {
    async fn on_messages(&self, client: Arc<Client>, batch: &[InboundMessage]) -> Result<()> {
        let owner = owner(&client);
        let batch: Vec<&InboundMessage> = batch
            .iter()
            .filter(|inbound| !self.arrivals.knows(&inbound.info))
            .collect();
        let mut events: Vec<Event> = batch
            .iter()
            .filter_map(|inbound| translate::message(&inbound.info, &inbound.message, &owner))
            .collect();
        if events.is_empty() || events.iter().any(Groups::must_ask) {
            // There is nothing to keep; or the question must get out, and of every status the library has its copy by now.
            for inbound in &batch {
                self.arrivals.let_go(&inbound.info.id);
            }
        }
        if events.is_empty() {
            return Ok(());
        }
        let deadline = Groups::deadline();
        for event in &mut events {
            self.groups.complete(event, deadline).await;
        }
        // Only now, for the questions wait as long as anything is held.
        let _busy = self.arrivals.busy();
        let handed = self.arrivals.hand_over(&batch);
        if self.intake.hand_over(events, handed).await {
            return Ok(());
        }
        Err(anyhow!("the messages were not kept"))
    }
}

impl EventHandler for Ear {
    fn handle_event(&self, heard: Arc<Heard>) {
        match &*heard {
            Heard::Messages(batch) if !batch.hook_committed => {
                let owner = self.owner();
                self.keep(
                    batch
                        .iter()
                        .filter_map(|m| translate::message(&m.info, &m.message, &owner)),
                );
            }
            Heard::UndecryptableMessage(notice) => {
                self.keep(translate::without_content(notice, &self.owner()));
                self.arrivals.let_go(&notice.info.id);
            }
            Heard::RawNode(stanza) => {
                if let Some(client) = self.client() {
                    self.arrivals.arrives(stanza, &client);
                }
                if stanza.tag() == "receipt" {
                    self.keep(translate::receipt_of_status(stanza.get(), &self.owner()));
                }
            }
            Heard::Receipt(receipt) => self.keep(translate::receipt(receipt)),
            Heard::GroupUpdate(update) => {
                if let Some(group) = translate::group(&update.group_jid) {
                    self.groups.changed(&group);
                }
            }
            Heard::ContactUpdate(update) => self.note(translate::contact(update)),
            Heard::MuteUpdate(update) => self.note(translate::mute(update)),
            Heard::UserStatusMuteUpdate(update) => self.note(translate::mute_of_statuses(update)),
            Heard::ServerAck(ack) => self.acks.settle(ack),
            Heard::Connected(_) => {
                self.leash.set(true);
                if let Some(client) = self.client() {
                    self.arrivals.is_online(&client);
                }
                self.notify(Notice::Online);
            }
            Heard::Disconnected(lost) => {
                self.leash.set(false);
                self.notify(Notice::Lost(lost.reason.to_string()));
            }
            link => {
                if let Some(notice) = notice(link) {
                    self.notify(notice);
                }
            }
        }
    }

    fn interest(&self) -> EventInterest {
        EventInterest::of(&[
            EventKind::RawNode,
            EventKind::Messages,
            EventKind::UndecryptableMessage,
            EventKind::Receipt,
            EventKind::GroupUpdate,
            EventKind::ContactUpdate,
            EventKind::MuteUpdate,
            EventKind::UserStatusMuteUpdate,
            EventKind::ServerAck,
            EventKind::Connected,
            EventKind::Disconnected,
            EventKind::PairingQrCode,
            EventKind::PairingQrCodesExhausted,
            EventKind::PairingCode,
            EventKind::PairingCodeError,
            EventKind::QrScannedWithoutMultidevice,
            EventKind::PairSuccess,
            EventKind::PairError,
            EventKind::PairPasskeyRequest,
            EventKind::PairPasskeyError,
            EventKind::SelfPushNameUpdated,
            EventKind::StreamReplaced,
            EventKind::LoggedOut,
            EventKind::TemporaryBan,
            EventKind::ClientOutdated,
            EventKind::ConnectFailure,
            EventKind::StreamError,
        ])
    }
}

impl Ear {
    fn client(&self) -> Option<Arc<Client>> {
        self.client.get().and_then(Weak::upgrade)
    }

    fn owner(&self) -> Person {
        self.client().map(|client| owner(&client)).unwrap_or_default()
    }

    fn keep(&self, events: impl IntoIterator<Item = Event>) {
        let events: Vec<Event> = events.into_iter().collect();
        if !events.is_empty() {
            self.intake.hold(&self.gate, events);
        }
    }

    /// Keeps what came in answer to a question of the library's.
    fn note(&self, events: impl IntoIterator<Item = Event>) {
        let events: Vec<Event> = events.into_iter().collect();
        if !events.is_empty() {
            self.intake.note(&self.gate, events);
        }
    }

    fn notify(&self, notice: Notice) {
        if self.notices.try_send(notice).is_err() {
            self.gate.smash("the session does not keep up");
        }
    }
}

/// What the library says of the link.
fn notice(heard: &Heard) -> Option<Notice> {
    Some(match heard {
        Heard::PairingQrCode(qr) => Notice::Qr(qr.code.clone(), qr.timeout),
        Heard::PairingQrCodesExhausted(_) => Notice::Ended(End::QrExhausted),
        Heard::PairingCode(code) => Notice::Code(code.code.clone(), code.timeout),
        Heard::PairingCodeError(error) => Notice::Ended(End::PairingFailed(error.error.clone())),
        Heard::QrScannedWithoutMultidevice(_) => Notice::Ended(End::PairingFailed(
            "the phone's WhatsApp is too old for linked devices: update it, then link again".to_owned(),
        )),
        Heard::PairSuccess(paired) => Notice::Paired {
            owner: translate::person_of([&paired.lid, &paired.id])?,
            push_name: Some(paired.business_name.clone()).filter(|name| !name.is_empty()),
        },
        Heard::PairError(error) => Notice::Ended(End::PairingFailed(error.error.clone())),
        Heard::PairPasskeyRequest(_) => Notice::Ended(End::Passkey),
        Heard::PairPasskeyError(error) => Notice::Ended(End::PairingFailed(error.error.clone())),
        Heard::SelfPushNameUpdated(name) => Notice::PushName(name.new_name.clone()),
        Heard::StreamReplaced(_) => Notice::Ended(End::Replaced),
        Heard::LoggedOut(out) => Notice::Ended(End::LoggedOut(why_logged_out(out))),
        Heard::TemporaryBan(ban) => {
            Notice::Ended(End::Banned(ban.code.to_string(), ban.expire.to_std().ok()))
        }
        Heard::ClientOutdated(_) => Notice::Ended(End::Outdated),
        Heard::ConnectFailure(failure) => refused(failure),
        Heard::StreamError(error) => {
            Notice::Lost(format!("WhatsApp ended the stream with error '{}'", error.code))
        }
        _ => return None,
    })
}

fn why_logged_out(out: &library::LoggedOut) -> String {
    let words = out.logout_message.as_ref().and_then(|words| {
        let said = [&words.header, &words.subtext];
        let said: Vec<&str> = said.into_iter().flatten().map(String::as_str).collect();
        (!said.is_empty()).then(|| said.join(": "))
    });
    words.unwrap_or_else(|| {
        match out.reason {
            ConnectFailureReason::AccountLocked => "WhatsApp locked the account",
            _ => "the phone or WhatsApp removed this linked device",
        }
        .to_owned()
    })
}

/// A login that WhatsApp refused: for now, or for good.
fn refused(failure: &library::ConnectFailure) -> Notice {
    let code = failure.reason.code();
    let said = failure.message.as_deref().unwrap_or("no reason given");
    let reason = format!("WhatsApp refused the login with {code}: {said}");
    match failure.reason {
        reason_code if reason_code.should_reconnect() => Notice::Lost(reason),
        ConnectFailureReason::TempBanned => Notice::Ended(End::Banned(reason, None::<Duration>)),
        _ => Notice::Ended(End::Stopped(reason)),
    }
}
