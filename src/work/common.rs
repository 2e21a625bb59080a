use std::sync::Arc;

use diesel::sql_types::{Integer, Nullable, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};

use super::{Work, WorkError};
use crate::clock::SharedClock;
use crate::db::{Db, Fence, Tx};
use crate::hub::SharedHub;
use crate::id::{Ids, UserId};
use crate::limiter::Limiters;
use crate::metrics::Metrics;
use crate::vault::Vault;

/// Maximum number of users that [`Core::users_after`] returns.
const USER_PAGE_SIZE: i32 = 500;

diesel::define_sql_function! {
    /// The users with ids after one, in order.
    #[sql_name = "amda_users_after"]
    fn users_after(behind: Nullable<SqlUuid>, most: Integer) -> SqlUuid;
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
        let tx = self.db.begin(user).await?;
        self.with_key(tx, user).await
    }

    /// As [`Self::begin`], for statements that find rows by their keys; see [`Db::begin_by_keys`].
    ///
    /// # Errors
    /// [`WorkError`].
    pub async fn begin_by_keys(&self, user: UserId) -> Result<Work, WorkError> {
        let tx = self.db.begin_by_keys(user).await?;
        self.with_key(tx, user).await
    }

    /// As [`Self::begin_by_keys`], for a session that runs under a lease: it commits only while `fence` holds.
    ///
    /// # Errors
    /// [`WorkError`].
    pub async fn begin_fenced(&self, user: UserId, fence: &Fence) -> Result<Work, WorkError> {
        let tx = self.db.begin_fenced(user, fence).await?;
        self.with_key(tx, user).await
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
        Ok(Work::new(self, tx, user, key))
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
        Ok(self.with_key(tx, user).await?)
    }

    /// The unit of work on `tx`, with the key of `user`.
    async fn with_key(&self, mut tx: Tx, user: UserId) -> Result<Work, WorkError> {
        let key = self.vault.key(&mut tx, user).await?;
        Ok(Work::new(self, tx, user, key))
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
}
