//! The Stripe simulator, driven by a client of other people as it is published, and by browsers' requests: what it answers
//! must parse strictly, and what Stripe would refuse it must refuse.

mod checkout;
mod clocks;
mod control;
mod customers;
mod events;
mod faults;
mod idempotency;
mod life;
mod lists;
mod pages;
mod payments;
mod portal;
mod random;
mod refusals;
mod shop;
mod webhooks;
