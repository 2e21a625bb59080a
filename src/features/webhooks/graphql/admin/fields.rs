use async_graphql::{Context, InputObject, Object, Result};

use super::delivery::AdminWebhookDelivery;
use super::hosts::with_hosts;
use crate::audit::{self, AuditAction};
use crate::features::webhooks::model::DeliveryState;
use crate::features::webhooks::store;
use crate::graphql::{Admin, Connection, Cursor, List, PageArguments, internal, total_if_wanted};
use crate::work::{Core, WorkError};

/// The list of all failing deliveries, as its cursors name it.
const LIST: List = List::named("admin.failingDeliveries");

/// Webhooks of all users as admins see them.
#[derive(Debug, Clone, Copy)]
pub struct AdminFields(pub Admin);

#[Object(name = "WebhooksAdminFields")]
impl AdminFields {
    /// Deliveries to webhook endpoints of all users that were refused at least once and not accepted since, newest first.
    /// The user of each reads in their audit log that it was seen (`WEBHOOKS_VIEWED`). Null only when an argument is wrong.
    async fn failing_webhook_deliveries(
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
        #[graphql(desc = "Filter of the deliveries; all that fail when absent.")] filter: Option<
            AdminWebhookDeliveryFilter,
        >,
    ) -> Result<Option<Connection<AdminWebhookDelivery>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let page = arguments.page(LIST)?;
        let states = filter.and_then(|filter| filter.states);
        let core = ctx.data_unchecked::<Core>();
        let listing = async {
            let mut work = core.begin(self.0.user()).await?;
            let rows = store::list_failing(&mut work, page, states.as_deref()).await?;
            let count = store::count_failing(&mut work, states.as_deref());
            let total = total_if_wanted(ctx, count).await?;
            let users = rows.iter().map(|row| row.user_id);
            audit::note_looks(&mut work, AuditAction::WebhooksViewed, users).await?;
            work.commit().await?;
            Ok::<_, WorkError>((with_hosts(core, rows).await?, total))
        };
        let (found, total) = listing.await.map_err(|e| internal(ctx, e))?;
        let deliveries = found.into_iter().map(AdminWebhookDelivery).collect();
        Ok(Some(
            Connection::of(&page, deliveries, AdminWebhookDelivery::page_cursor).counted(total),
        ))
    }
}

/// Filter of failing deliveries. A field that is absent or null filters nothing out; an empty list matches nothing.
#[derive(Debug, InputObject)]
pub(super) struct AdminWebhookDeliveryFilter {
    /// States of deliveries to include: `PENDING` for those that are tried again, `FAILED` for those that were given up.
    states: Option<Vec<DeliveryState>>,
}
