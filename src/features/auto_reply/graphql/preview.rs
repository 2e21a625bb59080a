//! GraphQL objects of a preview.

use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use crate::features::auto_reply::preview::PreviewedReply;
use crate::features::schema::Contact;
use crate::graphql::{Entity, UserError};
use crate::id::ContactId;

/// Maximum number of items that are shown; the counts cover all messages.
const MAX_PREVIEW_ITEMS: usize = 100;

/// The replies that settings would have sent to the messages of the last 24 hours, at most 500 messages.
#[derive(Debug, Clone)]
pub struct AutoReplyPreview(pub Vec<PreviewedReply>);

/// The replies that settings would have sent to the messages of the last 24 hours, at most 500 messages.
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

    /// The newest 100 of the messages, newest first.
    async fn items(&self) -> Vec<AutoReplyPreviewItem> {
        let shown = self.0.iter().take(MAX_PREVIEW_ITEMS);
        shown
            .map(|item| AutoReplyPreviewItem {
                contact_id: item.contact,
                asked_at: item.asked_at,
                is_answered: item.verdict.is_ok(),
                text: item.verdict.clone().ok(),
                reason: item.verdict.as_ref().err().map(|reason| reason.as_str()),
            })
            .collect()
    }
}

/// A message of the last 24 hours, and the reply that the settings would have sent.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct AutoReplyPreviewItem {
    #[graphql(skip)]
    contact_id: ContactId,
    /// The time at which the contact wrote, by WhatsApp's clock.
    asked_at: DateTime<Utc>,
    /// True when the message would have got a reply.
    is_answered: bool,
    /// The text of the reply; null when there would have been none.
    text: Option<String>,
    /// The reason for no reply, as in `AutoReply.reason`, or `cooldown` when an earlier reply covers the message;
    /// null when there would have been a reply.
    reason: Option<&'static str>,
}

#[ComplexObject]
impl AutoReplyPreviewItem {
    /// The contact who wrote the message.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.contact_id).await
    }
}

/// Result of previewing a change of the auto-reply settings.
#[derive(Debug, SimpleObject)]
pub struct PreviewAutoReplyPayload {
    /// The replies that would have been sent; null when the change is invalid.
    pub(super) preview: Option<AutoReplyPreview>,
    /// The errors of the input; empty when there is a preview.
    pub(super) errors: Vec<UserError>,
}

impl PreviewAutoReplyPayload {
    pub(super) fn wrong(error: UserError) -> Self {
        Self {
            preview: None,
            errors: vec![error],
        }
    }
}
