//! Statuses that are planned, published once, looked at and deleted.

mod audience;
mod blocked;
mod deleting;
mod linking;
mod planning;
mod posting;
mod publishing;
mod refusals;
mod repeating;
mod showing;
pub(crate) mod steps;
