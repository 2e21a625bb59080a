//! One unit of work: a transaction of one user, the events it will announce, and the announcement after commit.
//!
//! ```text
//! Core::begin -> store functions on the open transaction -> Work::emit -> Work::commit: number, COMMIT, publish
//! ```
//!
//! The pipeline and the features' services work in these and nowhere else, so that no change is ever announced
//! before it is durable, and none is durable without its event.

mod common;
mod error;
mod unit;

pub use common::Core;
pub use error::{WorkError, unreadable};
pub use unit::Work;
