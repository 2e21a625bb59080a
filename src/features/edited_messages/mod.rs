//! Earlier versions of edited messages.
//!
//! ```text
//! held message <- edit by its author -> every version stored -> EditedMessage, which outlives the held message
//!                 '-- its message has not arrived -> the edit waits, and is applied when the message arrives
//! ```
//!
//! Only an edit by the message's author counts; an edit by another contact is ignored. A message that arrived while
//! nothing was held has no earlier version. Messages of the owner are never stored, and nothing here lets a contact see
//! that a version was stored.

mod deletion;
mod error;
mod events;
mod expiry;
mod exported;
mod graphql;
mod ids;
mod list;
mod model;
mod notices;
mod search;
mod service;
mod store;

pub use error::EditedMessagesError;
pub use graphql::{EditedMessage, EditedMessageEvent, EditedMessageFilter, ViewerFields};
pub use ids::EditedMessageId;
pub use model::{EditedRecord, Wording};
pub use service::EditedMessagesService;

use std::sync::Arc;

use async_trait::async_trait;

use self::search::EditedIndex;
use crate::features::{
    Deletable, EventContext, ExportedTable, Feature, FeatureError, Parts, Received, Reindex,
};
use crate::jobs::{Handler, Schedule};
use crate::notices::NoticeType;
use crate::retention::Expires;

/// Edited messages.
#[derive(Debug)]
pub struct EditedMessages;

#[async_trait]
impl Feature for EditedMessages {
    fn name(&self) -> &'static str {
        "edited_messages"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }

    async fn on_messages(
        &self,
        cx: &mut EventContext<'_>,
        received: &[Received<'_>],
    ) -> Result<(), FeatureError> {
        Ok(events::record_messages(cx, received).await?)
    }

    fn expiries(&self) -> Vec<Arc<dyn Expires>> {
        vec![Arc::new(expiry::EXPIRY)]
    }

    fn deletable(&self) -> Option<Arc<dyn Deletable>> {
        Some(Arc::new(deletion::EditedMessageDeletion))
    }

    fn notice_types(&self) -> &'static [&'static dyn NoticeType] {
        &[&notices::MessageEdited]
    }

    fn schedules(&self) -> Vec<Schedule> {
        vec![Reindex::<EditedIndex>::schedule(search::REINDEX)]
    }

    fn handlers(&self, parts: &Parts) -> Vec<Arc<dyn Handler>> {
        vec![Arc::new(Reindex::new(parts.core.clone(), EditedIndex))]
    }
}
