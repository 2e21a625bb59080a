//! What each feature takes part in. A feature that is added is added here.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::Tuning;
use super::services::FeatureServices;
use crate::event_consumers::EventConsumer;
use crate::features::deleted_messages::{self, KeptMedia, Release};
use crate::features::notifications::Notifier;
use crate::features::scheduled_statuses::{self, Publish};
use crate::features::view_once::{self, ViewOnceCapture};
use crate::features::webhooks::{self, Deliver, WebhookConsumer};
use crate::features::{
    Deletable, Registry, accounts, analytics, auto_reply, edited_messages, kept_items, statuses,
};
use crate::jobs::{Handler, Schedule};
use crate::media::uploads::ExpireUpload;
use crate::media::{self, Discard, DiscardAll, Fetch, Objects, OnMedia};
use crate::retention::{self, Expires, Retention, Sweep};
use crate::whatsapp::{Supervisor, outbox};

/// The largest file that is fetched.
const LARGEST_MEDIA_BYTES: u64 = 100 << 20;

/// The features that read events, in their order.
pub(super) fn registry(tuning: &Tuning) -> Registry {
    let mut registry = Registry::default();
    accounts::register(&mut registry);
    statuses::register(&mut registry, tuning.delay);
    view_once::register(&mut registry);
    deleted_messages::register(&mut registry);
    analytics::register(&mut registry);
    edited_messages::register(&mut registry);
    auto_reply::register(&mut registry, tuning.delay);
    scheduled_statuses::register(&mut registry);
    registry
}

/// Whoever acts on events after the fact, in their order.
pub(super) fn followers() -> Vec<Arc<dyn EventConsumer>> {
    vec![Arc::new(Notifier), Arc::new(WebhookConsumer)]
}

/// What users may delete of what is kept for them.
pub(super) fn removable() -> Vec<Arc<dyn Deletable>> {
    vec![
        Arc::new(view_once::ViewOnceDeletion),
        Arc::new(deleted_messages::DeletedMessageDeletion),
        Arc::new(edited_messages::EditedMessageDeletion),
        Arc::new(statuses::StatusDeletion),
    ]
}

/// What is kept for a time and then goes, in the order in which it goes.
pub fn kept() -> Vec<Arc<dyn Expires>> {
    vec![
        Arc::new(statuses::Expiry),
        Arc::new(view_once::Expiry),
        Arc::new(deleted_messages::Expiry),
        Arc::new(edited_messages::EXPIRY),
        Arc::new(auto_reply::EXPIRY),
        Arc::new(scheduled_statuses::Expiry),
        Arc::new(accounts::GAP_EXPIRY),
        Arc::new(webhooks::LogExpiry),
        Arc::new(retention::NOTICES),
        Arc::new(kept_items::EXPIRY),
        Arc::new(outbox::EXPIRY),
        Arc::new(retention::Events),
    ]
}

/// Whatever comes round.
pub(super) fn schedules() -> Vec<Schedule> {
    vec![Release::SCHEDULE, Sweep::SCHEDULE, media::Check::SCHEDULE]
}

/// Whatever is done later, and who does it.
pub(super) fn handlers(
    services: &FeatureServices,
    tuning: &Tuning,
    objects: &Objects,
    supervisor: &Arc<Supervisor>,
) -> Vec<Arc<dyn Handler>> {
    let listeners: Vec<Arc<dyn OnMedia>> = vec![
        Arc::new(ViewOnceCapture),
        Arc::new(KeptMedia),
        Arc::new(statuses::StatusMedia),
    ];
    let fetch = Fetch {
        core: services.core.clone(),
        objects: objects.clone(),
        fetcher: Arc::clone(supervisor) as _,
        listeners,
        most_bytes: LARGEST_MEDIA_BYTES,
        decodings: Semaphore::new(1),
    };
    let discard = Discard {
        db: services.core.db.clone(),
        objects: objects.clone(),
    };
    let discard_all = DiscardAll {
        objects: objects.clone(),
    };
    let release = Release {
        service: services.deleted_messages.clone(),
    };
    let sweep = Sweep {
        retention: Retention::new(services.core.clone(), kept()),
    };
    let check = media::Check {
        core: services.core.clone(),
        objects: objects.clone(),
    };
    let expire_upload = ExpireUpload {
        core: services.core.clone(),
    };
    let publish = Publish {
        core: services.core.clone(),
        grace: tuning.status_grace,
    };
    vec![
        Arc::new(fetch),
        Arc::new(expire_upload),
        Arc::new(publish),
        Arc::new(discard),
        Arc::new(discard_all),
        Arc::new(release),
        Arc::new(sweep),
        Arc::new(check),
    ]
}

/// Whatever calls users' servers.
pub(super) fn webhook_handlers(services: &FeatureServices) -> Vec<Arc<dyn Handler>> {
    let deliver = Deliver::new(services.core.clone(), services.egress.clone());
    let alone = deliver.alone();
    vec![Arc::new(deliver), Arc::new(alone)]
}
