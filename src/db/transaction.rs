use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use diesel::QueryResult;
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};

use super::DbError;
use super::fence::Fence;
use super::wakeup::Wakeup;
use crate::id::UserId;

/// An open transaction. Dropped without [`Tx::commit`], it is rolled back.
pub struct Tx {
    conn: Option<Object<AsyncPgConnection>>,
    wakes: bool,
    /// The lease that the commit compares; none for a transaction of no session.
    fence: Option<Fence>,
    wakeup: Arc<Wakeup>,
}

impl Tx {
    /// A transaction on `conn`, which still has to begin it.
    pub(super) const fn new(conn: Object<AsyncPgConnection>, wakeup: Arc<Wakeup>) -> Self {
        Self {
            conn: Some(conn),
            wakes: false,
            fence: None,
            wakeup,
        }
    }

    /// Commits the transaction, and wakes the subscribers when it was asked to.
    ///
    /// # Errors
    /// [`DbError::Query`], or [`DbError::LeaseOver`] of a fenced one; then nothing was committed.
    pub async fn commit(self) -> Result<(), DbError> {
        let wakeup = self.wakes.then(|| Arc::clone(&self.wakeup));
        match self.fence.clone() {
            None => self.end("COMMIT").await?,
            Some(fence) => self
                .end(&fence.commit_statements())
                .await
                .map_err(|error| fence.refusal(error))?,
        }
        if let Some(wakeup) = wakeup {
            wakeup.wake();
        }
        Ok(())
    }

    /// Wakes the subscribers of [`Db::subscribe_to_wakeups`](super::Db::subscribe_to_wakeups) after the commit.
    pub fn wake_on_commit(&mut self) {
        self.wakes = true;
    }

    /// Names the user of a transaction that named none: from here on it sees and writes their rows.
    ///
    /// # Errors
    /// [`DbError::Query`].
    pub async fn name_user(&mut self, user: UserId) -> Result<(), DbError> {
        Ok(self.deref_mut().batch_execute(&name_statement(user)).await?)
    }

    /// Rolls the transaction back and returns the connection to the pool.
    ///
    /// # Errors
    /// [`DbError::Query`]; the server rolls back all the same.
    pub async fn rollback(self) -> Result<(), DbError> {
        Ok(self.end("ROLLBACK").await?)
    }

    /// Lets the commit compare `fence`.
    pub(super) fn guard(&mut self, fence: &Fence) {
        self.fence = Some(fence.clone());
    }

    async fn end(mut self, statement: &str) -> QueryResult<()> {
        // Boxed, because it is part of every future that ends a transaction.
        Box::pin(self.deref_mut().batch_execute(statement)).await?;
        // Only a connection whose transaction is over goes back to the pool.
        drop(self.conn.take());
        Ok(())
    }
}

/// The statement that names the user of a transaction. The id is a UUID and cannot carry SQL.
pub(super) fn name_statement(user: UserId) -> String {
    format!("SELECT set_config('amda.user_id', '{}', true)", user.as_uuid())
}

impl Deref for Tx {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        self.conn
            .as_ref()
            .expect("a transaction holds its connection until it ends")
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        self.conn
            .as_mut()
            .expect("a transaction holds its connection until it ends")
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            drop(Object::take(conn));
        }
    }
}
