//! The watchdog: a socket can stay open for hours while nothing arrives on it any more.

use tokio::time::timeout;
use whatsapp_rust::Client;
use whatsapp_rust::wacore::iq::keepalive::KeepaliveSpec;

use super::timing::Timing;
use crate::clock::Clock;

/// Waits until the client is deaf: connected, silent for too long, and without an answer to a question.
///
/// Anything that arrives is a sign of life, answers to the library's own questions included, so a quiet account is asked
/// for nothing more.
pub(super) async fn until_deaf(client: &Client, clock: &dyn Clock, timing: &Timing) {
    let mut heard = client.stats().bytes_received;
    loop {
        clock.sleep_until(clock.now() + timing.silence).await;
        let now = client.stats().bytes_received;
        if now != heard || !client.is_connected() {
            heard = now;
            continue;
        }
        // A refusal is an answer too; the count below is what decides.
        let _ = timeout(
            timing.probe,
            client.execute(KeepaliveSpec::with_timeout(timing.probe)),
        )
        .await;
        let now = client.stats().bytes_received;
        if now == heard && client.is_connected() {
            return;
        }
        heard = now;
    }
}
