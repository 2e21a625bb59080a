//! A toolkit for resolvers: who asks, what went wrong, and where a page begins.

mod error;
mod page;
mod read;
mod viewer;

pub use error::{Cause, bad_input, internal, not_found, unauthenticated};
pub use error::{InvalidInput, NotFound, PremiumRequired, QuotaExceeded, UserError, UserErrorCode};
pub use page::{Cursor, Page, PageCursor, connect};
pub use read::read;
pub use viewer::{RequestId, Viewer, viewer};
