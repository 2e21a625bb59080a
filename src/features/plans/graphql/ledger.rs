use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use super::quotas::QuotaCode;
use crate::features::plans::QuotaUseId;
use crate::features::plans::ledger::{self, Entry};
use crate::features::schema::Node;
use crate::graphql::{Date, Entity, PageCursor, ReadError, Reader};

/// Unit of a monthly quota that was spent.
#[derive(Debug, Clone)]
pub struct QuotaUse(pub Entry);

/// Unit of a monthly quota that was spent.
#[Object]
impl QuotaUse {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// Quota that it is of.
    async fn quota(&self) -> QuotaCode {
        self.0.quota.into()
    }

    /// First day of the calendar month in whose count it is. A month begins by the time zone that the user has then, and
    /// does not begin again after a change of the zone.
    async fn period_start(&self) -> Date {
        Date(self.0.period_start)
    }

    /// Reason for which it was spent, in English.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// Thing that it was spent on, such as the view-once message; null when that was deleted. It stays spent then.
    async fn subject(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        Node::find(ctx, self.0.quota.subject_type(), self.0.subject_id.into()).await
    }

    /// Time at which it was spent.
    async fn spent_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// Time at which it was given back, because what it paid for came to nothing: it does not count then. Null when it
    /// was not.
    async fn given_back_at(&self) -> Option<DateTime<Utc>> {
        self.0.refunded_at
    }
}

impl QuotaUse {
    /// Cursor of its position in the ledger.
    pub(super) fn page_cursor(&self) -> PageCursor {
        PageCursor {
            at: self.0.created_at,
            id: self.0.id.into(),
        }
    }
}

impl Entity for QuotaUse {
    type Id = QuotaUseId;
    type Row = Entry;
    const NAME: &'static str = "unit of a quota";

    fn of(_: &Context<'_>, row: Entry) -> Self {
        Self(row)
    }
}

impl Loader<QuotaUseId> for Reader {
    type Value = Entry;
    type Error = ReadError;

    async fn load(&self, keys: &[QuotaUseId]) -> Result<HashMap<QuotaUseId, Entry>, ReadError> {
        self.read(async |work| {
            let found = ledger::load(work, keys).await?;
            Ok(found.into_iter().map(|entry| (entry.id, entry)).collect())
        })
        .await
    }
}
