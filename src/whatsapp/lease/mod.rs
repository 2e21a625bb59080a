//! Leases: which node runs the session of an account, and until when.
//!
//! ```text
//! claim (raises the fence) -> Lease -> renewed every second by the supervisor -> released, or over
//!                             Lease::over -> the socket is closed, the session ends
//!                             Lease::fence -> every commit of the session compares it
//! ```
//!
//! The end of a lease is told twice. In the database by the database's clock: nobody else can claim it before. Here by a
//! clock that no one sets and that runs while the machine sleeps, from before the claim was asked for and less a margin:
//! so the socket is closed before anybody else can begin. The fence is raised by a claim and kept by a renewal: raised by
//! both, it would refuse every commit that is under way while its own node renews.
//!
//! # Never
//!
//! - Never send to WhatsApp, and never commit, under a lease that is over.
//! - Never take an account over but by a claim, which only the database grants.

mod boot_time;
mod held;
mod questions;
mod store;
mod timing;

pub use timing::LeaseTiming;

pub(super) use boot_time::BootTime;
pub(super) use held::Lease;
pub(super) use questions::{OpenQuestion, answer, find_answer, is_run, open_questions, put, remove, take};
pub(super) use store::{
    AskedFor, Census, Claim, Claimed, Ending, Orphan, ask, asked_for, census, claim, claim_all, end_all,
    has_handed_over, orphans, owned, release, renew, resting, set_linking, wanted,
};
