//! One unit of work: a transaction of one user, the events it will announce, and the announcement after commit.
//!
//! ```text
//! Core::begin -> store functions on the open transaction -> Work::emit -> Work::commit: number, COMMIT, publish
//! ```
//!
//! The pipeline and the features' services work in these and nowhere else, so that no change is ever announced
//! before it is durable, and none is durable without its event.

use std::collections::HashMap;
use std::hash::Hash;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryDsl as _;
use diesel::sql_types::{Integer, Nullable, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use thiserror::Error;
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use crate::clock::SharedClock;
use crate::counts::{self, Count, Metric};
use crate::crypto::{CryptoError, DataKey};
use crate::db::schema::users;
use crate::db::{Db, DbError, Fence, Tx};
use crate::hub::{self, EventKind, NewEvent, SharedHub};
use crate::id::{AccountId, ContactId, Ids, UserId};
use crate::limiter::Limiters;
use crate::memo::Memo;
use crate::metrics::Metrics;
use crate::vault::{Vault, VaultError};

/// Maximum number of users that [`Core::users_after`] returns.
const USER_PAGE_SIZE: i32 = 500;

diesel::define_sql_function! {
    /// The users with ids after one, in order.
    #[sql_name = "amda_users_after"]
    fn users_after(behind: Nullable<SqlUuid>, most: Integer) -> SqlUuid;
}

/// Error of a unit of work, which was rolled back.
#[derive(Debug, Error)]
pub enum WorkError {
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The user's key does not open.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A sealed value of the user's does not open.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

impl From<diesel::result::Error> for WorkError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Db(error.into())
    }
}

impl WorkError {
    /// A kept value that opens and cannot be read.
    pub fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        unreadable(error).into()
    }
}

impl WorkError {
    /// Returns true when the user of the unit of work does not exist.
    pub const fn is_of_nobody(&self) -> bool {
        matches!(
            self,
            Self::Vault(VaultError::Query(diesel::result::Error::NotFound))
                | Self::Db(DbError::Query(diesel::result::Error::NotFound))
        )
    }
}

/// The error of a query whose row holds a value that cannot be opened or read.
pub fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> diesel::result::Error {
    diesel::result::Error::DeserializationError(Box::new(error))
}

/// The common parts of all services. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Core {
    /// The database.
    pub db: Db,
    /// The users' keys.
    pub vault: Arc<Vault>,
    /// The hub that announces committed events.
    pub hub: SharedHub,
    /// The clock.
    pub clock: SharedClock,
    /// The limiters of users and strangers, which count on all nodes together.
    pub limiters: Limiters,
    /// The numbers that an operator watches.
    pub metrics: Metrics,
    /// The source of ids and randomness.
    pub ids: Arc<Ids>,
}

impl Core {
    /// Opens a unit of work of `user`, with their key.
    ///
    /// # Errors
    /// [`WorkError`]; among them a user who does not exist.
    pub async fn begin(&self, user: UserId) -> Result<Work, WorkError> {
        let mut tx = self.db.begin(user).await?;
        let key = self.vault.key(&mut tx, user).await?;
        Ok(self.work(tx, user, key))
    }

    /// As [`Self::begin`], for statements that find rows by their keys; see [`Db::begin_by_keys`].
    ///
    /// # Errors
    /// [`WorkError`].
    pub async fn begin_by_keys(&self, user: UserId) -> Result<Work, WorkError> {
        let mut tx = self.db.begin_by_keys(user).await?;
        let key = self.vault.key(&mut tx, user).await?;
        Ok(self.work(tx, user, key))
    }

    /// As [`Self::begin_by_keys`], for a session that runs under a lease: it commits only while `fence` holds.
    ///
    /// # Errors
    /// [`WorkError`].
    pub async fn begin_fenced(&self, user: UserId, fence: &Fence) -> Result<Work, WorkError> {
        let mut tx = self.db.begin_fenced(user, fence).await?;
        let key = self.vault.key(&mut tx, user).await?;
        Ok(self.work(tx, user, key))
    }

    /// Opens the unit of work that creates `user`. `insert` writes their row; their key is generated and stored with
    /// it.
    ///
    /// # Errors
    /// [`WorkError`], or the error of `insert`.
    pub async fn begin_new<E: From<WorkError>>(
        &self,
        user: UserId,
        insert: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<(), E>,
    ) -> Result<Work, E> {
        let mut tx = self.db.begin(user).await.map_err(WorkError::from)?;
        insert(&mut tx).await?;
        let key = self.vault.create(&mut tx, user).await.map_err(WorkError::from)?;
        Ok(self.work(tx, user, key))
    }

    /// Opens a unit of work of `user` whose transaction begins with `before`, which names no user yet: for what PostgreSQL
    /// refuses to a transaction of a user.
    ///
    /// # Errors
    /// [`WorkError`], or the error of `before`.
    pub async fn begin_after<E: From<WorkError>>(
        &self,
        user: UserId,
        before: impl AsyncFnOnce(&mut AsyncPgConnection) -> Result<(), E>,
    ) -> Result<Work, E> {
        let mut tx = self.db.begin_without_user().await.map_err(WorkError::from)?;
        before(&mut tx).await?;
        tx.name_user(user).await.map_err(WorkError::from)?;
        let key = self.vault.key(&mut tx, user).await.map_err(WorkError::from)?;
        Ok(self.work(tx, user, key))
    }

    /// Runs `read` in a transaction of `user` that writes nothing.
    ///
    /// # Errors
    /// [`WorkError`], or the error of `read`.
    pub async fn read<T, E: From<WorkError>>(
        &self,
        user: UserId,
        read: impl AsyncFnOnce(&mut Work) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut work = self.begin(user).await?;
        let answer = read(&mut work).await?;
        work.rollback().await?;
        Ok(answer)
    }

    /// The next users after `behind`, in the order of their ids; empty after the last. For work that is done for every
    /// user.
    ///
    /// # Errors
    /// [`WorkError::Db`].
    pub async fn users_after(&self, behind: Option<UserId>) -> Result<Vec<UserId>, WorkError> {
        let mut tx = self.db.begin_without_user().await?;
        let users = diesel::select(users_after(behind, USER_PAGE_SIZE))
            .load(&mut *tx)
            .await?;
        tx.commit().await?;
        Ok(users)
    }

    fn work(&self, tx: Tx, user: UserId, key: Arc<DataKey>) -> Work {
        Work {
            tx,
            user,
            key,
            now: self.clock.now(),
            ids: Arc::clone(&self.ids),
            hub: Arc::clone(&self.hub),
            metrics: self.metrics.clone(),
            memo: Memo::default(),
            events: Vec::new(),
            counts: Vec::new(),
            after_commit: Vec::new(),
            has_sends: false,
        }
    }
}

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
