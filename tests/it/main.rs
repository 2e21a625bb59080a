//! Every test from outside, in one binary: a module per feature, and the support they share.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]

mod accounts;
mod admin;
mod analytics;
mod auto_reply;
mod billing;
mod contract;
mod data_export;
mod deleted_messages;
mod edited_messages;
mod egress;
mod event_consumers;
mod events;
mod jobs;
mod journeys;
mod kept_items;
mod media;
mod nodes;
mod notifications;
mod plan;
mod plans;
mod platform;
mod retention;
mod row_level_security;
mod scheduled_statuses;
mod schema;
mod server;
mod simulator;
mod statuses;
mod stripe_simulator;
mod support;
mod traces;
mod upgrade;
mod uploads;
mod users;
mod view_once;
mod webhooks;
mod whatsapp;
mod whatsapp_store;
mod work;
