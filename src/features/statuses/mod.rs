//! Contacts' statuses, kept after they expire, and the likes that AMDA sends for the owner.
//!
//! ```text
//! Message in the chat of statuses -> recorded -> judged by the settings of auto-like -> outbox, 2-20 s later -> ack
//! ```
//!
//! A like counts only when WhatsApp accepted it. Every status that was judged has one [`Like`] with its state and
//! reason; while auto-like is off there is none. Waiting likes are cancelled when auto-like is turned off, when the
//! account loses its link, when WhatsApp pauses sending, and when the owner reacts to the status himself. A deletion
//! counts only when it comes from the status's own author. A like is not a view: the author sees that the owner viewed
//! the status only when the settings say so.
//!
//! The owner's own statuses are recorded too, whichever device posted them, with their viewers.

mod auto_like;
mod change;
mod deletion;
mod emoji;
mod error;
mod events;
mod expiry;
mod exported;
mod graphql;
mod ids;
mod media;
mod model;
mod own;
mod preview;
mod quiet_hours;
mod service;
mod store;

pub use auto_like::{AutoLike, LikeContext, SkipReason};
pub use change::{AutoLikeChange, EmojiChange, SpanTexts};
pub use emoji::{ContactEmoji, Emoji};
pub use error::{Refusal, StatusesError};
pub use graphql::{
    AccountFields, AutoLikeCount, AutoLikeCounters, AutoLikePreview, AutoLikePreviewItem, AutoLikeSettings,
    AutoLikeSettingsInput, AutoLikeSkipCount, ContactEmojiInput, ContactEmojiOf, FetchStatusMediaInput,
    FetchStatusMediaPayload, Mutation, QuietHoursInput, QuietSpan, Status, StatusFilter, StatusLike,
    StatusLikeFilter, UpdateAutoLikeSettingsInput, UpdateAutoLikeSettingsPayload, ViewerFields,
};
pub use graphql::{StatusEvent, StatusLikeEvent, statuses_of_contact};
pub use ids::{AutoLikeSettingsId, StatusId, StatusLikeId};
pub use model::{Like, LikeEnd, StatusKind, StatusLikeState, StatusRecord};
pub use own::record_published;
pub use preview::Previewed;
pub use quiet_hours::{QuietHours, SpanMistake};
pub use service::StatusesService;
pub use store::counters::{LikeCount, LikeCounters, SkipCount};
pub use store::likes::LikeQuery;
pub use store::statuses::{StatusQuery, find_published};

use std::sync::Arc;

use async_trait::async_trait;

use crate::event::{Event, LinkEvent};
use crate::features::{Deletable, EventContext, ExportedTable, Feature, FeatureError, Received};
use crate::media::OnMedia;
use crate::retention::Expires;

/// Contacts' statuses and their likes.
#[derive(Debug)]
pub struct Statuses;

#[async_trait]
impl Feature for Statuses {
    fn name(&self) -> &'static str {
        "statuses"
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

    async fn on_event(&self, cx: &mut EventContext<'_>, event: &Event) -> Result<(), FeatureError> {
        match event {
            Event::Send(send) => {
                events::settle(cx, send).await?;
                own::record_sent(cx, send).await?;
            }
            Event::Receipt(receipt) => own::record_views(cx, receipt).await?,
            Event::Pause(pause) => events::pause(cx, pause).await?,
            Event::Link(LinkEvent::LoggedOut { .. } | LinkEvent::Replaced) => {
                events::cancel_all_likes(cx, SkipReason::Unlinked).await?;
            }
            Event::Message(_)
            | Event::Link(_)
            | Event::Contact(_)
            | Event::NumberChange(_)
            | Event::Mute(_)
            | Event::Group(_)
            | Event::Timer(_) => {}
        }
        Ok(())
    }

    fn expiries(&self) -> Vec<Arc<dyn Expires>> {
        vec![Arc::new(expiry::EXPIRY)]
    }

    fn deletable(&self) -> Option<Arc<dyn Deletable>> {
        Some(Arc::new(deletion::StatusDeletion))
    }

    fn media_listener(&self) -> Option<Arc<dyn OnMedia>> {
        Some(Arc::new(media::StatusMedia))
    }
}
