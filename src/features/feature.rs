use std::sync::Arc;

use async_trait::async_trait;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::{Delay, Deletable, EventContext, ExportedTable, Parts};
use crate::event::{Event, Message};
use crate::event_consumers::EventConsumer;
use crate::id::{AccountId, UserId};
use crate::jobs::{Handler, JobError, Schedule};
use crate::media::OnMedia;
use crate::messages::Recorded;
use crate::notices::NoticeType;
use crate::plan::Limit;
use crate::retention::Expires;
use crate::work::Work;

/// Boxed error of a feature, logged with its chain.
pub type FeatureError = Box<dyn std::error::Error + Send + Sync>;

/// A message of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// Its record.
    pub recorded: Recorded,
    /// What arrived.
    pub message: &'a Message,
}

/// Everything besides the schema that a feature takes part in. Each part has an empty default.
#[async_trait]
pub trait Feature: std::fmt::Debug + Send + Sync {
    /// The name of its folder.
    fn name(&self) -> &'static str;

    /// Its tables as an export of a user's data shows them.
    fn exported(&self) -> &'static [ExportedTable] {
        &[]
    }

    /// Takes in a message that is new, on the open transaction; see [`Self::on_messages`].
    ///
    /// # Errors
    /// The database's, mostly.
    async fn on_message(&self, _: &mut EventContext<'_>, _: Received<'_>) -> Result<(), FeatureError> {
        Ok(())
    }

    /// Takes in messages that came one after the other, on the open transaction. All are recorded already. Edits and deletions
    /// come apart from other messages, each of another message, and after that was taken in. Messages that are redelivered
    /// must change nothing. It must not call another system, and must not fail for what a sender can send: an error stops the
    /// account's whole batch, which WhatsApp then delivers again.
    ///
    /// # Errors
    /// The database's, mostly.
    async fn on_messages(
        &self,
        cx: &mut EventContext<'_>,
        received: &[Received<'_>],
    ) -> Result<(), FeatureError> {
        for one in received.iter().filter(|one| one.recorded.is_new) {
            self.on_message(cx, *one).await?;
        }
        Ok(())
    }

    /// Takes in what else happened, as [`Self::on_messages`] takes in messages.
    ///
    /// # Errors
    /// The database's, mostly.
    async fn on_event(&self, _: &mut EventContext<'_>, _: &Event) -> Result<(), FeatureError> {
        Ok(())
    }

    /// Number of things that the user planned for `account` and that still wait for their time.
    ///
    /// # Errors
    /// The database's.
    async fn count_waiting(&self, _: &mut Work, _account: AccountId) -> Result<i64, FeatureError> {
        Ok(0)
    }

    /// The limit of plans on what the feature owns, and how many of these things the user has; none without a limit.
    ///
    /// # Errors
    /// The database's.
    async fn limited(&self, _: &mut AsyncPgConnection, _: UserId) -> QueryResult<Option<(Limit, i64)>> {
        Ok(None)
    }

    /// Items that it keeps for a time, in the order in which they go.
    fn expiries(&self) -> Vec<Arc<dyn Expires>> {
        Vec::new()
    }

    /// The type of item that it keeps and its user may delete.
    fn deletable(&self) -> Option<Arc<dyn Deletable>> {
        None
    }

    /// The listener to files that were fetched, or could not be.
    fn media_listener(&self) -> Option<Arc<dyn OnMedia>> {
        None
    }

    /// The consumer of durable events.
    fn consumer(&self) -> Option<Arc<dyn EventConsumer>> {
        None
    }

    /// The kinds of notices that it posts.
    fn notice_types(&self) -> &'static [&'static dyn NoticeType] {
        &[]
    }

    /// Jobs that come round.
    fn schedules(&self) -> Vec<Schedule> {
        Vec::new()
    }

    /// Handlers of its jobs.
    fn handlers(&self, _: &Parts) -> Vec<Arc<dyn Handler>> {
        Vec::new()
    }

    /// What must be done at other systems before a user is deleted.
    fn departures(&self, _: &Parts) -> Vec<Arc<dyn Departure>> {
        Vec::new()
    }

    /// Groups of handlers that other jobs must not wait for, each with a worker of its own.
    fn workers(&self, _: &Parts) -> Vec<OwnWorker> {
        Vec::new()
    }
}

/// Settles what a user has at another system, before the user is deleted.
#[async_trait]
pub trait Departure: std::fmt::Debug + Send + Sync {
    /// Settles everything of `user`. May be called again after it succeeded. The user is not deleted before it succeeds.
    ///
    /// # Errors
    /// [`JobError`]; then it is called again later.
    async fn settle(&self, user: UserId) -> Result<(), JobError>;
}

/// Handlers with a worker of their own, because they wait for other systems.
#[derive(Debug)]
pub struct OwnWorker {
    /// How many of their jobs run at once.
    pub at_once: usize,
    /// The handlers.
    pub handlers: Vec<Arc<dyn Handler>>,
}

/// The features that read events, in their order, and the delay of their automatic actions.
#[derive(Debug, Clone, Copy)]
pub struct Registry {
    features: &'static [&'static dyn Feature],
    delay: Delay,
}

impl Registry {
    /// Every feature, with automatic actions after `delay`.
    pub const fn new(delay: Delay) -> Self {
        Self {
            features: super::FEATURES,
            delay,
        }
    }

    /// The features in their order.
    pub fn features(&self) -> impl Iterator<Item = &'static dyn Feature> + use<> {
        self.features.iter().copied()
    }

    /// The delay of automatic actions.
    pub const fn delay(&self) -> Delay {
        self.delay
    }
}
