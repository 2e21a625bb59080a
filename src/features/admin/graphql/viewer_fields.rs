use async_graphql::{Context, Object, Result};

use super::audit_entry::AuditEntry;
use crate::audit;
use crate::graphql::{Connection, Cursor, List, PageArguments, read, total_if_wanted};
use crate::id::UserId;

/// The audit log, as its cursors name it.
const LIST: List = List::named("auditLog");

/// Fields that administration adds to the viewer.
#[derive(Debug, Clone, Copy)]
pub struct ViewerFields(pub UserId);

#[Object(name = "AdminViewerFields")]
impl ViewerFields {
    /// Audit log of the viewer: what admins and the server's operator did to them and saw of them, newest first, kept for
    /// two years. Entries of looks are written within seconds of the look. Null only when an argument is wrong.
    async fn audit_log(
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
    ) -> Result<Option<Connection<AuditEntry>>> {
        let arguments = PageArguments {
            first,
            after,
            last,
            before,
        };
        let page = arguments.page(LIST)?;
        let (rows, total) = read(ctx, self.0, async |conn| {
            let rows = audit::list(conn, self.0, page).await?;
            let total = total_if_wanted(ctx, audit::count(conn, self.0)).await?;
            Ok((rows, total))
        })
        .await?;
        let entries = rows.into_iter().map(AuditEntry).collect();
        Ok(Some(
            Connection::of(&page, entries, AuditEntry::page_cursor).counted(total),
        ))
    }
}
