//! Every test from outside, in one binary: a module per feature, and the support they share.

mod deleted_messages;
mod ground;
mod journeys;
mod jobs;
mod media;
mod simulator;
mod server;
mod statuses;
mod plan;
mod row_level_security;
mod schema;
mod support;
mod users;
mod whatsapp;
mod whatsapp_store;
mod view_once;
//mod whatsapp;
