use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::super::preview::Previewed;
use crate::features::schema::Contact;
use crate::graphql::{Entity, UserError};
use crate::id::ContactId;

/// How many items are shown; the counts are of all.
const MOST_SHOWN: usize = 100;

/// What settings would have done with the messages of the last 24 hours, 500 at most.
#[derive(Debug, Clone)]
pub struct AutoReplyPreview(pub Vec<Previewed>);

/// What settings would have done with the messages of the last 24 hours, 500 at most.
#[Object]
impl AutoReplyPreview {
    /// How many messages would have been answered.
    async fn reply_count(&self) -> usize {
        self.0.iter().filter(|item| item.verdict.is_ok()).count()
    }

    /// How many would not.
    async fn skip_count(&self) -> usize {
        self.0.iter().filter(|item| item.verdict.is_err()).count()
    }

    /// The newest 100 of them, the newest first.
    async fn items(&self) -> Vec<AutoReplyPreviewItem> {
        let shown = self.0.iter().take(MOST_SHOWN);
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

/// What settings would have done with one message.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct AutoReplyPreviewItem {
    #[graphql(skip)]
    contact_id: ContactId,
    /// When the contact wrote, by WhatsApp's clock.
    asked_at: DateTime<Utc>,
    /// Whether it would have been answered.
    is_answered: bool,
    /// With which words; null when it would not have been.
    text: Option<String>,
    /// Why not, as in `AutoReply.reason`, or `cooldown` when an earlier answer covers it; null when it would have been.
    reason: Option<&'static str>,
}

#[ComplexObject]
impl AutoReplyPreviewItem {
    /// Who wrote.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.contact_id).await
    }
}

/// What a change of automatic answers would have done.
#[derive(Debug, SimpleObject)]
pub struct PreviewAutoReplyPayload {
    /// What it would have done; null when the change is wrong.
    pub(super) preview: Option<AutoReplyPreview>,
    /// What was wrong; empty when there is a preview.
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
