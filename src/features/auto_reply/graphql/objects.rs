use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::super::model::{Reply, ReplyOutcome};
use super::super::rule::AutoReplyMode;
use crate::features::auto_reply::AutoReplyId;
use crate::features::schema::{Account, ActionStep, Contact};
use crate::graphql::{Entity, PageCursor};

/// What became of the automatic answer to a message.
#[derive(Debug, Clone)]
pub struct AutoReply(pub Reply);

/// What became of the automatic answer to a message.
#[Object]
impl AutoReply {
    /// Opaque and global.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The account that answers.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// Who wrote.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Contact> {
        Contact::load(ctx, self.0.contact).await
    }

    /// The mode when they wrote: `OFFLINE` or `BUSY`.
    async fn mode(&self) -> AutoReplyMode {
        self.0.mode
    }

    /// What they are answered; null when it was decided at once not to.
    async fn text(&self) -> Option<&str> {
        self.0.text.as_deref()
    }

    /// How far it came.
    async fn outcome(&self) -> ReplyOutcome {
        self.0.outcome
    }

    /// Why no further; null unless `REJECTED`, `SKIPPED` or `FAILED`. When rejected: WhatsApp's code, such as `463`.
    /// When failed: the cause, in English. When skipped: `too old`, `plan`, `schedule`, `filtered`,
    /// `answered by the owner`, `loop`, `paused`, `waited too long`, `turned off` or `unlinked`.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// What happened to it, in order.
    async fn timeline(&self) -> Vec<ActionStep> {
        self.0.timeline()
    }

    /// When they wrote, by WhatsApp's clock.
    async fn asked_at(&self) -> DateTime<Utc> {
        self.0.asked_at
    }

    /// When their message came and this was decided.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}

impl Entity for AutoReply {
    type Id = AutoReplyId;
    type Row = Reply;
    const NAME: &'static str = "automatic answer";

    fn of(_: &Context<'_>, row: Reply) -> Self {
        Self(row)
    }
}

impl AutoReply {
    /// Where it stands in a list.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.created_at,
            id: self.0.id.into(),
        }
    }
}
