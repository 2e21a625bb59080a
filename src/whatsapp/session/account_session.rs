//! Inputs of a session, and its connections to the supervisor and the outbox.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, watch};
use whatsapp_rust::Client;

use super::acks::Acks;
use super::link_method::LinkMethod;
use super::timing::Timing;
use crate::account::AccountRef;
use crate::whatsapp::event_sink::EventSink;
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
}

/// Client that is logged in, for the outbox and for requests of media.
#[derive(Clone)]
pub(in crate::whatsapp) struct OnlineClient {
    pub(in crate::whatsapp) client: Arc<Client>,
    pub(in crate::whatsapp) acks: Arc<Acks>,
}

/// Session of one account, before it runs.
pub(in crate::whatsapp) struct Session {
    pub(in crate::whatsapp) settings: Arc<SessionSettings>,
    pub(in crate::whatsapp) account: AccountRef,
    pub(in crate::whatsapp) sink: Arc<dyn EventSink>,
    /// Method of a link that is to be made; None for an account that is linked.
    pub(in crate::whatsapp) method: Option<LinkMethod>,
    /// Time of the first connection: sessions that start together are spread.
    pub(in crate::whatsapp) starts_at: DateTime<Utc>,
    pub(in crate::whatsapp) command: watch::Receiver<SessionCommand>,
    /// The client while it is online; None otherwise.
    pub(in crate::whatsapp) online: watch::Sender<Option<OnlineClient>>,
    /// Notified after each commit, because there may be something to send.
    pub(in crate::whatsapp) committed: Arc<Notify>,
}
