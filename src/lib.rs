//! AMDA, a self-hosted WhatsApp companion: it likes contacts' statuses, keeps view-once media and the content of deleted
//! messages, answers while its owner is away, publishes statuses at a planned time, and tells all of it over GraphQL.
//!
//! # The journey of an event
//!
//! ```text
//! WhatsApp -> whatsapp (session, translate) -> Event
//!       -> pipeline: BEGIN; the library's own writes; messages::record; each feature; events numbered; COMMIT
//!       -> WhatsApp is acknowledged
//!       -> hub: announced to its subscribers
//!       -> server: each distinct subscription executed once, its bytes shared between sockets
//! ```
//!
//! # The map
//!
//! From top to bottom, in the order of the table in `tests/layers/order.rs`: a module names only modules below it.
//!
//! | module | holds |
//! |---|---|
//! | `main`, [`cli`] | the commands that an operator runs |
//! | [`app`] | the whole product, assembled, started and stopped in order |
//! | [`backup`] | a whole installation in one file: written, checked, restored |
//! | [`server`] | HTTP, WebSockets, the limits on a document, the execution of operations |
//! | `simulator` | a WhatsApp server on loopback, for the demo, for `amda load` and for the tests |
//! | `stripe_simulator` | a Stripe on loopback, for the demo and the tests |
//! | [`pipeline`] | one batch of events in one transaction |
//! | [`features`] | the product: one folder a feature, one row a feature in its table |
//! | [`audit`] | the log of what admins and the operator did to users and saw of them |
//! | [`idempotency`] | calls of mutations that a client may repeat |
//! | [`graphql`] | a toolkit for resolvers: the viewer, pages, errors, the reader |
//! | [`messages`] | recorded messages, their wordings, and the search over them |
//! | [`media`] | files: fetching, storing, links, uploads |
//! | [`contacts`] | people and chats of an account |
//! | [`whatsapp`] | sessions, store and outbox; the only module that names the WhatsApp library |
//! | [`retention`] | the removal of what has outlived its plan |
//! | [`plan`] | the limits of each plan, and the ledger of quotas |
//! | [`notices`] | notices to users, and their texts |
//! | [`jobs`] | due work in a table: claimed, retried, given up |
//! | [`event_consumers`] | code that acts on durable events |
//! | [`work`], [`memo`] | the unit of work; what it has read and need not read again |
//! | [`counts`] | counts that grow with every change, for analytics |
//! | [`hub`] | the numbered stream of a user's events |
//! | [`vault`] | the users' data keys, opened by the operator's master keys, and the rotation of these |
//! | [`user`] | the role of a user, and their suspension |
//! | [`account`] | the reference to an account, and the locks on its row |
//! | [`db`] | PostgreSQL: the pool, transactions that name their user, migrations, the embedded server |
//! | [`event`] | everything that can happen on WhatsApp, in our own words |
//! | [`kinds`] | the kinds of events and of notices |
//! | [`mail`] | letters by SMTP |
//! | [`limiter`], [`per_key_limit`], [`memory_budget`] | limits on how often, how many at once and how much a key may do something |
//! | [`redis`] | the connection to Redis, by which several nodes tell each other and count together |
//! | [`metrics`] | the numbers that an operator watches, each defined in one table |
//! | [`telemetry`] | the log, and traces for a receiver of the operator's |
//! | [`egress`] | HTTP to addresses that users give and that the operator configures |
//! | [`config`], [`crypto`], [`disk`] | settings; sealed values; free space |
//! | [`id`], [`clock`], [`time_of_day`], `text_enum` | ids and chance; the time; times of day; enums that are stored as text |
//! | [`system_roots`] | the authorities that this machine trusts |
//! | [`visible_text`] | names and labels from outside, as a person sees them |
//!
//! # What always holds
//!
//! - WhatsApp is acknowledged only after our commit.
//! - Every change that a client can see has an event in the same transaction, numbered without a gap per user.
//! - A transaction sees one user's rows; PostgreSQL enforces it.
//! - The content of messages is sealed with its user's key.
//! - Nothing is sent to WhatsApp inside a transaction.
//! - Every queue is bounded. `README.md` has a table of them, with what happens when each is full.
//!
//! # Glossary
//!
//! - **Account**: a linked WhatsApp number of a user. **Viewer**: the user who asks. **Contact**: a person on WhatsApp, as
//!   one account knows them.
//! - **Unit of work** ([`work::Work`]): an open transaction of one user with its time, key and ids, and the events that it
//!   announces after its commit.
//! - **Ack barrier** (`whatsapp::session`): holds an acknowledgement to WhatsApp back until everything that was received
//!   before it is durable.
//! - **Outbox** ([`whatsapp::outbox`]): the table of messages to be sent, and the paced sender that reads it after commit.
//! - **Hub** ([`hub::Hub`]): announces that there are new events. The table carries the events; a lost announcement costs
//!   a read, never an event.
//! - **Cursor**: the number of an event, as clients see it; a subscription replays everything after it.
//! - **Consumer** ([`event_consumers::EventConsumer`]): acts on durable events, once each: notifications and webhooks.
//! - **Vault** ([`vault::Vault`]): opens a user's data key, which seals what is kept of them. **Sealed**: encrypted with
//!   that key for one place in one table.
//! - **Held message**: a message kept sealed for the plan's days, so that its deletion or edit can be shown.
//! - **Kept item**: something that a user sees in a list and may delete for good, such as a deleted message.
//! - **LID**, **phone number**: the two names that WhatsApp has for one person; both match.

pub mod account;
pub mod app;
pub mod audit;
pub mod backup;
pub mod cli;
pub mod clock;
pub mod config;
pub mod contacts;
pub mod counts;
pub mod crypto;
pub mod db;
pub mod disk;
pub mod egress;
pub mod event;
pub mod event_consumers;
pub mod features;
pub mod graphql;
pub mod hub;
pub mod id;
pub mod idempotency;
pub mod jobs;
pub mod kinds;
pub mod limiter;
pub mod mail;
pub mod media;
pub mod memo;
pub mod memory_budget;
pub mod messages;
pub mod metrics;
pub mod notices;
pub mod per_key_limit;
pub mod pipeline;
pub mod plan;
pub mod redis;
pub mod retention;
pub mod server;
#[cfg(feature = "simulator")]
pub mod simulator;
#[cfg(feature = "simulator")]
pub mod stripe_simulator;
pub mod system_roots;
pub mod telemetry;
mod text_enum;
pub mod time_of_day;
pub mod user;
pub mod vault;
pub mod visible_text;
pub mod whatsapp;
pub mod work;
