//! A toolkit for resolvers: the viewer, errors, ids, scalars, and pages.

mod admin;
mod byte_count;
mod connection;
mod cursor;
mod date;
mod error;
mod error_code;
mod gathered;
mod grant;
mod ids;
mod link;
mod listed_error;
mod page;
mod read;
mod reader;
mod text_scalars;
mod viewer;

pub use admin::{Admin, admin};
pub use byte_count::ByteCount;
pub(crate) use connection::count_rows;
pub use connection::{Connection, Edge, MOST_COUNTED, PageInfo, total_if_wanted, wants_total};
pub use cursor::{Cursor, EventCursor, List, PageCursor, Position, RankedCursor};
pub use date::Date;
pub use error::{
    AuthenticationFailed, Conflict, EntitlementRequired, InvalidInput, LimitExceeded, NotFound,
    ServiceUnavailable, StorageExceeded, UserError, UserErrorCode,
};
pub use error::{
    Cause, bad_argument, bad_arguments, bad_input, internal, not_found, rate_limited, unauthenticated,
};
pub use error_code::ErrorCode;
pub use gathered::Gathered;
pub use grant::{AccessTokenScope, Grant, Identity, grant};
pub use ids::parse_ids;
pub use link::Link;
pub use page::{Page, PageArguments, RankedPage, by_page};
pub(crate) use page::{newest_first, newest_ids_first, oldest_first, page_of};
pub use read::read;
pub use reader::{Entity, ReadError, Reader, find, find_all};
pub use text_scalars::{LanguageTag, LocalDateTime, LocalTime, TimeZone};
pub use viewer::{ClientInfo, Credential, REFRESH_COOKIE, RequestId, Viewer, viewer};
