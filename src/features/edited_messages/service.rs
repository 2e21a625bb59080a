//! Requests of users about edited messages, each in one unit of work.

use super::error::EditedMessagesError;
use super::model::EditedRecord;
use super::search::EditedList;
use crate::contacts;
use crate::features::{self, MessageQuery, Parts, SearchBackwards};
use crate::graphql::RankedPage;
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

    /// Lists a page of the user's edited messages, the latest edit first; with a search, the better match before the
    /// worse. With the number of all when `counts`, except for a search.
    ///
    /// # Errors
    /// [`EditedMessagesError`].
    pub async fn list(
        &self,
        user: UserId,
        page: RankedPage,
        mut query: MessageQuery,
        counts: bool,
    ) -> Result<(Vec<EditedRecord>, Option<i64>), EditedMessagesError> {
        let search = Search::parse(query.search.as_deref())?;
        SearchBackwards::refuse(page, &search)?;
        self.core
            .read(user, async |work| {
                if let Some(named) = &query.senders {
                    query.senders = Some(contacts::rows_of(work, named).await?);
                }
                let list = EditedList { query };
                Ok(features::find_page(work, &list, page, &search, counts).await?)
            })
            .await
    }
}
