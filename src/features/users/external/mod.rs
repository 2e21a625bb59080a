//! Identities at the operator's own issuer of tokens, such as a Supabase project: its tokens are accepted where AMDA's
//! access tokens are.
//!
//! ```text
//! token -> verifier (issuer's keys, claims) -> Proven { issuer, subject, session, .. }
//!       -> external identity -> session (a row, begun by its first token) -> Viewer
//!       '-> nobody's yet: a new user, or a mail to the user who has its e-mail address
//! ```
//!
//! - The kind of the issuer's key decides the algorithm, never the token.
//! - An identity is never linked to a user who was there before unless they agree: signed in and with their password, or
//!   by a link in a mail.
//! - A session at the issuer is one here, which can be ended here: its tokens are refused then, whatever the issuer says.
//!   Where tokens name no session, those that were issued until it was ended are.
//! - The start of the server does not depend on the issuer, and no log names an identity.

mod claims;
mod deleted;
mod error;
mod first_sight;
mod issuer;
mod keys;
mod linking;
mod mail;
mod notices;
mod recent_sign_in;
mod sign_in;
mod verifier;

pub use error::{ExternalError, IdentityError};
pub use verifier::{ExternalConfig, ExternalTokens};

pub(super) use deleted::bury_identities;
pub(super) use linking::MOST_IDENTITIES;
pub(super) use mail::LINK_LIFE;
pub(super) use notices::{ExternalIdentityLinked, host};
