//! Every test from outside, in one binary: a module per feature, and the support they share.

mod deleted_messages;
mod ground;
mod journeys;
mod simulator;
mod server;
mod statuses;
mod support;
mod whatsapp;
mod whatsapp_store;
