//! A WhatsApp client of our own that shares no code with the library by which AMDA talks to WhatsApp.
//!
//! The simulator is built with that library, and so is the client of the other tests: a mistake that both make would
//! cancel out. This one reads and writes the wire by itself, over `prost` and plain cryptographic primitives. It
//! does no more than the tests need: it is linked by QR code, logs in, reads and writes messages, and downloads media.
//!
//! [`Connection`] is the socket with its handshake and nodes ([`binary`]); [`Device`] is linked and logs in over it;
//! [`signal`] opens and seals messages.

mod binary;
mod connection;
mod curve;
mod device;
mod linking;
mod media;
mod messaging;
mod noise;
mod proto;
mod signal;

pub(super) use binary::{Node, Value};
pub(super) use connection::Connection;
pub(super) use curve::KeyPair;
pub(super) use device::{Device, request};
pub(super) use media::download;
pub(super) use messaging::Enc;
pub(super) use proto::Message;
