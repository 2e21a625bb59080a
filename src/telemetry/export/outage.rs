use std::time::Instant;

use tracing::{info, warn};

use super::receiver::SendError;
use crate::telemetry::chain;

/// The absence of the receiver: logged once when it begins, and once when it ends.
#[derive(Debug, Default)]
pub(super) struct Outage {
    since: Option<Instant>,
    lost: u64,
}

impl Outage {
    /// Notes that the receiver at `address` took no spans.
    pub(super) fn failed(&mut self, address: &str, error: &SendError) {
        if self.since.is_none() {
            self.since = Some(Instant::now());
            let then = if error.may_pass() {
                "they are tried again, and lost when too many wait"
            } else {
                "they are lost until it takes some"
            };
            warn!("traces cannot be sent to {address}, {then}: {}", chain(error));
        }
    }

    /// Notes that spans were lost meanwhile.
    pub(super) const fn lost(&mut self, spans: u64) {
        self.lost += spans;
    }

    /// Notes that the receiver took spans.
    pub(super) fn worked(&mut self) {
        let Self { since, lost } = std::mem::take(self);
        if let Some(since) = since {
            let seconds = since.elapsed().as_secs();
            info!("traces are sent again, after {seconds} s in which {lost} spans were lost");
        }
    }
}
