//! One account's way into the sink: everything in the order in which it was heard, one transaction after the other.
//!
//! Live traffic comes event by event and a backlog by the hundred, so whatever is waiting goes into one transaction. When
//! that fails, each piece is tried on its own: one poisonous event then holds back nothing but itself.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::gate::Gate;
use crate::clock::SharedClock;
use crate::contacts::AccountRef;
use crate::whatsapp::EventSink;
use crate::whatsapp::event::Event;

/// How many pieces wait. When it is full, the client's gate breaks and WhatsApp delivers again.
const CAPACITY: usize = 1024;
/// How many pieces go into one transaction at most.
const TOGETHER: usize = 128;
/// How often a piece is tried before WhatsApp must deliver it again.
const TRIES: u32 = 3;
/// How long after the first failed try the second is made; the third comes after three times that.
const PAUSE: Duration = Duration::from_millis(100);

/// Something to be made durable.
struct Piece {
    events: Vec<Event>,
    fate: Fate,
}

/// Who waits for a piece.
enum Fate {
    /// The client must not speak before, nor ever again if it fails.
    Held(Arc<Gate>),
    /// Somebody wants to know.
    Told(oneshot::Sender<bool>),
}

/// The end of the queue where events are put. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::whatsapp) struct Intake {
    pieces: mpsc::Sender<Piece>,
}

impl Intake {
    /// Takes events of a handler that cannot wait: the client's gate is held until they are durable.
    pub(super) fn hold(&self, gate: &Arc<Gate>, events: Vec<Event>) {
        gate.hold();
        let piece = Piece {
            events,
            fate: Fate::Held(Arc::clone(gate)),
        };
        if self.pieces.try_send(piece).is_err() {
            gate.smash("too much arrived at once to be kept in time");
        }
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
    (Intake { pieces: sender }, worker)
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
                for piece in pieces {
                    piece.end(true);
                }
                return;
            }
        }
        for piece in pieces {
            let is_durable = self.take_in_one(&piece.events).await;
            piece.end(is_durable);
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
                        error = %chain(&*error),
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
    fn end(self, is_durable: bool) {
        match self.fate {
            Fate::Held(gate) if is_durable => gate.release(),
            Fate::Held(gate) => gate.smash("what happened could not be kept"),
            // Whoever asked may have gone.
            Fate::Told(told) => drop(told.send(is_durable)),
        }
    }
}

/// An error with its causes, in one line.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
