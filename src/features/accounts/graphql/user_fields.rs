use async_graphql::{Context, Object, Result};

use crate::features::accounts::service::AccountsService;
use crate::features::accounts::store;
use crate::features::schema::Account;
use crate::graphql::{Connection, Cursor, PageArguments, internal, read, total_if_wanted};
use crate::id::UserId;

/// Fields that accounts add to a user.
pub struct ViewerFields(pub UserId);

#[Object(name = "AccountsViewerFields")]
impl ViewerFields {
    /// WhatsApp numbers that the viewer linked, oldest first; unlinked ones among them. Null only when an argument is
    /// wrong.
    async fn accounts(
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
    ) -> Result<Option<Connection<Account>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page("accounts")?;
        let service = ctx.data_unchecked::<AccountsService>();
        let rows = service.list(self.0, page).await.map_err(|e| internal(ctx, e))?;
        let accounts = rows.into_iter().map(Account::new).collect();
        let total = total_if_wanted(
            ctx,
            read(ctx, self.0, async |conn| store::count(conn, self.0).await),
        )
        .await?;
        Ok(Some(
            Connection::of(&page, accounts, Account::page_cursor).counted(total),
        ))
    }
}
