//! Hostile requests against the whole schema, with a meter for memory and time: a corpus of known ones, and a search for
//! others. Nobody is signed in, so whatever a request costs is the price of refusing it.
//!
//! ```text
//! cargo test --test hostile -- --nocapture                    # prints what each request of the corpus costs
//! HOSTILE_CASES=20000 cargo test --test hostile search        # searches longer
//! ```

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod corpus;
mod meter;
mod search;
