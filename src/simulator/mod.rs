//! A WhatsApp server on loopback: the other end of the wire, and nothing of ours.
//!
//! It speaks the protocol that WhatsApp Web clients speak (Noise, binary nodes, Signal, app state, encrypted media),
//! so that any of them can be linked to a simulated phone, and it lets contacts of that phone do whatever a test or a
//! demonstration needs: post, write, delete, forge, edit. Faults are made on command.
//!
//! Flow: `server` takes a socket, `noise` shakes hands, `connection` turns frames into nodes and hands them to the
//! `World` of the phone that the device belongs to; `linking`, `iq`, `outgoing` and `delivery` are the
//! verbs of that world. Whatever a verb says waits in the world until `commit`, which writes the snapshot first.
//!
//! It must never adapt to one client, never import another module of this crate, and never be reachable but on the
//! address that it was given: its certificate is not WhatsApp's, so a client must be told to accept it.
//!
//! Driven in process by [`Simulator`], or by the control API, which is the same verbs as JSON over HTTP:
//!
//! | Request | Body | Answer |
//! |---|---|---|
//! | `GET /control/phones` | | [`PhoneInfo`]s |
//! | `POST /control/phones` | `{"number","name","addressing"?: "lid" or "pn"}` | [`PhoneInfo`] |
//! | `POST /control/phones/{number}/scan` | the text of the QR code | |
//! | `POST /control/phones/{number}/link-code` | the eight characters | |
//! | `POST /control/phones/{number}/unlink` | | |
//! | `POST /control/phones/{number}/contacts` | `{"number","name"}` | `{"number","lid"}` |
//! | `GET /control/phones/{number}/groups` | | [`GroupInfo`]s |
//! | `POST /control/phones/{number}/groups` | `{"subject","members","admins"?}` | `{"id"}` |
//! | `POST /control/phones/{number}/events` | an [`Event`] | `{"messageId"}` |
//! | `POST /control/phones/{number}/faults` | a [`Fault`] | |
//! | `GET /control/phones/{number}/sent` | | [`SentMessage`]s |
//! | `GET /control/phones/{number}/presences` | | [`SentPresence`]s |
//!
//! A refusal is `{"error"}` with a 4xx status. In process there is more: [`Simulator::heard`] and
//! [`Simulator::acknowledged`] wait, [`Simulator::announced`] too for presence, [`Simulator::sent_media`] opens what was posted, [`Simulator::burst`] makes load,
//! and [`demo`] lets contacts live by themselves.

mod adv;
mod app_state;
mod chance;
mod changes;
mod connection;
mod control;
mod delivery;
pub mod demo;
mod device;
mod encoded;
mod error;
mod event;
mod faults;
mod groups;
mod happen;
mod history;
mod iq;
mod line;
mod linking;
mod load;
mod media;
mod noise;
mod outgoing;
mod past;
mod persist;
mod person;
mod pictures;
mod presence;
mod receipts;
mod registry;
mod reupload;
mod sent;
mod server;
mod signal;
mod stanza;
mod verbs;
mod world;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

pub use error::SimulatorError;
pub use event::{Event, ViewOnceForm};
pub use faults::Fault;
pub use groups::{GroupChange, GroupInfo};
pub use load::Burst;
pub use media::Media;
pub use presence::{SentPresence, Typing};
pub use sent::{SentMedia, SentMessage, SentStyle};
pub use world::Addressing;

use error::Result;
use persist::Storage;
use registry::Registry;

/// Where a simulator listens, and where it keeps what must survive it.
#[derive(Clone, Debug)]
pub struct SimulatorConfig {
    /// The address; port 0 takes any that is free.
    pub listen: SocketAddr,
    /// A folder for phones, keys and media. Without one they live and die with the process.
    pub data_dir: Option<PathBuf>,
}

/// A phone, as the outside sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PhoneInfo {
    /// Its number, digits only.
    pub number: String,
    /// The owner's push name.
    pub name: String,
    /// The user part of its LID.
    pub lid: String,
    /// How many devices are linked.
    pub linked_devices: usize,
    /// Whether any of them is connected and receives messages.
    pub is_connected: bool,
}

/// A running simulator. Clones drive the same one; [`Simulator::shutdown`] ends it for all.
#[derive(Clone)]
pub struct Simulator {
    registry: Arc<Registry>,
    address: SocketAddr,
}

impl Simulator {
    /// Starts a simulator and returns when it listens.
    ///
    /// # Errors
    /// [`SimulatorError::Listen`] when the address is taken or not this machine's, [`SimulatorError::Storage`] or
    /// [`SimulatorError::Snapshot`] when the data folder cannot be used.
    pub async fn start(config: SimulatorConfig) -> Result<Self, SimulatorError> {
        let storage = config.data_dir.as_deref().map(Storage::open).transpose()?;
        let registry = Arc::new(Registry::open(storage)?);
        let failed = |source| SimulatorError::Listen {
            address: config.listen,
            source,
        };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let simulator = Self { registry, address };
        let routes = server::routes(simulator.clone());
        let stop = simulator.registry.stop_token();
        let serving = axum::serve(listener, routes).with_graceful_shutdown(stop.cancelled_owned());
        simulator.registry.tasks.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "the simulator stopped listening");
            }
        });
        Ok(simulator)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client must connect to.
    pub fn websocket_url(&self) -> String {
        format!("ws://{}/ws/chat", self.address)
    }

    /// What a client must put in place of `https://` and the host in the addresses of media.
    pub fn media_base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Drops every connection and waits until all is still.
    pub async fn shutdown(&self) {
        self.registry.stop();
        self.registry.tasks.close();
        self.registry.tasks.wait().await;
    }

    fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }
}
