//! One linked account: connected, its events committed, its connection watched, and ended.
//!
//! # A message, from its stanza to its acknowledgement
//!
//! ```text
//! 1. stanza   WhatsApp -> GatedTransport -> HeldStanzas -> library   it waits while the library holds too many
//! 2. arrival  library -> EventHandlers -> InboundHolds         a status takes a hold on the AckBarrier
//! 3. hook     library (decrypted it, buffered a copy) -> EventHandlers -> translate
//!             InboundHolds takes a hold, keeps the copy and makes a Handover of both
//!             IngestQueue takes the events with the Handover, and the hook returns at once
//! 4. ack      library -> GatedTransport                        the frame waits until the AckBarrier is clear
//! 5. commit   IngestWorker -> EventSink                        everything that waits, in one transaction, with the ratchets
//!                                                              and secrets that the library wrote meanwhile
//! 6. release  OnDurable -> Handover: the holds are released, then the copies removed
//!             GatedTransport -> WhatsApp                       the frame with the acknowledgement leaves
//! ```
//!
//! When the commit fails, the barrier is poisoned instead: the frame never leaves, the session makes a new client, and
//! WhatsApp delivers the message again.
//!
//! # Flow
//!
//! ```text
//! library -> EventHandlers -> IngestQueue -> EventSink                        events
//!                          \-> LinkSignal -> SessionLoop -> IngestQueue        state of the link
//! ```
//!
//! Imports run one way: `run -> lifecycle -> device -> event_handler -> inbound_holds, groups -> ingest_queue -> on_durable ->
//! handover -> ack_barrier`, and `run -> ingest -> ingest_queue`. A batch carries its own completion ([`on_durable`]), so the
//! queue knows nobody above it.
//!
//! The library would reconnect by itself, silently and with waits of up to a quarter of an hour. Here the session owns
//! the back-off, so that every wait is visible ([`LinkEvent::Reconnecting`]) and short; see
//! [`transport::ReconnectSwitch`] for the two ends of a connection that stay the library's.
//!
//! # Never
//!
//! - Never acknowledge before the commit. The library acknowledges messages when the hook has returned, and everything
//!   else (placeholders of view-once messages, receipts, and statuses in addition to their messages' receipts) unasked;
//!   so every acknowledgement is held back at the socket until its event is durable ([`ack_barrier`]). A crash before
//!   that leaves the event with WhatsApp, and of every message that was handed over the library has a copy, which it
//!   replays when the message comes again; of statuses [`inbound_holds`] does.
//! - Never send what a stored ratchet does not know: before a frame leaves, every ratchet is stored that the library wrote
//!   until then ([`transport::FrameGate`]). A key is used once, also after a crash.
//! - Never call the sink but through the queue: it keeps the order of events.
//! - Never panic about WhatsApp or the network: what they do ends in a [`LinkEvent`], and those that need a person end
//!   the session.
//! - Never stay "available": while any device is, the phone does not notify its owner. The library announces
//!   "available" whenever it has logged in and has no switch for it, so the session says "unavailable" right after.
//!
//! # History
//!
//! Of the history that the phone sends after a new link, the first part is read, and of that the timers of disappearing
//! chats alone ([`event_handler`]): an answer into such a chat must disappear too, and the chat may say nothing before.
//! The library skips the parts that arrive after it.
//!
//! # Possible losses
//!
//! Contacts and mutes are not delivered but asked for, and the library records how far it has read before it reports
//! them. Those that could not be committed are asked for again, from the beginning
//! ([`IngestQueue::push_updates`](ingest_queue::IngestQueue)). Those reported in the moment before a crash are not: such a
//! contact or mute is unknown until it changes again, or the account is linked anew.
//!
//! Posts of channels and statuses more than a day old cannot be recovered: the library drops them before it calls any
//! handler.
//!
//! [`LinkEvent`]: crate::event::LinkEvent
//! [`LinkEvent::Reconnecting`]: crate::event::LinkEvent::Reconnecting

mod account_session;
mod account_span;
mod ack_barrier;
mod acks;
mod arrivals;
mod client_builder;
mod current_store;
mod device;
mod event_handler;
mod groups;
mod handover;
mod held_stanzas;
mod inbound_holds;
mod ingest;
mod ingest_queue;
mod lifecycle;
mod link_method;
mod link_signal;
mod link_state;
mod lost_updates;
mod on_durable;
mod owner;
mod owner_check;
mod pending_statuses;
mod recent_messages;
mod run;
mod timing;
mod transport;
mod watchdog;

pub use link_method::LinkMethod;
pub use timing::Timing;

pub(super) use account_session::{OnlineClient, Session, SessionCommand, SessionSettings};
pub(super) use ingest_queue::IngestQueue;
