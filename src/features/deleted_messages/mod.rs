//! Contents of deleted messages.
//!
//! ```text
//! Message -> held, sealed, for the plan's window -> removed when the window ends
//!                 '-- deleted by its author --> DeletedMessage, which keeps it
//! ```
//!
//! A deletion counts when it comes from the message's author, an admin of the group or the owner's own devices. Any
//! other deletion is recorded as forged and changes nothing else. A deletion that arrives before its message is
//! completed when the message arrives. All versions of an edited message are kept. Messages of the owner are never
//! held, and nothing here lets a contact see that a deleted message was kept.

mod deletion;
mod error;
mod events;
mod expiry;
mod exported;
mod graphql;
mod ids;
mod list;
mod media;
mod model;
mod notices;
mod release;
mod search;
mod service;
mod store;

pub use error::DeletedMessagesError;
pub use graphql::{
    AccountFields, DeletedMessage, DeletedMessageEvent, DeletedMessageFilter, DeletedMessageSettings,
    DeletedMessageSettingsInput, FetchDeletedMessageMediaInput, FetchDeletedMessageMediaPayload, Mutation,
    UpdateDeletedMessageSettingsInput, UpdateDeletedMessageSettingsPayload, ViewerFields,
};
pub use ids::{DeletedMessageId, DeletedMessageSettingsId};
pub use list::DeletedQuery;
pub use media::KeptMedia;
pub use model::{DeletedRecord, Deletion, DeletionOutcome, Loss, Verdict};
pub use release::Release;
pub use service::{DeletedMessagesService, SettingsChange};

use std::sync::Arc;

use async_trait::async_trait;

use self::search::DeletedIndex;
use crate::features::{
    Deletable, EventContext, ExportedTable, Feature, FeatureError, Parts, Received, Reindex,
};
use crate::jobs::{Handler, Schedule};
use crate::media::OnMedia;
use crate::notices::NoticeType;
use crate::retention::Expires;

/// Deleted messages.
#[derive(Debug)]
pub struct DeletedMessages;

#[async_trait]
impl Feature for DeletedMessages {
    fn name(&self) -> &'static str {
        "deleted_messages"
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
        vec![Arc::new(expiry::Expiry)]
    }

    fn deletable(&self) -> Option<Arc<dyn Deletable>> {
        Some(Arc::new(deletion::DeletedMessageDeletion))
    }

    fn media_listener(&self) -> Option<Arc<dyn OnMedia>> {
        Some(Arc::new(media::KeptMedia))
    }

    fn notice_types(&self) -> &'static [&'static dyn NoticeType] {
        &[&notices::MessageDeleted]
    }

    fn schedules(&self) -> Vec<Schedule> {
        vec![
            Release::SCHEDULE,
            Reindex::<DeletedIndex>::schedule(search::REINDEX),
        ]
    }

    fn handlers(&self, parts: &Parts) -> Vec<Arc<dyn Handler>> {
        let release = Release {
            service: parts.into(),
        };
        vec![
            Arc::new(release),
            Arc::new(Reindex::new(parts.core.clone(), DeletedIndex)),
        ]
    }
}
