use async_graphql::{Context, Object, Result};

use super::drift::AdminBillingDrift;
use crate::features::billing::store;
use crate::graphql::{Admin, Connection, Cursor, List, PageArguments, read, total_if_wanted};

/// The list of all differences, as its cursors name it.
const LIST: List = List::named("admin.billingDrifts");

/// The sale of Premium as admins see it.
#[derive(Debug, Clone, Copy)]
pub struct AdminFields(pub Admin);

#[Object(name = "BillingAdminFields")]
impl AdminFields {
    /// Differences between what was stored and what Stripe says that reconciliations found and mended in the last 90 days,
    /// newest first. Many of them say that webhooks do not arrive. Null only when an argument is wrong.
    async fn billing_drifts(
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
    ) -> Result<Option<Connection<AdminBillingDrift>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let page = arguments.page(LIST)?;
        let (rows, total) = read(ctx, self.0.user(), async |conn| {
            let rows = store::list_drifts(conn, page).await?;
            let total = total_if_wanted(ctx, store::count_drifts(conn)).await?;
            Ok((rows, total))
        })
        .await?;
        let drifts = rows.into_iter().map(AdminBillingDrift).collect();
        Ok(Some(
            Connection::of(&page, drifts, AdminBillingDrift::page_cursor).counted(total),
        ))
    }
}
