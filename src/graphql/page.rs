//! Cursors and pages of lists.

use async_graphql::connection::{Connection, CursorType, Edge, EmptyFields};
use async_graphql::{
    Error, InputValueError, InputValueResult, ObjectType, OutputType, Scalar, ScalarType, Value,
};
use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

use super::error::bad_input;

/// Number of items of a page without `first`.
const DEFAULT_PAGE_SIZE: i32 = 20;
/// Maximum number of items of a page.
const MAX_PAGE_SIZE: i32 = 100;
/// The error of a cursor of no list.
const WRONG_CURSOR: &str = "pass a cursor that this list gave";

/// A place in the viewer's sequence of events. Opaque; pass as `after` what a `cursor` field gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub i64);

/// A place in the viewer's sequence of events. Opaque; pass as `after` what a `cursor` field gave.
#[Scalar]
impl ScalarType for Cursor {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let sequence = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|plain| plain.strip_prefix("event:")?.parse().ok())
            .filter(|sequence| *sequence >= 0);
        sequence
            .map(Self)
            .ok_or_else(|| InputValueError::custom("pass a cursor that an event or eventCursor gave"))
    }

    fn to_value(&self) -> Value {
        Value::String(BASE64URL_NOPAD.encode(format!("event:{}", self.0).as_bytes()))
    }
}

/// A place in a list that is ordered by time, then id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageCursor {
    /// The item's time.
    pub at: DateTime<Utc>,
    /// The item's id.
    pub id: Uuid,
}

impl CursorType for PageCursor {
    type Error = &'static str;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        let bytes = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| WRONG_CURSOR)?;
        let plain = String::from_utf8(bytes).map_err(|_| WRONG_CURSOR)?;
        let (micros, id) = plain.split_once('/').ok_or(WRONG_CURSOR)?;
        let at = micros
            .parse()
            .ok()
            .and_then(DateTime::from_timestamp_micros)
            .ok_or(WRONG_CURSOR)?;
        Ok(Self {
            at,
            id: id.parse().map_err(|_| WRONG_CURSOR)?,
        })
    }

    fn encode_cursor(&self) -> String {
        BASE64URL_NOPAD.encode(format!("{}/{}", self.at.timestamp_micros(), self.id).as_bytes())
    }
}

/// A place in a list that is ordered by rank, then as [`PageCursor`]. Written like a [`PageCursor`] at the best rank, 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankedCursor {
    /// The item's rank.
    pub rank: u8,
    /// The item's place among those of its rank.
    pub place: PageCursor,
}

impl CursorType for RankedCursor {
    type Error = &'static str;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        let (text, rank) = text.split_once('.').unwrap_or((text, "0"));
        Ok(Self {
            rank: rank.parse().map_err(|_| WRONG_CURSOR)?,
            place: PageCursor::decode_cursor(text)?,
        })
    }

    fn encode_cursor(&self) -> String {
        let place = self.place.encode_cursor();
        match self.rank {
            0 => place,
            rank => format!("{place}.{rank}"),
        }
    }
}

/// The requested part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// The maximum number of items, 1 to 100.
    pub first: i64,
    /// The item before the first one; none from the beginning.
    pub after: Option<PageCursor>,
}

impl Page {
    /// Parses the arguments of a list; 20 items when `first` is absent.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when `first` is not 1 to 100, or `after` is not a cursor of a list.
    pub fn parse(first: Option<i32>, after: Option<&str>) -> Result<Self, Error> {
        let first = parse_first(first)?;
        let after = after.map(parse_cursor).transpose()?;
        Ok(Self { first, after })
    }

    /// The number of rows to load: one more than requested, which shows whether there is a next page.
    pub const fn limit(&self) -> i64 {
        self.first + 1
    }
}

/// The requested part of a list that is ordered by rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RankedPage {
    /// The part of the rank `rank`.
    pub page: Page,
    /// The rank of the item before the first one; 0, the best, from the beginning.
    pub rank: u8,
}

impl RankedPage {
    /// Parses the arguments of a list, as [`Page::parse`].
    ///
    /// # Errors
    /// Those of [`Page::parse`].
    pub fn parse(first: Option<i32>, after: Option<&str>) -> Result<Self, Error> {
        let first = parse_first(first)?;
        let after: Option<RankedCursor> = after.map(parse_cursor).transpose()?;
        Ok(Self {
            page: Page {
                first,
                after: after.map(|after| after.place),
            },
            rank: after.map_or(0, |after| after.rank),
        })
    }
}

fn parse_first(first: Option<i32>) -> Result<i64, Error> {
    let first = first.unwrap_or(DEFAULT_PAGE_SIZE);
    if !(1..=MAX_PAGE_SIZE).contains(&first) {
        return Err(bad_input(format!("first is {first}; pass 1 to {MAX_PAGE_SIZE}")));
    }
    Ok(first.into())
}

fn parse_cursor<C: CursorType<Error = &'static str>>(text: &str) -> Result<C, Error> {
    C::decode_cursor(text).map_err(|wrong| bad_input(format!("after: {wrong}")))
}

/// A Relay connection of at most `page.first` of `items`, which were loaded with [`Page::limit`].
pub fn connect<T: OutputType, C: CursorType + Send + Sync>(
    page: Page,
    items: Vec<T>,
    cursor: impl Fn(&T) -> C,
) -> Connection<C, T, EmptyFields, EmptyFields> {
    connect_with(page, items, cursor, EmptyFields)
}

/// As [`connect`], with `fields` beside the edges.
pub fn connect_with<T: OutputType, F: ObjectType, C: CursorType + Send + Sync>(
    page: Page,
    mut items: Vec<T>,
    cursor: impl Fn(&T) -> C,
    fields: F,
) -> Connection<C, T, F, EmptyFields> {
    let wanted = usize::try_from(page.first).unwrap_or(usize::MAX);
    let has_next = items.len() > wanted;
    items.truncate(wanted);
    let mut connection = Connection::with_additional_fields(page.after.is_some(), has_next, fields);
    connection
        .edges
        .extend(items.into_iter().map(|item| Edge::new(cursor(&item), item)));
    connection
}

/// Boxes a Diesel query as one page of a list: the newest rows first, by `$at` and then `$id`, after the page's cursor.
/// One row more than requested is loaded, which shows whether there is a next page.
macro_rules! newest_first {
    ($query:expr, $page:expr, $at:expr, $id:expr) => {{
        let rows = $query
            .order(($at.desc(), $id.desc()))
            .limit($page.limit())
            .into_boxed();
        match $page.after {
            // The first condition bounds the scan of the index.
            Some(after) => rows.filter($at.le(after.at).and($at.lt(after.at).or($id.lt(after.id)))),
            None => rows,
        }
    }};
}

/// As [`newest_first`], the oldest rows first.
macro_rules! oldest_first {
    ($query:expr, $page:expr, $at:expr, $id:expr) => {{
        let rows = $query.order(($at, $id)).limit($page.limit()).into_boxed();
        match $page.after {
            Some(after) => rows.filter($at.ge(after.at).and($at.gt(after.at).or($id.gt(after.id)))),
            None => rows,
        }
    }};
}

pub(crate) use {newest_first, oldest_first};
