//! One linked account: connected, listened to, watched, and ended.
//!
//! ```text
//! library -> ear -> intake -> EventSink          what happened, durable before WhatsApp is acknowledged
//!               \-> notices -> this loop -> intake     the state of the link
//! ```
//!
//! The library would reconnect by itself, silently and with waits of up to a quarter of an hour. Here the session owns
//! the back-off, so that every wait is visible ([`LinkEvent::Reconnecting`]) and short; see [`line::Leash`] for the two
//! ends of a connection that stay the library's. No state is a crash: what WhatsApp or the network do ends in a
//! [`LinkEvent`], and those that need a person end the session.
//!
//! # What can be lost
//!
//! The library acknowledges what is delivered by itself: messages when the hook has answered, everything else (placeholders
//! of view-once messages, receipts, and statuses beside their messages' receipts) unasked. The hook answers at once, so
//! that the next message is read meanwhile, and every acknowledgement is held back at the socket until what it is for is
//! durable ([`gate`]). A crash before that leaves the server owing us the event, and of every message that was handed over
//! the library has a copy, which it plays when the message comes again; of statuses [`arrivals`] does.
//!
//! Contacts and mutes are not delivered but asked for, and the library notes how far it has read before it tells of them.
//! Those that could not be kept are asked for again, from the beginning ([`Intake::note`](intake::Intake)). Not so what was
//! told in the moment before a crash: a contact or a mute of that moment is unknown until it changes again, or the account
//! is linked anew.
//!
//! What cannot come back is what the library drops before it tells anybody: posts of channels, and statuses more than a
//! day old.
//!
//! # Presence
//!
//! The library announces "available" whenever it has logged in, and has no switch for it. While any device is available
//! the phone does not notify its owner, so the session says "unavailable" right after.

mod acks;
mod arrivals;
mod device;
mod ear;
mod gate;
mod groups;
mod intake;
mod life;
mod line;
mod notice;
mod owner;
mod state;
mod timing;
mod watch;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, watch as watched};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use whatsapp_rust::Client;

pub use timing::Timing;

pub(super) use acks::Acks;
pub(super) use intake::Intake;

use super::EventSink;
use super::hosts::Hosts;
use crate::account::AccountRef;
use crate::work::Core;

/// How an account is linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkMethod {
    /// The phone scans a QR code.
    Qr,
    /// The owner types a code on the phone.
    PairingCode {
        /// The account's number: digits with country code, no plus.
        phone_number: String,
    },
}

/// What every session of a supervisor works with.
pub(super) struct Settings {
    pub(super) core: Core,
    pub(super) websocket_url: String,
    pub(super) hosts: Hosts,
    pub(super) version: (u32, u32, u32),
    pub(super) device_name: String,
    pub(super) timing: Timing,
}

/// What a session is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Go on.
    Run,
    /// End, and leave the link as it is.
    Stop,
    /// End, and remove the link at WhatsApp.
    LogOut,
}

/// A connected client, for whoever has something to send.
#[derive(Clone)]
pub(super) struct Online {
    pub(super) client: Arc<Client>,
    pub(super) acks: Arc<Acks>,
}

/// What the session of an account is made of.
pub(super) struct Session {
    pub(super) settings: Arc<Settings>,
    pub(super) account: AccountRef,
    pub(super) sink: Arc<dyn EventSink>,
    /// Set for a link that is to be made.
    pub(super) method: Option<LinkMethod>,
    /// Many sessions that start together are spread.
    pub(super) starts_at: DateTime<Utc>,
    pub(super) order: watched::Receiver<Order>,
    /// The client while it is online.
    pub(super) online: watched::Sender<Option<Online>>,
    /// Told when there may be something to send.
    pub(super) committed: Arc<Notify>,
}

impl Session {
    /// Lives until it is told to end or cannot go on. `then` is given the way into the sink, for whoever works beside
    /// the session: it ends with the session.
    pub(super) async fn run<B: Future<Output = ()>>(self, beside: impl FnOnce(Intake) -> B) {
        let (intake, worker) = intake::queue(
            self.account,
            Arc::clone(&self.sink),
            Arc::clone(&self.settings.core.clock),
            Arc::clone(&self.committed),
        );
        let (settings, account, kept) = (Arc::clone(&self.settings), self.account, intake.clone());
        let over = CancellationToken::new();
        let beside = over.run_until_cancelled(beside(intake.clone()));
        let life = async {
            life::Life::new(self, intake).live().await;
            over.cancel();
        };
        tokio::join!(worker.run(over.clone()), life, beside);
        if kept.has_lost_some()
            && let Err(error) = device::read_anew(&settings, account).await
        {
            warn!(account.id = %account.id, %error, "contacts or mutes of account {} were lost", account.id);
        }
    }
}
