//! AMDA, a self-hosted WhatsApp companion: it likes contacts' statuses, keeps view-once media and what deleted
//! messages said, and tells it all over GraphQL.
//!
//! # The journey of an event
//!
//! ```text
//! WhatsApp -> whatsapp (session, translate) -> Event
//!       -> pipeline: BEGIN; messages::record; each feature; events numbered; COMMIT
//!       -> WhatsApp is acknowledged
//!       -> hub: announced to whoever listens
//!       -> server: each distinct subscription executed once, its bytes shared between sockets
//! ```
//!
//! # The map
//!
//! The product, one folder a feature: [`features`]. What carries it, from the wire up: [`whatsapp`] (the only module
//! that names the library), [`contacts`] and [`messages`] (who, where, what), [`pipeline`] and [`work`] (one
//! transaction, then its announcement), [`hub`] (the numbered stream), [`graphql`] (a toolkit for resolvers), [`plan`]
//! (what each plan allows, and what is used of it), [`limiter`] (how often somebody may do something), [`event_consumers`]
//! (whoever acts on events after the fact), [`notices`] (what a user should know), [`counts`] (what is added up while it
//! happens), [`retention`] (what leaves, and when), [`egress`] (HTTP to addresses that users give).
//! Underneath: [`jobs`] (due work), [`media`] (files and their links), [`mail`] (letters to users), [`db`], [`vault`],
//! [`crypto`], [`id`], [`clock`], [`time_of_day`], [`config`].
//!
//! # What always holds
//!
//! - WhatsApp is acknowledged only after our commit.
//! - Every change that a client can see has an event in the same transaction, numbered without a gap per user.
//! - A transaction sees one user's rows; PostgreSQL enforces it.
//! - What is kept of a message is sealed with its user's key.
//! - Nothing is sent to WhatsApp inside a transaction.

pub mod account;
pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod contacts;
pub mod counts;
pub mod crypto;
pub mod db;
pub mod egress;
pub mod event;
pub mod event_consumers;
pub mod features;
pub mod graphql;
pub mod hub;
pub mod id;
pub mod jobs;
pub mod kinds;
pub mod limiter;
pub mod mail;
pub mod media;
pub mod messages;
pub mod notices;
pub mod per_key_limit;
pub mod pipeline;
pub mod plan;
pub mod retention;
pub mod server;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod telemetry;
mod text_enum;
pub mod time_of_day;
pub mod vault;
pub mod whatsapp;
pub mod work;
