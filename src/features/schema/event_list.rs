use async_graphql::{Context, ID, Result};

use super::ShownEvent;
use super::event::{EventFilter, refused};
use crate::features::Event;
use crate::graphql::{Connection, Cursor, EventCursor, MOST_COUNTED, PageArguments, read, total_if_wanted};
use crate::hub::{self, EventKind, EventRange, EventRow};
use crate::id::UserId;

/// The user's stream of events as a list, and its end.
pub struct EventsViewerFields(pub UserId);

#[async_graphql::Object]
impl EventsViewerFields {
    /// Cursor of the newest event. Pass it as `after` to receive the events that follow the data that you read next.
    async fn event_cursor(&self, ctx: &Context<'_>) -> Result<Cursor> {
        let user = self.0;
        read(ctx, user, async |conn| hub::load_newest(conn, user).await)
            .await
            .map(Cursor::of_event)
    }

    /// Events of the viewer's data, oldest first, as far as they are kept. The last page, and the subscription `events`
    /// after its `endCursor` with the same filters, have each event exactly once between them. When the page is empty,
    /// subscribe after the `eventCursor` of an earlier request. Null only when an argument is wrong.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of items from the beginning of the list, or after `after`: 1 to 100; 20 when neither `first` \
                    nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "Cursor of the item before the page: of an event, or `eventCursor`.")] after: Option<
            Cursor,
        >,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`: 1 to 100. Not together with `first` or \
                    `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor of the item after the page.")] before: Option<Cursor>,
        #[graphql(
            desc = "Ids of accounts: only events of these, none for an empty list; of all accounts when absent. An event \
                    of no account passes only when the list is absent: changes of the viewer, of webhook \
                    endpoints and of personal access tokens, notifications of no account, and each `NOTIFICATION_READ`."
        )]
        account_ids: Option<Vec<ID>>,
        #[graphql(desc = "Only events of these kinds, none for an empty list; of all kinds when absent.")]
        kinds: Option<Vec<EventKind>>,
    ) -> Result<Option<Connection<Event>>> {
        let page = PageArguments {
            first,
            after,
            last,
            before,
        }
        .page_of_events()?;
        let range = EventRange {
            from: page.from.map(|from| from.0),
            is_backwards: page.is_backwards,
            limit: page.limit(),
        };
        let filter = EventFilter::parse(ctx, account_ids, kinds)?;
        let user = self.0;
        let read = read(ctx, user, async |conn| {
            let query = filter.query();
            let rows = hub::list(conn, user, &query, range).await?;
            let total = total_if_wanted(ctx, hub::count(conn, user, &query, MOST_COUNTED)).await?;
            // Behind the reading: what was there until now was there when the rows were read.
            let kept = match range.from {
                Some(after) if !range.is_backwards => hub::require_kept(conn, user, after).await,
                Some(_) | None => Ok(()),
            };
            Ok((rows, total, kept))
        });
        let (rows, total, kept) = read.await?;
        kept.map_err(|error| refused(ctx, error))?;
        let connection = Connection::of(&page, rows, |row: &EventRow| EventCursor(row.sequence));
        Ok(Some(
            connection
                .counted(total)
                .map(|row| Event::from(ShownEvent::from(row))),
        ))
    }
}
