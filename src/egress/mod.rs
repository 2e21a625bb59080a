//! HTTP to addresses that users give (webhook receivers and browsers' push services), and to those that the operator
//! configured (the issuer of tokens, the receiver of traces).
//!
//! ```text
//! Egress::check (as typed) -> stored;  Egress::post -> check again -> look the name up -> only public addresses
//!       -> TLS -> status and the start of the body
//! ```
//!
//! An address typed here makes this server call it, so it must never lead to what only this server can reach: its own
//! machine, its network, its cloud's metadata. Names are looked up here, and only the very addresses that were checked
//! are connected to, so that no second look-up can answer otherwise. Redirects are not followed, proxies of the
//! environment are not used, and the other side decides neither the duration nor the size of a response.

mod address;
mod client;
mod failure;
mod names;
mod reply;
mod target;

pub use address::is_public;
pub use client::{Egress, Reach, Timeouts};
pub use failure::Failure;
pub use names::{Names, SystemNames};
pub use reply::{MAX_BODY_BYTES, Reply};
pub use target::Refusal;
