use std::collections::HashMap;
use std::hash::Hash;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryDsl as _;
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use super::{Core, WorkError};
use crate::counts::{self, Count, Metric};
use crate::crypto::DataKey;
use crate::db::Tx;
use crate::db::schema::users;
use crate::hub::{self, EventKind, NewEvent, SharedHub};
use crate::id::{AccountId, ContactId, Ids, UserId};
use crate::memo::Memo;
use crate::metrics::Metrics;

/// Counts something, once that is committed.
type CountAfterCommit = Box<dyn FnOnce(&Metrics) + Send + Sync>;

/// An open transaction of one user, with the events that it will announce. Rolled back when dropped.
pub struct Work {
    tx: Tx,
    /// The user whose rows are read and written.
    pub user: UserId,
    /// The user's key, which seals their data.
    pub key: Arc<DataKey>,
    /// The time at which the work began; the time of every change in it.
    pub now: DateTime<Utc>,
    /// The source of ids and randomness.
    pub ids: Arc<Ids>,
    hub: SharedHub,
    metrics: Metrics,
    memo: Memo,
    events: Vec<NewEvent>,
    counts: Vec<Count>,
    after_commit: Vec<CountAfterCommit>,
    has_sends: bool,
}

impl Work {
    pub(super) fn new(core: &Core, tx: Tx, user: UserId, key: Arc<DataKey>) -> Self {
        Self {
            tx,
            user,
            key,
            now: core.clock.now(),
            ids: Arc::clone(&core.ids),
            hub: Arc::clone(&core.hub),
            metrics: core.metrics.clone(),
            memo: Memo::default(),
            events: Vec::new(),
            counts: Vec::new(),
            after_commit: Vec::new(),
            has_sends: false,
        }
    }

    /// Announces to clients, after commit, that the row `subject` changed. Repeated calls for one row and kind count as
    /// one.
    pub fn emit(&mut self, kind: EventKind, account: Option<AccountId>, subject: impl Into<Uuid>) {
        let event = NewEvent {
            kind,
            account,
            subject: subject.into(),
            occurred_at: self.now,
        };
        if !self.events.contains(&event) {
            self.events.push(event);
        }
    }

    /// As [`Self::emit`], where each call is an event of its own: a row that changed several times in this unit of work has
    /// one for each change.
    pub fn emit_each(&mut self, kind: EventKind, account: Option<AccountId>, subject: impl Into<Uuid>) {
        self.events.push(NewEvent {
            kind,
            account,
            subject: subject.into(),
            occurred_at: self.now,
        });
    }

    /// Counts one of `metric` for `account` at the time `at`, and for `contact` where one is concerned.
    pub fn count(
        &mut self,
        metric: Metric,
        account: AccountId,
        contact: impl Into<Option<ContactId>>,
        at: DateTime<Utc>,
    ) {
        self.counts.push(Count {
            metric,
            account,
            contact: contact.into(),
            // Senders give the time, which is clamped to how long WhatsApp stores messages.
            at: at.clamp(self.now - TimeDelta::days(30), self.now),
        });
    }

    /// What this unit of work has read and need not read again, by type of key and value: the settings, people and chats
    /// that most events of a batch concern. Whoever writes such a row in the unit of work removes it from here; a change by
    /// somebody else comes before the unit of work or after it.
    pub fn memo<K, V>(&mut self) -> &mut HashMap<K, V>
    where
        K: Eq + Hash + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        self.memo.of()
    }

    /// Empties every [`Self::memo`]: so much is about to change that it is read again.
    pub fn forget_memo(&mut self) {
        self.memo = Memo::default();
    }

    /// Runs `count` after the commit: what is rolled back did not happen.
    pub fn count_after_commit(&mut self, count: impl FnOnce(&Metrics) + Send + Sync + 'static) {
        self.after_commit.push(Box::new(count));
    }

    /// Notes that this changes what is to be sent: once it is committed with an event, the account's sender looks into the
    /// outbox.
    pub const fn note_send(&mut self) {
        self.has_sends = true;
    }

    /// Returns true when this changes what is to be sent.
    pub const fn has_sends(&self) -> bool {
        self.has_sends
    }

    /// Locks the user's row until this unit of work ends. Units of work that call this wait for each other, so that the
    /// user's things can be counted before more are added.
    ///
    /// # Errors
    /// [`WorkError::Db`]; among them a user who does not exist.
    pub async fn lock_user(&mut self) -> Result<(), WorkError> {
        users::table
            .find(self.user)
            .select(users::id)
            .for_no_key_update()
            .first::<UserId>(&mut *self.tx)
            .await?;
        Ok(())
    }

    /// Wakes the job workers after commit.
    pub fn wake_on_commit(&mut self) {
        self.tx.wake_on_commit();
    }

    /// Writes the counts, numbers the events, commits, and announces the events. Dropping the future after the commit
    /// has begun stops neither it nor the announcement: committed events are always announced.
    ///
    /// # Errors
    /// [`WorkError::Db`]; then nothing was committed.
    pub async fn commit(self) -> Result<(), WorkError> {
        let Self {
            mut tx,
            user,
            hub,
            metrics,
            events,
            counts,
            after_commit,
            has_sends,
            ..
        } = self;
        counts::add(&mut tx, user, &counts).await?;
        let rows = hub::append(&mut tx, user, events).await?;
        let ending = async move {
            let begun = Instant::now();
            tx.commit().instrument(tracing::debug_span!("commit")).await?;
            let commit = begun.elapsed();
            metrics.stage_seconds.note("COMMIT", commit);
            for row in &rows {
                metrics.events.add_one(row.event.kind.as_str());
            }
            for count in after_commit {
                count(&metrics);
            }
            let begun = Instant::now();
            tracing::debug_span!("publish", events = rows.len())
                .in_scope(|| hub.publish(user, &rows, has_sends));
            let publish = begun.elapsed();
            if !rows.is_empty() {
                metrics.stage_seconds.note("PUBLISH", publish);
            }
            // Of a batch's span, which has these fields.
            let around = Span::current();
            around.record("commit_ms", commit.as_secs_f64() * 1_000.0);
            around.record("publish_ms", publish.as_secs_f64() * 1_000.0);
            Ok::<(), WorkError>(())
        };
        let ending = tokio::spawn(ending.in_current_span());
        match ending.await {
            Ok(ended) => ended,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The process ends.
                Err(_) => Err(diesel::result::Error::BrokenTransactionManager.into()),
            },
        }
    }

    /// Rolls back a unit of work that found nothing to do.
    ///
    /// # Errors
    /// [`WorkError::Db`].
    pub async fn rollback(self) -> Result<(), WorkError> {
        Ok(self.tx.rollback().await?)
    }
}

impl Deref for Work {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        &self.tx
    }
}

impl DerefMut for Work {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.tx
    }
}
