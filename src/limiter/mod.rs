//! Rate limits: a token bucket per key, and delays that grow with each failure.
//!
//! ```text
//! spend -> the half in process -> refused
//!                              -> allowed -> the half in Redis, where there is one -> refused: taken back in process
//!                                                                                  -> allowed
//!                                                                                  -> no answer within 50 ms: allowed
//! ```
//!
//! Several nodes count together in Redis, by its clock. What one node alone refuses, all of them would, so Redis is asked
//! only when the half in process allows. While Redis is away each node goes on by itself: a limit then holds per node, and
//! never fails open. The buckets in process are not those of `governor`, which can give nothing back: an attempt counts
//! before it is looked at, and is given back when it was none.
//!
//! [`LogLimit`] is about the log of one process, and counts there alone.

mod address;
mod buckets;
mod delays;
mod growing_delay;
mod limiters;
mod log_limit;
mod rate;

pub use address::{address_key, neighbourhood, network, site, site_key};
pub use growing_delay::{DelayGrowth, GrowingDelay};
pub use limiters::{Limiter, Limiters};
pub use log_limit::LogLimit;
pub use rate::{Rate, Shortage, TooOften};
