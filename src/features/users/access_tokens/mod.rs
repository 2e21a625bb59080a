//! Personal access tokens: a user makes them for programs, with scopes, an end, and the accounts that they are limited to.
//!
//! ```text
//! create: password -> row (SHA-256) -> shown once          use: checksum -> cache | row -> Viewer and Grant
//! expires within 7 days -> notice, expired -> row deleted   revoke: row deleted -> cache and sockets are told at once
//! ```
//!
//! A token is `amda_` and 48 characters of base64url: 256 bits of chance and a checksum, by which scanners of leaked secrets
//! know one, and a mistyped one is refused without a query. What a token may do is checked elsewhere: the server checks each
//! document against its scopes, and PostgreSQL keeps it within its accounts. A token never changes, so that its grant may be
//! remembered.

mod cache;
mod create;
mod error;
mod expiry;
mod notices;
mod revoke;
mod text;
mod verify;

pub(super) use cache::AccessTokenCache;
pub(super) use create::CreatedAccessToken;
pub use create::{AccessTokenWish, MOST_ACCESS_TOKENS};
pub use error::{AccessTokenError, AccessTokenRefusal};
pub(super) use expiry::Expire;
pub(super) use notices::{AccessTokenCreated, AccessTokenExpiring};
pub(super) use revoke::revoke_all;
pub use text::is_access_token;
