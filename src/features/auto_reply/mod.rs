//! Automatic replies to messages while the owner is offline or busy.
//!
//! ```text
//! Message in a chat with one person -> recorded -> judged by the account's settings -> outbox, seconds later -> ack
//!       the owner writes himself, turns it off or unlinks, or WhatsApp wants nothing sent for long -> taken back
//! ```
//!
//! Every message that arrived while a mode was on, and that no earlier reply covers, has one [`Reply`] with its
//! state; the same skip reason is recorded for a sender at most once an hour. Nothing is sent to groups, statuses
//! or channels, to the owner, about old messages, or twice about one message. Two machines that answer each other
//! fall silent. The owner never appears online because of a reply.

mod change;
mod error;
mod events;
mod expiry;
mod exported;
mod graphql;
mod ids;
mod model;
mod notices;
mod outcomes;
mod preview;
mod rule;
mod schedule;
mod service;
mod settings;
mod store;
mod template;
mod text;

pub use change::{AutoReplyChange, SlotTexts};
pub use error::{AutoReplyError, Refusal};
pub use expiry::EXPIRY;
pub use graphql::AutoReplyEvent;
pub use graphql::{
    AccountFields, AutoReply, AutoReplyContact, AutoReplyDay, AutoReplyFilter, AutoReplyPreview,
    AutoReplyPreviewItem, AutoReplySettings, AutoReplySettingsInput, AutoReplyStatistics, Mutation,
    UpdateAutoReplySettingsInput, UpdateAutoReplySettingsPayload, ViewerFields, WeeklySlot, WeeklySlotInput,
};
pub use ids::{AutoReplyId, AutoReplySettingsId};
pub use model::{Reply, ReplyEnd, ReplyState};
pub use preview::PreviewedReply;
pub use rule::{ReplyContext, SkipReason};
pub use schedule::{Schedule, Slot, SlotMistake};
pub use service::AutoReplyService;
pub use settings::{AutoReplyMode, ReplySettings};
pub use store::replies::ReplyQuery;
pub use store::statistics::ReplyStatistics;
pub use template::{Template, TemplateError};

use std::sync::Arc;

use async_trait::async_trait;

use crate::contacts::ChatKind;
use crate::event::{Event, LinkEvent};
use crate::features::{EventContext, ExportedTable, Feature, FeatureError, Received};
use crate::notices::NoticeType;
use crate::retention::Expires;

/// Automatic replies.
#[derive(Debug)]
pub struct AutoReplies;

#[async_trait]
impl Feature for AutoReplies {
    fn name(&self) -> &'static str {
        "auto_reply"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }

    async fn on_message(
        &self,
        cx: &mut EventContext<'_>,
        received: Received<'_>,
    ) -> Result<(), FeatureError> {
        let Received { recorded, message } = received;
        if recorded.chat_kind != ChatKind::Direct {
            return Ok(());
        }
        if message.is_from_me {
            outcomes::cancel_for_owner(cx, recorded, message).await?;
        } else {
            events::handle_incoming(cx, recorded, message).await?;
        }
        Ok(())
    }

    async fn on_event(&self, cx: &mut EventContext<'_>, event: &Event) -> Result<(), FeatureError> {
        match event {
            Event::Send(send) => outcomes::record_send_outcome(cx, send).await?,
            Event::Pause(pause) => outcomes::pause(cx, pause).await?,
            Event::Receipt(receipt) => outcomes::record_delivery(cx, receipt).await?,
            Event::Link(LinkEvent::LoggedOut { .. } | LinkEvent::Replaced) => {
                outcomes::cancel_all(cx, SkipReason::Unlinked).await?;
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

    fn notice_types(&self) -> &'static [&'static dyn NoticeType] {
        &[&notices::SilencedContactWrote]
    }
}
