//! The product: one folder a feature, and what they all promise.
//!
//! A feature reads every [`Event`] of an account in the order of [`Registry::features`], on the pipeline's open
//! transaction, and never opens one of its own there. It names no other feature: what several share in the schema
//! is in [`schema`], what several need is a module of plumbing.

pub mod accounts;
pub mod analytics;
pub mod auto_reply;
pub mod deleted_messages;
pub mod edited_messages;
pub mod kept_items;
pub mod notifications;
pub mod plans;
pub mod scheduled_statuses;
pub mod schema;
pub mod statuses;
pub mod uploads;
pub mod users;
pub mod view_once;
pub mod webhooks;

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use diesel::QueryResult;
use ulid::Ulid;

use crate::account::AccountRef;
use crate::contacts;
use crate::event::Event;
use crate::id::{AccountId, ContactId, Ids, MediaId};
use crate::messages::Recorded;
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

/// What is left of an item that its user deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemovedRow {
    /// The account that saw it.
    pub account: AccountId,
    /// The file that it named.
    pub media: Option<MediaId>,
}

/// What a feature keeps for its users of one sort, and they may delete.
#[async_trait]
pub trait Deletable: std::fmt::Debug + Send + Sync {
    /// The type of the items in the schema; the name inside their global ids.
    fn kind(&self) -> &'static str;

    /// Deletable the user's item `id` with its words. None: the user has no such item. The caller tells whoever hears of
    /// items by events, and removes the file where nothing else names it: late, because from then on whoever stores a
    /// file of the user's waits.
    ///
    /// # Errors
    /// The database's; then the whole unit of work is given up.
    async fn remove(&self, work: &mut Work, id: Ulid) -> Result<Option<RemovedRow>, FeatureError>;
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

/// How long after its occasion something leaves that a feature does by itself, by chance in between: nobody answers
/// everything at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    /// At the soonest.
    pub soonest: Duration,
    /// At the latest.
    pub latest: Duration,
}

impl Delay {
    /// As a person might.
    pub const USUAL: Self = Self {
        soonest: Duration::from_secs(2),
        latest: Duration::from_secs(20),
    };

    /// At once; for tests.
    pub const NONE: Self = Self {
        soonest: Duration::ZERO,
        latest: Duration::ZERO,
    };

    fn draw(self, ids: &Ids) -> TimeDelta {
        let millis = |wait: Duration| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let drawn = ids.between(millis(self.soonest), millis(self.latest));
        TimeDelta::milliseconds(i64::try_from(drawn).unwrap_or(i64::MAX))
    }
}

/// What a feature works with while it takes an event in: the account's open unit of work, and the message's record.
pub struct EventContext<'a> {
    /// Whose event it is.
    pub account: AccountRef,
    /// The message's row, when the event is a message.
    pub message: Option<Recorded>,
    sender_rows: Option<Vec<ContactId>>,
    work: &'a mut Work,
}

impl<'a> EventContext<'a> {
    /// A context on `work`; made by the pipeline.
    pub const fn new(account: AccountRef, work: &'a mut Work, message: Option<Recorded>) -> Self {
        Self {
            account,
            message,
            sender_rows: None,
            work,
        }
    }

    /// Every row of whoever wrote the message, aliases included. Features that ask share one answer; one that has itself
    /// resolved somebody meanwhile asks [`contacts::rows_of`].
    ///
    /// # Errors
    /// The database's.
    pub async fn sender_rows(&mut self) -> QueryResult<Vec<ContactId>> {
        if let Some(known) = &self.sender_rows {
            return Ok(known.clone());
        }
        let sender: Vec<ContactId> = self.message.iter().map(|message| message.sender).collect();
        let rows = contacts::rows_of(self, &sender).await?;
        self.sender_rows = Some(rows.clone());
        Ok(rows)
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
