use std::sync::Arc;

use url::Url;

use crate::whatsapp::lease::LeaseTiming;
use crate::whatsapp::media::FileSource;
use crate::whatsapp::outbox::Budget;
use crate::whatsapp::session::Timing;
use crate::work::Core;

/// Configuration of the sessions.
#[derive(Debug, Clone)]
pub struct SupervisorConfig {
    /// The database, keys, clock and random ids.
    pub core: Core,
    /// The address of WhatsApp's socket.
    pub websocket_url: Url,
    /// Address that is asked for media in place of WhatsApp's hosts: the simulator's. None for WhatsApp's hosts.
    pub media_base_url: Option<Url>,
    /// The version of WhatsApp Web that the client presents.
    pub version: (u32, u32, u32),
    /// The name shown in the phone's list of linked devices.
    pub device_name: String,
    /// Waits and time limits of the sessions.
    pub timing: Timing,
    /// Durations of the leases of accounts.
    pub lease: LeaseTiming,
    /// Limits on what an account sends by itself.
    pub budget: Budget,
    /// Content of the files that are sent.
    pub files: Arc<dyn FileSource>,
}
