//! The product: one folder a feature, one row a feature in the table in `all.rs`, and the contract between a feature and
//! the rest.
//!
//! A feature reads every [`Event`](crate::event::Event) of an account in the order of the table, on the pipeline's open
//! transaction, and never opens one of its own there. It names no other feature: what several share in the schema is in
//! [`schema`], what several need is a module of its own, and types that link to each other are named from here.
//!
//! To add a feature: its folder, its row there, its migration, and a folder of tests. Kinds of events and notices that are
//! new stand in [`crate::kinds`].

pub mod accounts;
pub mod admin;
pub mod analytics;
pub mod auto_reply;
pub mod billing;
pub mod data_export;
pub mod deleted_messages;
pub mod edited_messages;
pub mod kept_items;
pub mod notifications;
pub mod permissions;
pub mod plans;
pub mod scheduled_statuses;
pub mod schema;
pub mod statuses;
pub mod uploads;
pub mod users;
pub mod view_once;
pub mod webhooks;

mod context;
mod delay;
mod deletable;
mod expiring_items;
mod exported_table;
mod feature;
mod message_query;
mod notice_types;
mod parts;
mod permission_rules;
mod published_status;
mod reindex;
mod searched_list;
mod status_viewers;
#[macro_use]
mod table;
mod all;

use all::subscription_to;
pub use all::{
    Account, Administration, Event, FEATURES, FeatureServices, KeptMessage, Mutation, Node, Query,
    Subscription,
};
pub use all::{TypedSubscriptions, Viewer};
pub use context::EventContext;
pub use delay::Delay;
pub use deletable::{Deletable, RemovedRow};
pub use expiring_items::ExpiringItems;
pub use exported_table::{EMPTIED, SEARCH_INDEX, SECRET, TECHNICAL};
pub use exported_table::{ExportedColumn, ExportedRows, ExportedTable, HighWater, ShownColumns};
pub use feature::{Departure, Feature, FeatureError, OwnWorker, Received, Registry};
pub use message_query::MessageQuery;
pub(crate) use message_query::{filter_candidates, filter_messages};
pub use notice_types::{notice_type, notice_types};
pub use parts::Parts;
pub use published_status::PublishedStatus;
pub use reindex::{Indexed, Reindex};
pub use searched_list::{Candidate, Candidates, Lookup, SearchBackwards, SearchedList, find_page};
pub use status_viewers::{StatusView, ViewerTable};
pub use users::begin_proven;
pub use {deleted_messages::DeletedMessage, edited_messages::EditedMessage};
pub use {statuses::Status, view_once::ViewOnceMessage};
