//! What deleted messages said.
//!
//! ```text
//! Message -> held, sealed, for the plan's window -> let go when its time has passed
//!                 '-- deleted by its author --> DeletedMessage, which keeps it
//! ```
//!
//! A deletion is believed of the message's author, of the group's admins, and of the owner's own devices. Anybody else's is noted as forged
//! and touches nothing. The deletion may come before its message: it waits, and is completed by it. Of a message that was
//! edited, every wording goes along. What the owner wrote is never held, and nothing here tells anybody that a deleted
//! message was kept.

mod deletion;
mod events;
mod expiry;
mod graphql;
mod media;
mod model;
mod release;
mod service;
mod store;

pub use deletion::DeletedMessageDeletion;
pub use expiry::Expiry;
pub use graphql::{
    AccountFields, DeletedMessage, DeletedMessageFilter, DeletedMessageSettings, DeletedMessagesPayload,
    FetchDeletedMediaInput, FetchDeletedMediaPayload, Mutation, Subscription, UpdateDeletedMessagesInput,
    UserFields,
};
pub use media::KeptMedia;
pub use model::{Deleted, Deletion, Loss, Outcome, Verdict};
pub use release::Release;
pub use service::{DeletedMessagesError, DeletedMessagesService, SettingsChange};
pub use store::DeletedQuery;

use async_trait::async_trait;

use crate::event::Event;
use crate::features::{EventContext, Feature, FeatureError, Registry};

/// Lets the feature read events. Behind `statuses`, so that both name the same media.
pub fn register(registry: &mut Registry) {
    registry.add(DeletedMessages);
}

#[derive(Debug)]
struct DeletedMessages;

#[async_trait]
impl Feature for DeletedMessages {
    fn name(&self) -> &'static str {
        "deleted_messages"
    }

    async fn on_event(&self, cx: &mut EventContext<'_>, event: &Event) -> Result<(), FeatureError> {
        match event {
            Event::Message(message) => {
                if let Some(recorded) = cx.message.filter(|recorded| recorded.is_new) {
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
