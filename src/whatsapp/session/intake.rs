//! One account's way into the sink: everything in the order in which it was heard, one transaction after the other.
//!
//! Live traffic comes event by event and a backlog by the hundred, so whatever is waiting goes into one transaction. When
//! that fails, each piece is tried on its own: one poisonous event then holds back nothing but itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::arrivals::Handed;
use super::gate::{Gate, Hold};
use crate::account::AccountRef;
use crate::clock::SharedClock;
use crate::event::Event;
use crate::telemetry;
use crate::whatsapp::EventSink;

/// How many pieces wait. The library tells of a whole address book at once, an entry a piece. When it is full, the client's
/// gate breaks and WhatsApp delivers again, or tells again.
const CAPACITY: usize = 32 * 1024;
/// How many pieces go into one transaction at most.
const TOGETHER: usize = 128;
/// How many batches of messages the client may be ahead of the database: as much as goes into two transactions.
const AHEAD: usize = 2 * TOGETHER;
/// How often a piece is tried before WhatsApp must deliver it again.
const TRIES: u32 = 3;
/// How long after the first failed try the second is made; the third comes after three times that.
const PAUSE: Duration = Duration::from_millis(100);

/// Why the gate breaks where events failed.
const NOT_KEPT: &str = "what happened could not be kept";

/// Something to be made durable.
struct Piece {
    events: Vec<Event>,
    fate: Fate,
}

/// Who waits for a piece.
enum Fate {
    /// The client must not speak before, nor ever again if it fails.
    Held(Hold),
    /// As [`Fate::Held`], for messages that the client has handed over.
    Handed {
        handed: Handed,
        /// Others may be handed over when this ends.
        _turn: OwnedSemaphorePermit,
    },
    /// Somebody wants to know.
    Told(oneshot::Sender<bool>),
    /// Nobody: WhatsApp is asked to tell it again if it fails.
    Noted(Arc<Owed>, Arc<Gate>),
}

/// Contacts and mutes that were heard and not kept. WhatsApp delivers them once; it tells all of them again when it is
/// asked.
#[derive(Debug, Default)]
struct Owed {
    is_any: AtomicBool,
    /// How often WhatsApp was asked so far.
    asked: AtomicU32,
}

impl Owed {
    /// Something was not kept. The first times, the connection is given up for one that asks at once; what can never be
    /// kept must not cost one connection after the other, and waits for the next that there is.
    fn add(&self, gate: &Gate) {
        self.is_any.store(true, Ordering::Relaxed);
        if self.asked.load(Ordering::Relaxed) < TRIES {
            gate.smash("contacts or mutes could not be kept");
        }
    }
}

/// The end of the queue where events are put. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::whatsapp) struct Intake {
    pieces: mpsc::Sender<Piece>,
    owed: Arc<Owed>,
    ahead: Arc<Semaphore>,
}

impl Intake {
    /// Takes events of a handler that cannot wait: the client's gate is held until they are durable.
    pub(super) fn hold(&self, gate: &Arc<Gate>, events: Vec<Event>) {
        let piece = Piece {
            events,
            fate: Fate::Held(gate.hold()),
        };
        if let Err(refused) = self.pieces.try_send(piece) {
            gate.smash("too much arrived at once to be kept in time");
            drop(refused);
        }
    }

    /// Takes contacts or mutes of a handler that cannot wait. They are an answer, so no acknowledgement waits for them.
    pub(super) fn note(&self, gate: &Arc<Gate>, events: Vec<Event>) {
        let piece = Piece {
            events,
            fate: Fate::Noted(Arc::clone(&self.owed), Arc::clone(gate)),
        };
        if self.pieces.try_send(piece).is_err() {
            self.owed.add(gate);
        }
    }

    /// Whether contacts or mutes were lost that WhatsApp was not asked for again.
    pub(super) fn has_lost_some(&self) -> bool {
        self.owed.is_any.load(Ordering::Relaxed)
    }

    /// WhatsApp will be asked for all contacts and mutes again.
    pub(super) fn will_be_told_again(&self) {
        self.owed.is_any.store(false, Ordering::Relaxed);
        self.owed.asked.fetch_add(1, Ordering::Relaxed);
    }

    /// Takes the events of messages that the client hands over: it may go on, but not speak of them before they are durable.
    /// Waits while the database is too far behind. False when the session is over; then the gate is broken.
    pub(super) async fn hand_over(&self, events: Vec<Event>, handed: Handed) -> bool {
        let Ok(turn) = Arc::clone(&self.ahead).acquire_owned().await else {
            return false;
        };
        let piece = Piece {
            events,
            fate: Fate::Handed { handed, _turn: turn },
        };
        self.pieces.send(piece).await.is_ok()
    }

    /// Takes events and waits until they are durable. False when they could not be made so.
    pub(in crate::whatsapp) async fn take(&self, events: Vec<Event>) -> bool {
        let (fate, told) = oneshot::channel();
        let piece = Piece {
            events,
            fate: Fate::Told(fate),
        };
        self.pieces.send(piece).await.is_ok() && told.await.unwrap_or(false)
    }
}

/// The other end, which works the queue off.
pub(super) struct Worker {
    account: AccountRef,
    sink: Arc<dyn EventSink>,
    clock: SharedClock,
    pieces: mpsc::Receiver<Piece>,
    /// Told after each commit: there may be something to send.
    committed: Arc<Notify>,
}

/// A queue into `sink`.
pub(super) fn queue(
    account: AccountRef,
    sink: Arc<dyn EventSink>,
    clock: SharedClock,
    committed: Arc<Notify>,
) -> (Intake, Worker) {
    let (sender, pieces) = mpsc::channel(CAPACITY);
    let worker = Worker {
        account,
        sink,
        clock,
        pieces,
        committed,
    };
    let intake = Intake {
        pieces: sender,
        owed: Arc::default(),
        ahead: Arc::new(Semaphore::new(AHEAD)),
    };
    (intake, worker)
}

impl Worker {
    /// Works until the session is `over`, and then until nothing waits any more.
    pub(super) async fn run(mut self, over: CancellationToken) {
        let mut waiting = Vec::new();
        loop {
            let received = tokio::select! {
                biased;
                received = self.pieces.recv_many(&mut waiting, TOGETHER) => received,
                () = over.cancelled(), if !self.pieces.is_closed() => {
                    // A client that lingers may hold the other end.
                    self.pieces.close();
                    continue;
                }
            };
            if received == 0 {
                return;
            }
            self.take_in(std::mem::take(&mut waiting)).await;
        }
    }

    async fn take_in(&self, pieces: Vec<Piece>) {
        if pieces.len() > 1 {
            let together: Vec<Event> = pieces.iter().flat_map(|piece| piece.events.clone()).collect();
            if self.sink.take_in(self.account, &together).await.is_ok() {
                self.committed.notify_one();
                let durable = pieces.into_iter().filter_map(|piece| piece.end(true));
                Handed::forget(durable.collect()).await;
                return;
            }
        }
        for piece in pieces {
            let is_durable = self.take_in_one(&piece.events).await;
            let durable = piece.end(is_durable);
            Handed::forget(durable.into_iter().collect()).await;
        }
    }

    async fn take_in_one(&self, events: &[Event]) -> bool {
        for attempt in 1..=TRIES {
            match self.sink.take_in(self.account, events).await {
                Ok(()) => {
                    self.committed.notify_one();
                    return true;
                }
                Err(error) => {
                    warn!(
                        account.id = %self.account.id,
                        attempt,
                        error = %telemetry::chain(&*error),
                        "what happened on account {} could not be kept", self.account.id
                    );
                }
            }
            if attempt < TRIES {
                let pause = PAUSE * (2 * attempt - 1);
                let until = self.clock.now() + TimeDelta::from_std(pause).unwrap_or_default();
                self.clock.sleep_until(until).await;
            }
        }
        false
    }
}

impl Piece {
    /// Lets whoever waits know. Answers with messages that are durable, whose copies may go.
    fn end(self, is_durable: bool) -> Option<Handed> {
        match self.fate {
            Fate::Held(hold) if is_durable => hold.release(),
            Fate::Held(hold) => hold.smash(NOT_KEPT),
            Fate::Handed { mut handed, .. } if is_durable => {
                handed.settle();
                return Some(handed);
            }
            Fate::Handed { handed, .. } => handed.smash(NOT_KEPT),
            // Whoever asked may have gone.
            Fate::Told(told) => drop(told.send(is_durable)),
            Fate::Noted(..) if is_durable => {}
            Fate::Noted(owed, gate) => owed.add(&gate),
        }
        None
    }
}
