//! Inputs of a session, and its connections to the supervisor and the outbox.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, watch};
use whatsapp_rust::Client;

use super::acks::Acks;
use super::link_method::LinkMethod;
use super::timing::Timing;
use crate::account::AccountRef;
use crate::whatsapp::event_sink::EventSink;
use crate::whatsapp::lease::Lease;
use crate::whatsapp::media_http::MediaHttpClient;
use crate::work::Core;

/// Settings that all sessions of a supervisor share.
pub(in crate::whatsapp) struct SessionSettings {
    pub(in crate::whatsapp) core: Core,
    pub(in crate::whatsapp) websocket_url: String,
    pub(in crate::whatsapp) media_http: MediaHttpClient,
    pub(in crate::whatsapp) version: (u32, u32, u32),
    pub(in crate::whatsapp) device_name: String,
    pub(in crate::whatsapp) timing: Timing,
}

/// Command of the supervisor to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::whatsapp) enum SessionCommand {
    /// Go on.
    Run,
    /// End, and leave the link as it is.
    Stop,
    /// End, and remove the link at WhatsApp.
    LogOut,
    /// End at once: the lease is over, and another node may run the account.
    Abandon,
}

/// Client that is logged in, for the outbox and for requests of media.
#[derive(Clone)]
pub(in crate::whatsapp) struct OnlineClient {
    pub(in crate::whatsapp) client: Arc<Client>,
    pub(in crate::whatsapp) acks: Arc<Acks>,
}

/// Longest time for closing a client whose socket the end of the lease has closed.
const ABANDON_TIMEOUT: Duration = Duration::from_millis(200);

/// Session of one account, before it runs.
pub(in crate::whatsapp) struct Session {
    pub(in crate::whatsapp) settings: Arc<SessionSettings>,
    pub(in crate::whatsapp) account: AccountRef,
    /// Without it nothing is sent and nothing committed.
    pub(in crate::whatsapp) lease: Lease,
    pub(in crate::whatsapp) sink: Arc<dyn EventSink>,
    /// Method of a link that is to be made; None for an account that is linked.
    pub(in crate::whatsapp) method: Option<LinkMethod>,
    /// Time of the first connection: sessions that start together are spread.
    pub(in crate::whatsapp) starts_at: DateTime<Utc>,
    pub(in crate::whatsapp) command: watch::Receiver<SessionCommand>,
    /// The client while it is online; None otherwise.
    pub(in crate::whatsapp) online: watch::Sender<Option<OnlineClient>>,
    /// Notified after a commit of something to send.
    pub(in crate::whatsapp) sends_committed: Arc<Notify>,
}

impl Session {
    /// Longest time for closing a client: short when the account may be another node's.
    pub(super) fn goodbye(&self) -> Duration {
        match *self.command.borrow() {
            SessionCommand::Abandon => ABANDON_TIMEOUT,
            SessionCommand::Run | SessionCommand::Stop | SessionCommand::LogOut => {
                self.settings.timing.goodbye
            }
        }
    }
}
