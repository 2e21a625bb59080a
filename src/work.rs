//! One unit of work: a transaction of one user, the events it will announce, and the announcement after commit.
//!
//! ```text
//! Core::begin -> store functions on the open transaction -> Work::emit -> Work::commit: number, COMMIT, publish
//! ```
//!
//! The pipeline and the features' services work in these and nowhere else, so that no change is ever announced
//! before it is durable, and none is durable without its event.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryDsl as _;
use diesel::sql_types::{Integer, Nullable, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use thiserror::Error;
use uuid::Uuid;

use crate::clock::SharedClock;
use crate::counts::{self, Count, Metric};
use crate::crypto::{CryptoError, DataKey};
use crate::db::schema::users;
use crate::db::{Db, DbError, Tx};
use crate::hub::{self, EventKind, NewEvent, SharedHub};
use crate::id::{AccountId, ContactId, Ids, UserId};
use crate::vault::{Vault, VaultError};

/// How many users [`Core::users_after`] answers with at once.
const USERS: i32 = 500;

diesel::define_sql_function! {
    /// Every user behind one, in order.
    #[sql_name = "amda_users_after"]
    fn users_after(behind: Nullable<SqlUuid>, most: Integer) -> SqlUuid;
}

/// Why a unit of work failed. Nothing of it was done.
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
        diesel::result::Error::DeserializationError(Box::new(error)).into()
    }
}

/// What every service is made of. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Core {
    /// The database.
    pub db: Db,
    /// The users' keys.
    pub vault: Arc<Vault>,
    /// Where committed events are announced.
    pub hub: SharedHub,
    /// What time it is.
    pub clock: SharedClock,
    /// Where ids and chance come from.
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

    /// Opens the unit of work that creates `user`. `insert` writes their row; their key is made and kept with it.
    ///
    /// # Errors
    /// [`WorkError`], or what `insert` answers.
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

    /// Some of all users, the next ones behind `behind` in the order of their ids; empty after the last. For what is to
    /// be done for each of them.
    ///
    /// # Errors
    /// [`WorkError::Db`].
    pub async fn users_after(&self, behind: Option<UserId>) -> Result<Vec<UserId>, WorkError> {
        let mut tx = self.db.begin_for_nobody().await?;
        let users = diesel::select(users_after(behind, USERS)).load(&mut *tx).await?;
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
            events: Vec::new(),
            counts: Vec::new(),
        }
    }
}

/// An open transaction of one user, and what it will announce. Dropped, it never happened.
pub struct Work {
    tx: Tx,
    /// Whose rows are seen and written.
    pub user: UserId,
    /// Seals what is kept of them.
    pub key: Arc<DataKey>,
    /// When the work began: the time of everything in it.
    pub now: DateTime<Utc>,
    /// Where ids and chance come from.
    pub ids: Arc<Ids>,
    hub: SharedHub,
    events: Vec<NewEvent>,
    counts: Vec<Count>,
}

impl Work {
    /// Lets clients know, after commit, that the row `subject` changed. Twice for one row and kind is once.
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

    /// Adds one to what `account` counts of `metric` at the time `at`, and for `contact` where it is somebody's doing.
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
            // Senders say when they sent; nothing comes from further away than WhatsApp's store keeps it.
            at: at.clamp(self.now - TimeDelta::days(30), self.now),
        });
    }

    /// Keeps other units of work that ask for the same waiting until this one ends, so that what the user has can be
    /// counted before more is added.
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

    /// Lets whoever does due work know, after commit, that there is some.
    pub fn wake_on_commit(&mut self) {
        self.tx.wake_on_commit();
    }

    /// Adds up what was counted, numbers the events, commits, and announces them. Whoever stops waiting once the commit has
    /// begun stops neither it nor the announcement: what is durable is announced.
    ///
    /// # Errors
    /// [`WorkError::Db`]; then nothing was done.
    pub async fn commit(self) -> Result<(), WorkError> {
        let Self {
            mut tx,
            user,
            hub,
            events,
            counts,
            ..
        } = self;
        counts::add(&mut tx, user, &counts).await?;
        let rows = hub::append(&mut tx, user, events).await?;
        let ending = tokio::spawn(async move {
            tx.commit().await?;
            hub.publish(user, &rows);
            Ok::<(), WorkError>(())
        });
        match ending.await {
            Ok(ended) => ended,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The process ends.
                Err(_) => Err(diesel::result::Error::BrokenTransactionManager.into()),
            },
        }
    }

    /// Ends a unit of work that found nothing to do.
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
