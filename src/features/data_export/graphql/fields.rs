use async_graphql::{Context, Object, Result};

use super::objects::DataExport;
use super::service;
use crate::graphql::{Connection, Cursor, PageArguments, internal, total_if_wanted};
use crate::id::UserId;

/// Fields that data exports add to the viewer.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "DataExportsViewerFields")]
impl ViewerFields {
    /// Data exports of the viewer, newest first, for 30 days. Null only when an argument is wrong.
    async fn data_exports(
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
    ) -> Result<Option<Connection<DataExport>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let page = arguments.page("data exports")?;
        let found = service(ctx).list(self.0, page).await;
        let found = found.map_err(|e| internal(ctx, e))?;
        let total = total_if_wanted(ctx, service(ctx).count(self.0)).await;
        let total = total.map_err(|e| internal(ctx, e))?;
        let items = found.into_iter().map(DataExport).collect();
        Ok(Some(
            Connection::of(&page, items, DataExport::page_cursor).counted(total),
        ))
    }
}
