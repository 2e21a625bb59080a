//! What services are made of, on a test's own database.

use std::sync::Arc;

use amda::clock::{ManualClock, SharedClock};
use amda::crypto::MasterKey;
use amda::db::Db;
use amda::hub::LocalHub;
use amda::id::Ids;
use amda::vault::Vault;
use amda::work::Core;
use chrono::{DateTime, Utc};

use super::database::TestDatabase;

/// A clock that stands at `text` (RFC 3339) until it is moved.
pub(crate) fn clock_at(text: &str) -> Arc<ManualClock> {
    Arc::new(ManualClock::new(text.parse::<DateTime<Utc>>().unwrap()))
}

/// Everything that services share, on `database` and `clock`.
pub(crate) fn core(database: &TestDatabase, clock: &Arc<ManualClock>) -> Core {
    let clock: SharedClock = Arc::<ManualClock>::clone(clock);
    Core {
        db: Db::connect(database.url(), 24).unwrap(),
        vault: Arc::new(Vault::new(MasterKey::generate())),
        hub: Arc::new(LocalHub::default()),
        ids: Arc::new(Ids::new(SharedClock::clone(&clock))),
        clock,
    }
}
