//! One client's WebSocket: the handshake, the login, then stanzas in both directions until either side ends it.
//!
//! `serve` runs a connection; `login` decides which device it belongs to; `dispatch` hands each stanza to the
//! [`World`](super::world::World) of that device's phone; `frames` encrypts and decrypts. The rest of the simulator
//! holds a [`Handle`], which queues what is to be sent.

mod dispatch;
mod frames;
mod handle;
mod login;
mod serve;

pub(crate) use handle::Handle;
pub(crate) use serve::serve;
