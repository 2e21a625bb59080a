//! Detects dead connections: a socket can stay open for hours while nothing arrives on it any more.

use tokio::time::timeout;
use whatsapp_rust::Client;
use whatsapp_rust::wacore::iq::keepalive::KeepaliveSpec;

use super::timing::Timing;
use crate::clock::Clock;

/// Waits until the client is deaf: connected, silent for [`Timing::silence`], and without an answer to a keep-alive.
///
/// Anything that arrives is a sign of life, answers to the library's own queries included, so a quiet account costs no
/// further query.
pub(super) async fn wait_until_deaf(client: &Client, clock: &dyn Clock, timing: &Timing) {
    let mut seen_bytes = client.stats().bytes_received;
    loop {
        clock.sleep_until(clock.now() + timing.silence).await;
        let now_bytes = client.stats().bytes_received;
        if now_bytes != seen_bytes || !client.is_connected() {
            seen_bytes = now_bytes;
            continue;
        }
        // A refusal is an answer too, so the byte count below decides.
        let _ = timeout(
            timing.probe,
            client.execute(KeepaliveSpec::with_timeout(timing.probe)),
        )
        .await;
        let now_bytes = client.stats().bytes_received;
        if now_bytes == seen_bytes && client.is_connected() {
            return;
        }
        seen_bytes = now_bytes;
    }
}
