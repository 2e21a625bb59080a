//! The sale of Premium: a whole server, a simulated Stripe over real HTTP, and one clock for both.

mod buying;
mod commands;
mod disabled;
mod ending;
mod failing;
mod leaving;
mod money;
mod outages;
mod reconciling;
pub(crate) mod steps;
mod taking_back;
mod webhooks;
