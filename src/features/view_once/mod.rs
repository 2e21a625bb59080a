//! View-once messages: the outcome of each, and the content of those that WhatsApp delivers.
//!
//! ```text
//! placeholder -----------------------------------------> NOT_DELIVERED
//! content, or the owner's reply that quotes it -> fetched -> CAPTURED, QUOTA_EXHAUSTED or FAILED
//! ```
//!
//! WhatsApp usually does not send the content to linked devices, and AMDA never pretends to be a phone to get it.
//! AMDA captures only what is delivered to it, and only for accounts whose owner turned capturing on: while capturing
//! is off, nothing is recorded. The owner's own messages are never captured. The quota is charged in the transaction
//! that stores the content, so a failed capture is free and no content is stored uncharged.

mod deletion;
mod error;
mod events;
mod expiry;
mod exported;
mod graphql;
mod ids;
mod media;
mod model;
mod notices;
mod privacy_notice;
mod service;
mod store;

pub use error::{Refusal, ViewOnceError};
pub use graphql::{
    AccountFields, Mutation, RetryViewOnceCaptureInput, RetryViewOnceCapturePayload,
    UpdateViewOnceSettingsInput, UpdateViewOnceSettingsPayload, ViewOnceMessage, ViewOnceMessageEvent,
    ViewOnceMessageFilter, ViewOnceSettings, ViewOnceSettingsInput, ViewerFields,
};
pub use ids::{ViewOnceId, ViewOnceSettingsId};
pub use model::{CaptureChange, CaptureOutcome, CaptureReason, CaptureSettings, ViewOnce};
pub use privacy_notice::privacy_notice;
pub use service::ViewOnceService;
pub use store::ViewOnceQuery;

use std::sync::Arc;

use async_trait::async_trait;

use crate::features::{Deletable, EventContext, ExportedTable, Feature, FeatureError, Received};
use crate::media::OnMedia;
use crate::notices::NoticeType;
use crate::retention::Expires;

/// View-once messages.
#[derive(Debug)]
pub struct ViewOnceCapture;

#[async_trait]
impl Feature for ViewOnceCapture {
    fn name(&self) -> &'static str {
        "view_once"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }

    async fn on_messages(
        &self,
        cx: &mut EventContext<'_>,
        received: &[Received<'_>],
    ) -> Result<(), FeatureError> {
        // A message that is delivered again may bring the content that its placeholder lacked.
        for one in received {
            events::record_message(cx, one.recorded, one.message).await?;
        }
        Ok(())
    }

    fn expiries(&self) -> Vec<Arc<dyn Expires>> {
        vec![Arc::new(expiry::EXPIRY)]
    }

    fn deletable(&self) -> Option<Arc<dyn Deletable>> {
        Some(Arc::new(deletion::ViewOnceDeletion))
    }

    fn media_listener(&self) -> Option<Arc<dyn OnMedia>> {
        Some(Arc::new(media::CapturedMedia))
    }

    fn notice_types(&self) -> &'static [&'static dyn NoticeType] {
        &[
            &notices::ViewOnceCaptured,
            &notices::QuotaExhausted,
            &notices::CapturesWaiting,
        ]
    }
}
