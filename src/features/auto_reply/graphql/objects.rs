//! GraphQL object of an automatic reply.

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use crate::features::auto_reply::AutoReplyId;
use crate::features::auto_reply::model::{Reply, ReplyState};
use crate::features::auto_reply::rule::SkipReason;
use crate::features::auto_reply::settings::AutoReplyMode;
use crate::features::schema::{Account, ActionStep, Contact};
use crate::graphql::{Entity, PageCursor};

/// Automatic reply to a message, or the record that there was none.
#[derive(Debug, Clone)]
pub struct AutoReply(pub Reply);

/// Automatic reply to a message, or the record that there was none.
#[Object]
impl AutoReply {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Account that replies.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// Contact who wrote the message.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.contact).await
    }

    /// Mode of the account when the message arrived: `OFFLINE` or `BUSY`.
    async fn mode(&self) -> AutoReplyMode {
        self.0.mode
    }

    /// Text of the reply; null when it was decided at once not to reply.
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// Progress of the reply.
    async fn state(&self) -> ReplyState {
        self.0.state
    }

    /// Reason for no reply; null unless `state` is `SKIPPED`.
    async fn skip_reason(&self) -> Option<SkipReason> {
        self.0.skip_reason
    }

    /// Code with which WhatsApp refused the reply, such as 463; null unless `state` is `REJECTED`, and when WhatsApp gave
    /// no number.
    async fn failure_whatsapp_code(&self) -> Option<i32> {
        self.0.failure.whatsapp_code
    }

    /// Cause in English; null unless `state` is `REJECTED` or `FAILED`.
    async fn failure_message(&self) -> Option<String> {
        self.0.failure.text()
    }

    /// Steps of the reply so far, in order.
    async fn timeline(&self) -> Vec<ActionStep> {
        self.0.timeline()
    }

    /// Time at which the contact wrote, by WhatsApp's clock.
    async fn asked_at(&self) -> DateTime<Utc> {
        self.0.asked_at
    }

    /// Time at which the message arrived and the reply was decided on.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

impl Entity for AutoReply {
    type Id = AutoReplyId;
    type Row = Reply;
    const NAME: &'static str = "automatic reply";

    fn of(_: &Context<'_>, row: Reply) -> Self {
        Self(row)
    }
}

impl AutoReply {
    /// The position of the reply in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.created_at,
            id: self.0.id.into(),
        }
    }
}
