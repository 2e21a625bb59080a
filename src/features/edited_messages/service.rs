//! What users do with edited messages, each in one unit of work.

use diesel::QueryResult;
use thiserror::Error;

use super::model::Edited;
use super::store::{self, EditedQuery, EditedRow};
use crate::contacts;
use crate::crypto::DataKey;
use crate::features::Parts;
use crate::features::edited_messages::EditedMessageId;
use crate::graphql::Page;
use crate::id::UserId;
use crate::messages::search::{LongSearch, Search};
use crate::work::{Core, WorkError};

/// Why something was not done.
#[derive(Debug, Error)]
pub enum EditedMessagesError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The words that are searched for are too many.
    #[error(transparent)]
    LongSearch(#[from] LongSearch),
}

impl From<diesel::result::Error> for EditedMessagesError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// Edited messages.
#[derive(Debug, Clone)]
pub struct EditedMessagesService {
    core: Core,
}

impl From<&Parts> for EditedMessagesService {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.core.clone())
    }
}

impl EditedMessagesService {
    /// A service on `core`.
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// A page of the user's edited messages, the latest edit first.
    ///
    /// # Errors
    /// [`EditedMessagesError`].
    pub async fn list(
        &self,
        user: UserId,
        page: Page,
        mut query: EditedQuery,
    ) -> Result<Vec<Edited>, EditedMessagesError> {
        let search = Search::parse(query.search.take())?;
        let mut work = self.core.begin(user).await?;
        let Ok(terms) = search.terms(&work.key) else {
            work.rollback().await?;
            return Ok(Vec::new());
        };
        if let Some(named) = &query.senders {
            query.senders = Some(contacts::rows_of(&mut work, named).await?);
        }
        let rows = store::list(&mut work, user, page, &query, terms).await?;
        let found = opened(rows, &work.key)?;
        work.rollback().await?;
        Ok(found)
    }

    /// The user's edited messages among `ids`.
    ///
    /// # Errors
    /// [`EditedMessagesError::Work`].
    pub async fn load(
        &self,
        user: UserId,
        ids: &[EditedMessageId],
    ) -> Result<Vec<Edited>, EditedMessagesError> {
        let mut work = self.core.begin(user).await?;
        let rows = store::load(&mut work, ids).await?;
        let found = opened(rows, &work.key)?;
        work.rollback().await?;
        Ok(found)
    }
}

fn opened(rows: Vec<EditedRow>, key: &DataKey) -> QueryResult<Vec<Edited>> {
    rows.into_iter().map(|row| row.open(key)).collect()
}
