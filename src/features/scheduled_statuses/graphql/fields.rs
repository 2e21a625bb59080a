//! Fields and subscription of scheduled statuses.

use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};

use super::audience::AudiencePreview;
use super::errors::failed;
use super::input::StatusAudienceInput;
use super::loaders::WaitingOf;
use super::object::ScheduledStatus;
use crate::account::AccountRef;
use crate::features::scheduled_statuses::model::State;
use crate::features::scheduled_statuses::service::ScheduledStatusesService;
use crate::features::scheduled_statuses::store::{Order, ScheduledStatusQuery};
use crate::graphql::{Connection, Cursor, PageArguments, find, parse_ids, total_if_wanted};
use crate::id::{AccountId, UserId};

/// Filter for scheduled statuses. A field that is absent or null does not filter; an empty list matches nothing.
#[derive(Debug, Default, InputObject)]
pub struct ScheduledStatusFilter {
    /// Only statuses of the accounts with these ids.
    account_ids: Option<Vec<ID>>,
    /// Only statuses in one of these states.
    states: Option<Vec<State>>,
    /// Only statuses planned for this time or later.
    from: Option<DateTime<Utc>>,
    /// Only statuses planned for before this time.
    to: Option<DateTime<Utc>>,
}

impl ScheduledStatusFilter {
    fn parse(self, order: Order) -> Result<ScheduledStatusQuery> {
        Ok(ScheduledStatusQuery {
            accounts: parse_ids(
                &["filter", "accountIds"],
                self.account_ids,
                AccountId::from_global,
            )?,
            states: self.states,
            from: self.from,
            to: self.to,
            order,
        })
    }
}

/// The fields that scheduled statuses add to a user.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "ScheduledStatusesViewerFields")]
impl ViewerFields {
    /// The user's scheduled statuses. Null, with an error, when an argument is wrong.
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
        #[graphql(default, desc = "Order of the list.")] order_by: Order,
    ) -> Result<Option<Connection<ScheduledStatus>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page("scheduledStatuses")?;
        let query = filter.unwrap_or_default().parse(order_by)?;
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let found = service.list(self.0, page, &query).await;
        let items = found.map_err(|e| failed(ctx, e))?;
        let total = total_if_wanted(ctx, service.count(self.0, &query)).await;
        let total = total.map_err(|e| failed(ctx, e))?;
        let items = items.into_iter().map(ScheduledStatus).collect();
        Ok(Some(
            Connection::of(&page, items, ScheduledStatus::page_cursor).counted(total),
        ))
    }
}

/// The fields that scheduled statuses add to an account.
#[derive(Debug, Clone, Copy)]
pub struct AccountFields(pub AccountRef);

#[Object(name = "ScheduledStatusesAccountFields")]
impl AccountFields {
    /// Number of the account's scheduled statuses that wait for their time, or are being published. They are missed when
    /// the account is unlinked, and lost when the account is removed.
    async fn scheduled_status_count(&self, ctx: &Context<'_>) -> Result<i64> {
        Ok(find(ctx, WaitingOf(self.0.id)).await?.unwrap_or_default())
    }

    /// The people who would see a status of the account with this audience if it were published now. Null, with a
    /// `BAD_USER_INPUT` error that names all that is wrong, when `scheduleStatus` would refuse the audience.
    async fn audience_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The audience.")] audience: StatusAudienceInput,
    ) -> Result<Option<AudiencePreview>> {
        let service = ctx.data_unchecked::<ScheduledStatusesService>();
        let previewed = service.preview(self.0, &audience.parse()).await;
        let found = previewed.map_err(|e| failed(ctx, e))?;
        Ok(Some(AudiencePreview(found)))
    }
}
