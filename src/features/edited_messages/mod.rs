//! What edited messages said before.
//!
//! ```text
//! held message <- edit by its author -> every wording kept -> EditedMessage, which outlives what is held
//!                 '-- its message has not come -> the edit waits, and is taken up when it comes
//! ```
//!
//! An edit is believed of the message's author alone; anybody else's changes nothing and leaves no trace. Only what the
//! account holds can be compared with its edit, so a message that came while nothing was held has no earlier wording.
//! What the owner wrote is never kept, and nothing here tells anybody that a wording was.

mod deletion;
mod error;
mod events;
mod expiry;
mod graphql;
mod ids;
mod model;
mod notices;
mod service;
mod store;

pub use error::EditedMessagesError;
pub use graphql::EditedMessageEvent;
pub use graphql::{EditedMessage, EditedMessageFilter, Subscription, UserFields};
pub use ids::EditedMessageId;
pub use model::{EditedRecord, Wording};
pub use service::EditedMessagesService;
pub use store::EditedQuery;

use std::sync::Arc;

use async_trait::async_trait;

use crate::event::Message;
use crate::features::{Deletable, EventContext, Feature, FeatureError};
use crate::messages::Recorded;
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

    async fn on_message(
        &self,
        cx: &mut EventContext<'_>,
        recorded: Recorded,
        message: &Message,
    ) -> Result<(), FeatureError> {
        Ok(events::record_message(cx, recorded, message).await?)
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
}
