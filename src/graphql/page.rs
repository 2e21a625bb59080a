//! Requested parts of lists.

use std::collections::HashMap;

use async_graphql::Error;

use super::cursor::{Cursor, EVENTS, EventCursor, List, PageCursor, Position, RankedCursor};
use super::error::bad_input;

/// Number of items of a page without `first` or `last`.
const DEFAULT_PAGE_SIZE: i32 = 20;
/// Maximum number of items of a page.
const MAX_PAGE_SIZE: i32 = 100;

/// The arguments of a paged list, as a client gave them.
#[derive(Debug, Clone, Default)]
pub struct PageArguments {
    /// Number of items from the beginning, or after `after`.
    pub first: Option<i32>,
    /// Cursor of the item before the page.
    pub after: Option<Cursor>,
    /// Number of items from the end, or before `before`.
    pub last: Option<i32>,
    /// Cursor of the item after the page.
    pub before: Option<Cursor>,
}

/// The requested part of a list whose cursors hold a `P`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Page<P = PageCursor> {
    /// The list, which its cursors name.
    pub list: List,
    /// The maximum number of items, 1 to 100.
    pub size: i64,
    /// The item that the page lies beyond; none from the beginning, or from the end backwards.
    pub from: Option<P>,
    /// True when the page lies before `from`, or at the end of the list.
    pub is_backwards: bool,
}

/// The requested part of a list that is ordered by rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankedPage {
    /// The part of the rank `rank`.
    pub page: Page,
    /// The rank of the item that the page lies beyond; 0, the best, from the beginning.
    pub rank: u8,
}

impl Page {
    /// The next `size` items beyond `from`, for code that reads a list itself.
    pub const fn forwards(size: i64, from: Option<PageCursor>) -> Self {
        Self {
            list: List::named(""),
            size,
            from,
            is_backwards: false,
        }
    }
}

impl<P> Page<P> {
    /// The number of rows to load: one more than requested, which shows whether there are more.
    pub const fn limit(&self) -> i64 {
        self.size + 1
    }

    /// The same part of the list of the same name, whosever it is: what is loaded for several parents at once.
    #[must_use]
    pub fn of_any_parent(self) -> Self {
        Self {
            list: self.list.of_any_parent(),
            ..self
        }
    }
}

impl PageArguments {
    /// The part of `list`; 20 items without `first` and `last`.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when a size is not 1 to 100, a cursor is not of this list, or the arguments do not go together.
    pub fn page(self, list: impl Into<List>) -> Result<Page, Error> {
        self.parse(list.into())
    }

    /// The part of the list of events.
    ///
    /// # Errors
    /// Those of [`Self::page`].
    pub fn page_of_events(self) -> Result<Page<EventCursor>, Error> {
        self.parse(EVENTS)
    }

    /// The part of `list`, which is ordered by rank; as [`Self::page`].
    ///
    /// # Errors
    /// Those of [`Self::page`].
    pub fn ranked_page(self, list: impl Into<List>) -> Result<RankedPage, Error> {
        let ranked = self.parse::<RankedCursor>(list.into())?;
        Ok(RankedPage {
            page: Page {
                list: ranked.list,
                size: ranked.size,
                from: ranked.from.map(|from| from.place),
                is_backwards: ranked.is_backwards,
            },
            rank: ranked.from.map_or(0, |from| from.rank),
        })
    }

    fn parse<P: Position>(self, list: List) -> Result<Page<P>, Error> {
        let is_backwards = self.last.is_some() || self.before.is_some();
        if is_backwards && (self.first.is_some() || self.after.is_some()) {
            let wrong =
                "pass first and after to page forwards, or last and before to page backwards, not both";
            return Err(bad_input(wrong));
        }
        let (name, size) = if is_backwards {
            ("last", self.last)
        } else {
            ("first", self.first)
        };
        let size = size.unwrap_or(DEFAULT_PAGE_SIZE);
        if !(1..=MAX_PAGE_SIZE).contains(&size) {
            return Err(bad_input(format!("{name} is {size}; pass 1 to {MAX_PAGE_SIZE}")));
        }
        let after = self
            .after
            .map(|cursor| cursor.position(list, "after"))
            .transpose()?;
        let before = self
            .before
            .map(|cursor| cursor.position(list, "before"))
            .transpose()?;
        Ok(Page {
            list,
            size: size.into(),
            from: after.or(before),
            is_backwards,
        })
    }
}

/// Boxes a Diesel query as one page of a list: the newest rows first, by `$at` and then `$id`, beyond the page's cursor
/// and in the page's direction. One row more than requested is loaded, which shows whether there are more.
macro_rules! newest_first {
    ($query:expr, $page:expr, $at:expr, $id:expr) => {
        $crate::graphql::page_of!($query, $page, $at, $id, $page.is_backwards)
    };
}

/// As [`newest_first`], the oldest rows first.
macro_rules! oldest_first {
    ($query:expr, $page:expr, $at:expr, $id:expr) => {
        $crate::graphql::page_of!($query, $page, $at, $id, !$page.is_backwards)
    };
}

/// One page of a query, read in ascending order when `$ascending`.
macro_rules! page_of {
    ($query:expr, $page:expr, $at:expr, $id:expr, $ascending:expr) => {{
        let rows = $query.limit($page.limit()).into_boxed();
        let rows = if $ascending {
            rows.order(($at.asc(), $id.asc()))
        } else {
            rows.order(($at.desc(), $id.desc()))
        };
        // The first condition bounds the scan of the index.
        match $page.from {
            Some(from) if $ascending => rows.filter($at.ge(from.at).and($at.gt(from.at).or($id.gt(from.id)))),
            Some(from) => rows.filter($at.le(from.at).and($at.lt(from.at).or($id.lt(from.id)))),
            None => rows,
        }
    }};
}

/// Makes a boxed Diesel query one page of a list, the newest rows first, where ids alone are in the order of time: for rows
/// of all users, whose index is the primary key.
macro_rules! newest_ids_first {
    ($query:expr, $page:expr, $id:expr) => {{
        let rows = $query.limit($page.limit());
        let rows = if $page.is_backwards {
            rows.order($id.asc())
        } else {
            rows.order($id.desc())
        };
        match $page.from {
            Some(from) if $page.is_backwards => rows.filter($id.gt(from.id)),
            Some(from) => rows.filter($id.lt(from.id)),
            None => rows,
        }
    }};
}

pub(crate) use {newest_first, newest_ids_first, oldest_first, page_of};

/// The keys of each page, so that one statement loads that page of all of them.
pub fn by_page<K>(keys: impl Iterator<Item = (Page, K)>) -> HashMap<Page, Vec<K>> {
    let mut pages: HashMap<Page, Vec<K>> = HashMap::new();
    for (page, key) in keys {
        pages.entry(page).or_default().push(key);
    }
    pages
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(arguments: PageArguments) -> String {
        arguments.page("things").unwrap_err().message
    }

    #[test]
    fn a_page_goes_one_way_and_is_of_a_bounded_size() {
        let some = Some(3);

        assert_eq!(PageArguments::default().page("things").unwrap().size, 20);
        let last = PageArguments {
            last: some,
            ..Default::default()
        };
        assert!(last.page("things").unwrap().is_backwards);
        let both = PageArguments {
            first: some,
            last: some,
            ..Default::default()
        };
        assert!(refused(both).starts_with("pass first and after to page forwards, or last and before"));
        let none = PageArguments {
            first: Some(0),
            ..Default::default()
        };
        assert_eq!(refused(none), "first is 0; pass 1 to 100");
        let many = PageArguments {
            last: Some(101),
            ..Default::default()
        };
        assert_eq!(refused(many), "last is 101; pass 1 to 100");
    }
}
