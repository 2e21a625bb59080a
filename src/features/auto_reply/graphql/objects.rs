//! GraphQL object of an automatic reply.

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use crate::features::auto_reply::AutoReplyId;
use crate::features::auto_reply::model::{Reply, ReplyOutcome};
use crate::features::auto_reply::settings::AutoReplyMode;
use crate::features::schema::{Account, ActionStep, Contact};
use crate::graphql::{Entity, PageCursor};

/// An automatic reply to a message, or the record that there was none, with its outcome.
#[derive(Debug, Clone)]
pub struct AutoReply(pub Reply);

/// An automatic reply to a message, or the record that there was none, with its outcome.
#[Object]
impl AutoReply {
    /// Opaque global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The account that replies.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// The contact who wrote the message.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.contact).await
    }

    /// The mode of the account when the message arrived: `OFFLINE` or `BUSY`.
    async fn mode(&self) -> AutoReplyMode {
        self.0.mode
    }

    /// The text of the reply; null when it was decided at once not to reply.
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// The progress of the reply.
    async fn outcome(&self) -> ReplyOutcome {
        self.0.outcome
    }

    /// The reason of a rejection, skip or failure; null unless `REJECTED`, `SKIPPED` or `FAILED`. For `REJECTED`:
    /// WhatsApp's code, such as `463`. For `FAILED`: the cause, in English. For `SKIPPED`: `too old`, `plan`,
    /// `schedule`, `filtered`, `answered by the owner`, `loop`, `paused`, `waited too long`, `turned off` or
    /// `unlinked`.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The steps of the reply so far, in order.
    async fn timeline(&self) -> Vec<ActionStep> {
        self.0.timeline()
    }

    /// The time at which the contact wrote, by WhatsApp's clock.
    async fn asked_at(&self) -> DateTime<Utc> {
        self.0.asked_at
    }

    /// The time at which the message arrived and the reply was decided on.
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
