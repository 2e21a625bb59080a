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
    /// The number of the claim that it runs under.
    pub(super) fence: i64,
    /// It was started to make a link.
    pub(super) is_new_link: bool,
}

impl RunningSession {
    /// Returns true when the session can go on elsewhere: it runs, and makes no link whose codes would end with it.
    pub(super) fn is_movable(&self) -> bool {
        let is_linking = self.is_new_link && self.online.borrow().is_none();
        !self.ended.is_cancelled() && !is_linking
    }
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

/// Returns true when a session runs in a slot.
pub(super) fn is_running(slot: Option<&RunningSession>) -> bool {
    slot.is_some_and(|running| !running.ended.is_cancelled())
}
