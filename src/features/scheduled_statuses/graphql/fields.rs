//! Fields and subscription of scheduled statuses.

use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};

use super::errors::failed;
use super::object::{ScheduledStatus, WaitingOf};
use crate::account::AccountRef;
use crate::features::scheduled_statuses::model::State;
use crate::features::scheduled_statuses::service::ScheduledStatusesService;
use crate::features::scheduled_statuses::store::ScheduledStatusQuery;
use crate::graphql::{Connection, Cursor, PageArguments, find, parse_ids};
use crate::id::{AccountId, UserId};

/// Filter for scheduled statuses. A field that is absent, null or an empty list does not filter.
#[derive(Debug, InputObject)]
pub struct ScheduledStatusFilter {
    /// Only statuses of these accounts.
    account_ids: Option<Vec<ID>>,
    /// Only statuses in one of these states.
    states: Option<Vec<State>>,
    /// Only statuses planned for this time or later.
    from: Option<DateTime<Utc>>,
    /// Only statuses planned for before this time.
    to: Option<DateTime<Utc>>,
}

impl ScheduledStatusFilter {
    fn parse(self) -> Result<ScheduledStatusQuery> {
        Ok(ScheduledStatusQuery {
            accounts: parse_ids(self.account_ids, AccountId::from_global)?,
            states: self.states.filter(|states| !states.is_empty()),
            from: self.from,
            to: self.to,
        })
    }
}

/// The fields that scheduled statuses add to a user.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "ScheduledStatusesViewerFields")]
impl ViewerFields {
    /// The user's scheduled statuses, latest planned time first.
    /// Null only when an argument is wrong.
    async fn scheduled_statuses(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the beginning of the list, or after `after`: 1 to 100; 20 when neither `first` \
                    nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor of the item before the page.")] after: Option<Cursor>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`: 1 to 100. Not together with `first` or \
                    `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor of the item after the page.")] before: Option<Cursor>,
        #[graphql(desc = "Filter; all statuses when absent.")] filter: Option<ScheduledStatusFilter>,
    ) -> Result<Option<Connection<ScheduledStatus>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page("scheduledStatuses")?;
        let query = filter.map(ScheduledStatusFilter::parse).transpose()?;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let found = service.list(self.0, page, &query.unwrap_or_default()).await;
        let items = found
            .map_err(|e| failed(ctx, e))?
            .into_iter()
            .map(ScheduledStatus);
        Ok(Some(Connection::of(
            page,
            items.collect(),
            ScheduledStatus::page_cursor,
        )))
    }
}

/// The fields that scheduled statuses add to an account.
#[derive(Debug, Clone, Copy)]
pub struct AccountFields(pub AccountRef);

#[Object(name = "ScheduledStatusesAccountFields")]
impl AccountFields {
    /// Number of scheduled statuses that wait for their time, or are being published. They are missed when the account
    /// is unlinked, and lost when it is removed.
    async fn scheduled_status_count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(find(ctx, WaitingOf(self.0.id)).await?.unwrap_or_default())
    }
}
