use async_graphql::connection::Connection;
use async_graphql::{Context, Object, Result};

use crate::features::accounts::service::AccountsService;
use crate::features::schema::Account;
use crate::graphql::{Page, PageCursor, connect, internal};
use crate::id::UserId;

/// Fields that accounts add to a user.
pub struct ViewerFields(pub UserId);

#[Object(name = "AccountsViewerFields")]
impl ViewerFields {
    /// The user's linked numbers, oldest first; unlinked ones among them.
    /// Null only when an argument is wrong.
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Page size, 1 to 100; 20 when absent.")] first: Option<i32>,
        #[graphql(desc = "The cursor of the account before the first.")] after: Option<String>,
    ) -> Result<Option<Connection<PageCursor, Account>>> {
        let page = Page::parse(first, after.as_deref())?;
        let service = ctx.data_unchecked::<AccountsService>();
        let rows = service.list(self.0, page).await.map_err(|e| internal(ctx, e))?;
        let accounts = rows.into_iter().map(Account::new).collect();
        Ok(Some(connect(page, accounts, Account::page_cursor)))
    }
}
