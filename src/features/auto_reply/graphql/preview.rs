//! GraphQL objects of a preview.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::features::auto_reply::preview::PreviewedReply;
use crate::features::auto_reply::rule::SkipReason;
use crate::features::schema::Contact;
use crate::graphql::Entity;
use crate::id::ContactId;

/// Maximum number of items that are shown; the counts cover all messages.
const MAX_PREVIEW_ITEMS: usize = 100;

/// Preview of auto-reply settings on the messages of the last 24 hours, 500 at most.
#[derive(Debug, Clone)]
pub struct AutoReplyPreview(pub Vec<PreviewedReply>);

/// Preview of auto-reply settings on the messages of the last 24 hours, 500 at most.
#[Object]
impl AutoReplyPreview {
    /// Number of messages that would have got a reply.
    async fn reply_count(&self) -> usize {
        self.0.iter().filter(|item| item.verdict.is_ok()).count()
    }

    /// Number of messages that would have got no reply.
    async fn skip_count(&self) -> usize {
        self.0.iter().filter(|item| item.verdict.is_err()).count()
    }

    /// The 100 newest of the messages, newest first; the counts are of all.
    async fn items(&self) -> Vec<AutoReplyPreviewItem> {
        let shown = self.0.iter().take(MAX_PREVIEW_ITEMS);
        shown
            .map(|item| AutoReplyPreviewItem {
                contact_id: item.contact,
                asked_at: item.asked_at,
                is_answered: item.verdict.is_ok(),
                text: item.verdict.clone().ok(),
                skip_reason: item.verdict.as_ref().err().copied(),
            })
            .collect()
    }
}

/// Preview of auto-reply settings on one message.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct AutoReplyPreviewItem {
    #[graphql(skip)]
    contact_id: ContactId,
    /// Time at which the contact wrote, by WhatsApp's clock.
    asked_at: DateTime<Utc>,
    /// True when the message would have got a reply.
    is_answered: bool,
    /// Text of the reply; null when there would have been none.
    text: Option<String>,
    /// Reason for no reply; null when there would have been a reply.
    skip_reason: Option<SkipReason>,
}

#[ComplexObject]
impl AutoReplyPreviewItem {
    /// Contact who wrote the message.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.contact_id).await
    }
}
