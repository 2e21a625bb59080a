//! The product: one folder a feature, and what they all promise.
//!
//! A feature reads every [`Event`] of an account in the order of [`Registry::features`], on the pipeline's open
//! transaction, and never opens one of its own there. It names no other feature: what several share in the schema
//! is in [`graph`], what several need is a module of plumbing.

pub mod accounts;
pub mod deleted_messages;
pub mod edited_messages;
pub mod graph;
pub mod kept_items;
pub mod notifications;
pub mod plans;
pub mod scheduled_statuses;
pub mod statuses;
pub mod uploads;
pub mod users;
pub mod view_once;

use std::ops::{Deref, DerefMut};

use async_trait::async_trait;
use ulid::Ulid;

use crate::contacts::AccountRef;
use crate::id::AccountId;
use crate::messages::Recorded;
use crate::whatsapp::event::Event;
use crate::work::Work;

/// Why a feature could not take an event in: its own error, kept whole for the log.
pub type FeatureError = Box<dyn std::error::Error + Send + Sync>;

/// What a feature is to the pipeline.
#[async_trait]
pub trait Feature: std::fmt::Debug + Send + Sync {
    /// The name of its folder.
    fn name(&self) -> &'static str;

    /// Takes in what happened, on the open transaction. It must leave a redelivered event as it was, must not call
    /// another system, and must not fail for what a sender can send: an error stops the account's whole batch, which
    /// WhatsApp then delivers again.
    ///
    /// # Errors
    /// The database's, mostly.
    async fn on_event(&self, cx: &mut EventContext<'_>, event: &Event) -> Result<(), FeatureError>;
}

/// What a feature keeps for its users of one sort, and they may delete.
#[async_trait]
pub trait Removes: std::fmt::Debug + Send + Sync {
    /// The type of the items in the schema; the name inside their global ids.
    fn kind(&self) -> &'static str;

    /// Removes the user's item `id` with its words, and its media where nothing else names it; answers with the account
    /// that saw it. None: the user has no such item. Whoever hears of items by events is told by the caller.
    ///
    /// # Errors
    /// The database's; then the whole unit of work is given up.
    async fn remove(&self, work: &mut Work, id: Ulid) -> Result<Option<AccountId>, FeatureError>;
}

/// The features that read events, in their order.
#[derive(Debug, Default)]
pub struct Registry {
    features: Vec<Box<dyn Feature>>,
}

impl Registry {
    /// Adds a feature behind those there are.
    pub fn add(&mut self, feature: impl Feature + 'static) {
        self.features.push(Box::new(feature));
    }

    /// The features in their order.
    pub fn features(&self) -> impl Iterator<Item = &dyn Feature> {
        self.features.iter().map(AsRef::as_ref)
    }
}

/// What a feature works with while it takes an event in: the account's open unit of work, and the message's record.
pub struct EventContext<'a> {
    /// Whose event it is.
    pub account: AccountRef,
    /// The message's row, when the event is a message.
    pub message: Option<Recorded>,
    work: &'a mut Work,
}

impl<'a> EventContext<'a> {
    /// A context on `work`; made by the pipeline.
    pub const fn new(account: AccountRef, work: &'a mut Work, message: Option<Recorded>) -> Self {
        Self {
            account,
            message,
            work,
        }
    }
}

impl Deref for EventContext<'_> {
    type Target = Work;

    fn deref(&self) -> &Work {
        self.work
    }
}

impl DerefMut for EventContext<'_> {
    fn deref_mut(&mut self) -> &mut Work {
        self.work
    }
}
