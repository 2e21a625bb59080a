//! Everything that features and plumbing take part in, gathered for the process.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::event_consumers::EventConsumer;
use crate::features::{FEATURES, OwnWorker, Parts};
use crate::idempotency;
use crate::jobs::{Handler, Schedule};
use crate::media::uploads::ExpireUpload;
use crate::media::{self, Discard, DiscardAll, Fetch, Objects};
use crate::retention::{self, Expires, SweepJob, Sweeper};
use crate::whatsapp::outbox;

/// The consumers of durable events, in their order.
pub(super) fn consumers() -> Vec<Arc<dyn EventConsumer>> {
    FEATURES.iter().filter_map(|feature| feature.consumer()).collect()
}

/// Everything that is kept for a time and then goes, in the order in which it goes.
pub fn expiries() -> Vec<Arc<dyn Expires>> {
    let mut expiries: Vec<Arc<dyn Expires>> =
        FEATURES.iter().flat_map(|feature| feature.expiries()).collect();
    expiries.extend([
        Arc::new(retention::NOTICES) as Arc<dyn Expires>,
        Arc::new(outbox::EXPIRY),
        Arc::new(idempotency::EXPIRY),
        Arc::new(retention::Events),
    ]);
    expiries
}

/// The jobs that come round.
pub(super) fn schedules() -> Vec<Schedule> {
    let mut schedules: Vec<Schedule> = FEATURES.iter().flat_map(|feature| feature.schedules()).collect();
    schedules.extend([SweepJob::SCHEDULE, media::Check::SCHEDULE]);
    schedules
}

/// The handler that fetches media from WhatsApp, with every feature's listener.
pub(super) fn fetch(parts: &Parts, objects: &Objects) -> Fetch {
    Fetch {
        core: parts.core.clone(),
        objects: objects.clone(),
        fetcher: Arc::clone(&parts.supervisor) as _,
        listeners: FEATURES
            .iter()
            .filter_map(|feature| feature.media_listener())
            .collect(),
        decodings: Semaphore::new(1),
    }
}

/// The handlers of the other jobs that share its worker.
pub(super) fn handlers(parts: &Parts, objects: &Objects) -> Vec<Arc<dyn Handler>> {
    let core = &parts.core;
    let discard = Discard {
        db: core.db.clone(),
        objects: objects.clone(),
    };
    let discard_all = DiscardAll {
        objects: objects.clone(),
    };
    let sweep = SweepJob {
        sweeper: Sweeper::new(core.clone(), expiries()),
    };
    let check = media::Check {
        core: core.clone(),
        objects: objects.clone(),
    };
    let expire_upload = ExpireUpload { core: core.clone() };
    let mut handlers: Vec<Arc<dyn Handler>> = vec![
        Arc::new(expire_upload),
        Arc::new(discard),
        Arc::new(discard_all),
        Arc::new(sweep),
        Arc::new(check),
    ];
    handlers.extend(FEATURES.iter().flat_map(|feature| feature.handlers(parts)));
    handlers
}

/// The groups of handlers with a worker of their own.
pub(super) fn own_workers(parts: &Parts) -> Vec<OwnWorker> {
    FEATURES
        .iter()
        .flat_map(|feature| feature.workers(parts))
        .collect()
}
