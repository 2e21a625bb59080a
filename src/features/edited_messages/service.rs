//! Requests of users about edited messages, each in one unit of work.

use super::error::EditedMessagesError;
use super::model::EditedRecord;
use super::store::{self, EditedQuery};
use crate::contacts;
use crate::features::Parts;
use crate::graphql::Page;
use crate::id::UserId;
use crate::messages::search::Search;
use crate::work::Core;

/// Service for edited messages.
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
    /// Creates the service.
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// Lists a page of the user's edited messages, the latest edit first.
    ///
    /// # Errors
    /// [`EditedMessagesError`].
    pub async fn list(
        &self,
        user: UserId,
        page: Page,
        mut query: EditedQuery,
    ) -> Result<Vec<EditedRecord>, EditedMessagesError> {
        let search = Search::parse(query.search.take())?;
        self.core
            .read(user, async |work| {
                let Ok(terms) = search.terms(&work.key) else {
                    return Ok(Vec::new());
                };
                if let Some(named) = &query.senders {
                    query.senders = Some(contacts::rows_of(work, named).await?);
                }
                let rows = store::list(work, user, page, &query, terms).await?;
                let key = &work.key;
                Ok(rows
                    .into_iter()
                    .map(|row| row.open(key))
                    .collect::<Result<_, _>>()?)
            })
            .await
    }
}
