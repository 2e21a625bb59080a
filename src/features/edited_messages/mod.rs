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
mod events;
mod expiry;
mod graphql;
mod model;
mod service;
mod store;

pub use deletion::EditedMessageDeletion;
pub use expiry::EXPIRY;
pub use graphql::{EditedMessage, EditedMessageFilter, Subscription, UserFields};
pub use model::{Edited, Wording};
pub use service::{EditedMessagesError, EditedMessagesService};
pub use store::EditedQuery;

use async_trait::async_trait;

use crate::event::Event;
use crate::features::{EventContext, Feature, FeatureError, Registry};

/// Lets the feature read events. Behind `deleted_messages`, which holds what is edited.
pub fn register(registry: &mut Registry) {
    registry.add(EditedMessages);
}

#[derive(Debug)]
struct EditedMessages;

#[async_trait]
impl Feature for EditedMessages {
    fn name(&self) -> &'static str {
        "edited_messages"
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
