use async_graphql::{Context, Result};

use super::loaders::{PostedCountOf, PostedPage};
use super::objects::Status;
use crate::graphql::{Connection, List, PageArguments, find, total_if_wanted};
use crate::id::ContactId;

/// The requested page of the statuses of a contact, newest first.
///
/// # Errors
/// `BAD_USER_INPUT` when an argument is wrong, `INTERNAL` when the database fails.
pub async fn statuses_of_contact(
    ctx: &Context<'_>,
    contact: ContactId,
    arguments: PageArguments,
) -> Result<Connection<Status>> {
    let page = arguments.page(List::of("contactStatuses", contact))?;
    let key = PostedPage {
        contact,
        page: page.of_any_parent(),
    };
    let posted = find(ctx, key).await?;
    let total = total_if_wanted(ctx, find(ctx, PostedCountOf(contact))).await?;
    let total = total.map(Option::unwrap_or_default);
    let statuses = posted.unwrap_or_default().into_iter().map(Status).collect();
    Ok(Connection::of(&page, statuses, Status::page_cursor).counted(total))
}
