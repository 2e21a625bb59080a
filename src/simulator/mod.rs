//! A WhatsApp server on loopback, for tests and the demonstration.
//!
//! It speaks the protocol that WhatsApp Web clients speak (Noise, binary nodes, Signal, app state, encrypted media),
//! so that any such client can be linked to a simulated phone. On command its contacts post, write, delete, forge and
//! edit, and faults happen.
//!
//! Flow: `server` accepts a socket, `noise` does the handshake, `connection` turns frames into stanzas and hands them to
//! the `World` of the phone that the device belongs to; `linking`, `iq`, `outgoing` and `delivery` are the methods of
//! that world. Stanzas that a method sends wait in the world until `commit`, which writes the snapshot first.
//!
//! Owners of phones who are each other's contacts, or members of one group, hear from each other: `letters` carries messages,
//! read receipts and changes of groups from one world to the other.
//!
//! It is as strict as WhatsApp where a client could be careless: it checks keys and signatures, the device's identity in
//! new sessions, the MACs of app state, uploads and the addresses of media, and that the phone has a copy of what a device
//! sends.
//!
//! It must never adapt to one client, never import another module of this crate, and never be reachable but on the
//! address that it was given: its certificate is not WhatsApp's, so a client must be told to accept it.
//!
//! It is driven in process by [`Simulator`], or by the control API, which offers the same as JSON over HTTP:
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
//! A refusal is `{"error"}` with a 4xx status. [`ControlClient`] asks for what load needs. In process there is more: [`Simulator::wait_for_sent`],
//! [`Simulator::wait_until_acknowledged`] and [`Simulator::wait_for_presence`] wait, [`Simulator::sent_media`] decrypts
//! what was posted, [`Simulator::burst`] makes load, and [`demo`] lets contacts act on their own. What no event makes, a
//! [`RawMessage`] or a [`RawNode`] does.

mod adv;
mod app_state;
mod changes;
mod connection;
mod content;
mod control;
mod control_client;
mod delivery;
pub mod demo;
mod device;
mod device_hash;
mod driver;
mod encoded;
mod error;
mod event;
mod faults;
mod group_changes;
mod groups;
mod history_sync;
mod instance;
mod iq;
mod letters;
mod linking;
mod load;
mod media;
mod media_address;
mod message_log;
mod names;
mod noise;
mod outgoing;
mod peer_data;
mod perform;
mod persist;
mod person;
mod pictures;
mod presence;
mod random;
mod raw;
mod reading;
mod receipts;
mod registry;
mod retry;
mod reupload;
mod sent;
mod server;
mod signal;
mod stanza;
mod time;
mod world;

pub use control_client::{ControlClient, ControlError};
pub use driver::PhoneInfo;
pub use error::SimulatorError;
pub use event::{Event, Part, ViewOnceForm};
pub use faults::Fault;
pub use group_changes::GroupChange;
pub use groups::GroupInfo;
pub use instance::{Simulator, SimulatorConfig};
pub use load::Burst;
pub use media::Media;
pub use person::BusinessProfile;
pub use presence::{SentPresence, Typing};
pub use raw::{RawMessage, RawNode};
pub use sent::{SentMedia, SentMessage, SentStyle};
pub use world::Addressing;
