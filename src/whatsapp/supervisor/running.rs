//! A session that was started, and the slot that it takes.

use std::sync::Arc;

use tokio::sync::{Mutex, watch};
use tokio_util::sync::CancellationToken;

use crate::whatsapp::session::{OnlineClient, SessionCommand};

/// Slot of one account, locked while its session starts or ends.
pub(super) type Slot = Arc<Mutex<Option<RunningSession>>>;

/// A session that was started; it may have ended since.
pub(super) struct RunningSession {
    pub(super) command: watch::Sender<SessionCommand>,
    /// The client while it is online; None otherwise.
    pub(super) online: watch::Receiver<Option<OnlineClient>>,
    /// Cancelled when the session has ended.
    pub(super) ended: CancellationToken,
}

/// Ends the session in a slot, if there is one, and waits until it has ended.
pub(super) async fn end(slot: &mut Option<RunningSession>, command: SessionCommand) {
    if let Some(running) = slot.as_ref() {
        running.command.send_replace(command);
        running.ended.cancelled().await;
    }
    // Emptied only now: a caller that stops waiting must not make room for a second session beside this one.
    *slot = None;
}
