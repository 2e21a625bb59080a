//! Connections: pages of lists, as Relay and its likes want them.

use std::borrow::Cow;

use async_graphql::{Context, Object, OutputType, SimpleObject, TypeName};

use super::cursor::{Cursor, Position};
use super::page::Page;

/// Largest number that `totalCount` tells; counting ends there.
pub const MOST_COUNTED: i64 = 10_000;

/// A page of a list. Its GraphQL type is named after the type of the items: `StatusConnection`.
#[derive(Debug)]
pub struct Connection<T> {
    edges: Vec<Edge<T>>,
    page_info: PageInfo,
    total_count: Option<i64>,
}

/// An item of a page, with its place in the list.
#[derive(Debug)]
pub struct Edge<T> {
    node: T,
    cursor: Cursor,
}

/// The ends of a page, and what lies beyond them.
#[derive(Debug, Clone, SimpleObject)]
pub struct PageInfo {
    /// True when there are items after the page. When paging backwards: true when `before` was given.
    has_next_page: bool,
    /// True when there are items before the page. When paging forwards: true when `after` was given.
    has_previous_page: bool,
    /// Cursor of the first item of the page; null when the page is empty.
    start_cursor: Option<Cursor>,
    /// Cursor of the last item of the page; null when the page is empty.
    end_cursor: Option<Cursor>,
}

impl<T> Connection<T> {
    /// The items of `page`, which were loaded with [`Page::limit`] in the direction of the page.
    pub fn of<F, P: Position>(page: &Page<F>, mut items: Vec<T>, position: impl Fn(&T) -> P) -> Self {
        let wanted = usize::try_from(page.size).unwrap_or(usize::MAX);
        let has_more = items.len() > wanted;
        items.truncate(wanted);
        if page.is_backwards {
            items.reverse();
        }
        let edge = |node: T| Edge {
            cursor: Cursor::of(page.list, &position(&node)),
            node,
        };
        let edges: Vec<Edge<T>> = items.into_iter().map(edge).collect();
        let came_from = page.from.is_some();
        let page_info = PageInfo {
            has_next_page: if page.is_backwards { came_from } else { has_more },
            has_previous_page: if page.is_backwards { has_more } else { came_from },
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        };
        Self {
            edges,
            page_info,
            total_count: None,
        }
    }

    /// The same page with each item converted.
    pub fn map<U>(self, convert: impl Fn(T) -> U) -> Connection<U> {
        let edge = |Edge { node, cursor }| Edge {
            node: convert(node),
            cursor,
        };
        Connection {
            edges: self.edges.into_iter().map(edge).collect(),
            page_info: self.page_info,
            total_count: self.total_count,
        }
    }

    /// The same page with the number of items of the whole list.
    #[must_use]
    pub const fn counted(mut self, total: Option<i64>) -> Self {
        self.total_count = total;
        self
    }
}

/// True when the operation asks for the `totalCount` of the connection that the field of `ctx` answers with.
pub fn wants_total(ctx: &Context<'_>) -> bool {
    ctx.look_ahead().field("totalCount").exists()
}

/// The number of items of the whole list, by `count`; none, without counting, when the operation does not ask for it.
///
/// # Errors
/// Those of `count`.
pub async fn total_if_wanted<T, E>(
    ctx: &Context<'_>,
    count: impl Future<Output = Result<T, E>>,
) -> Result<Option<T>, E> {
    if wants_total(ctx) {
        count.await.map(Some)
    } else {
        Ok(None)
    }
}

impl<T: OutputType> TypeName for Connection<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

/// A page of a list.
#[Object(name_type)]
impl<T: OutputType> Connection<T> {
    /// The items of the page with their cursors, in the order of the list.
    async fn edges(&self) -> &[Edge<T>] {
        &self.edges
    }

    /// The items of the page, in the order of the list.
    async fn nodes(&self) -> Vec<&T> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// The ends of the page, and what lies beyond them.
    async fn page_info(&self) -> &PageInfo {
        &self.page_info
    }

    /// Number of items of the whole list under the same filter; 10,000 when there are as many or more. Null where the
    /// field that answers with this connection says that it is not counted.
    async fn total_count(&self) -> Option<i64> {
        self.total_count
    }
}

impl<T: OutputType> TypeName for Edge<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", T::type_name()).into()
    }
}

/// An item of a page, with its place in the list.
#[Object(name_type)]
impl<T: OutputType> Edge<T> {
    /// Place of the item in the list. Pass it as `after` or `before` to the same field.
    async fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// The item.
    async fn node(&self) -> &T {
        &self.node
    }
}

/// Counts the rows of a Diesel query, up to [`MOST_COUNTED`].
macro_rules! count_rows {
    ($conn:expr, $query:expr) => {{
        let one = ::diesel::IntoSql::into_sql::<::diesel::sql_types::Integer>(1);
        let query = $query.select(one).limit($crate::graphql::MOST_COUNTED);
        let rows: ::diesel::QueryResult<Vec<i32>> = ::diesel_async::RunQueryDsl::load(query, $conn).await;
        rows.map(|rows| i64::try_from(rows.len()).unwrap_or(i64::MAX))
    }};
}

pub(crate) use count_rows;
