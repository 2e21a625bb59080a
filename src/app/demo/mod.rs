//! The demonstration: two users with simulated phones and contacts. One has Premium, the other shows the limits of the
//! free plan.

mod guests;
mod linking;
mod settings;
mod welcome;

pub use guests::{EMAIL, FREE_EMAIL, PASSWORD, begin};
