//! Messages that may be viewed once: what became of each, and the content of those that WhatsApp delivers.
//!
//! ```text
//! placeholder -----------------------------------------> NOT_DELIVERED
//! content, or the owner's reply that quotes it -> fetched -> CAPTURED, QUOTA_EXHAUSTED or FAILED
//! ```
//!
//! WhatsApp usually keeps the content from linked devices, and AMDA never pretends to be a phone to get round that. It
//! takes what is delivered to it, and only for accounts whose owner turned capturing on: while it is off, nothing of a
//! view-once message is recorded here. The owner's own are never captured. A capture is paid for in the transaction
//! that keeps its content, so one that fails costs nothing and none is kept unpaid.

mod deletion;
mod events;
mod expiry;
mod graphql;
mod model;
mod service;
mod store;

pub use deletion::ViewOnceDeletion;
pub use expiry::Expiry;
pub use graphql::{AccountFields, Mutation, Subscription, UserFields, ViewOnceMessage};
pub use graphql::{UpdateViewOnceInput, ViewOnceFilter, ViewOnceIdInput};
pub use graphql::{ViewOnceMessagePayload, ViewOncePayload};
pub use model::{NOTICE, Outcome, Settings, ViewOnce};
pub use service::{Refusal, ViewOnceError, ViewOnceService};
pub use store::ViewOnceQuery;

use async_trait::async_trait;

use crate::event::Event;
use crate::features::{EventContext, Feature, FeatureError, Registry};
use crate::id::MediaId;
use crate::media::{self, OnMedia};
use crate::work::Work;

/// Lets the feature read events.
pub fn register(registry: &mut Registry) {
    registry.add(ViewOnceCapture);
}

/// The feature as the pipeline and the media see it.
#[derive(Debug, Clone, Copy, Default)]
pub struct ViewOnceCapture;

#[async_trait]
impl Feature for ViewOnceCapture {
    fn name(&self) -> &'static str {
        "view_once"
    }

    async fn on_event(&self, cx: &mut EventContext<'_>, event: &Event) -> Result<(), FeatureError> {
        match event {
            Event::Message(message) => {
                if let Some(recorded) = cx.message {
                    events::take_in(cx, recorded, message).await?;
                }
            }
            Event::Link(_)
            | Event::Receipt(_)
            | Event::Contact(_)
            | Event::Mute(_)
            | Event::Group(_)
            | Event::Send(_)
            | Event::Pause(_) => {}
        }
        Ok(())
    }
}

#[async_trait]
impl OnMedia for ViewOnceCapture {
    async fn admit(&self, work: &mut Work, media: MediaId) -> Result<bool, FeatureError> {
        Ok(events::admit(work, media).await?)
    }

    async fn on_media(
        &self,
        work: &mut Work,
        media: MediaId,
        outcome: &media::Outcome,
    ) -> Result<(), FeatureError> {
        Ok(events::settle(work, media, outcome).await?)
    }
}
