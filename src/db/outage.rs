//! The absence of the database: logged once for each cause when it begins, and once when it ends, however many tasks find
//! out meanwhile.

use parking_lot::Mutex;
use tokio::time::Instant;
use tracing::{info, warn};

use super::DbError;
use crate::telemetry;

/// Maximum number of causes that are logged in one outage.
const MAX_CAUSES: usize = 5;

/// The outage of one database, if there is one now.
#[derive(Debug, Default)]
pub(super) struct Outage {
    current: Mutex<Option<Current>>,
}

#[derive(Debug)]
struct Current {
    since: Instant,
    /// The causes that were logged.
    causes: Vec<String>,
}

impl Outage {
    /// Notes that no connection was to be had.
    pub(super) fn failed(&self, error: &DbError) {
        let cause = telemetry::chain(error);
        let mut current = self.current.lock();
        let outage = current.get_or_insert_with(|| Current {
            since: Instant::now(),
            causes: Vec::new(),
        });
        if outage.causes.len() < MAX_CAUSES && !outage.causes.contains(&cause) {
            warn!("the database is away, and is tried again every few seconds: {cause}");
            outage.causes.push(cause);
        }
    }

    /// Notes that a connection works. True when that ends an outage.
    pub(super) fn worked(&self) -> bool {
        let Some(outage) = self.current.lock().take() else {
            return false;
        };
        info!(
            "the database answers again, after {} s",
            outage.since.elapsed().as_secs()
        );
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_ends_once() {
        let outage = Outage::default();

        assert!(!outage.worked());
        outage.failed(&DbError::connect("refused"));
        outage.failed(&DbError::connect("refused"));

        assert_eq!(outage.current.lock().as_ref().unwrap().causes.len(), 1);
        assert!(outage.worked());
        assert!(!outage.worked());
    }
}
