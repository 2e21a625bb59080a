//! Requests of users about edited messages, each in one unit of work.

use super::error::EditedMessagesError;
use super::list::{self, EditedQuery};
use super::model::EditedRecord;
use super::search::EditedList;

use crate::contacts;
use crate::features::{self, Parts};
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
    /// worse.
    ///
    /// # Errors
    /// [`EditedMessagesError`].
    pub async fn list(
        &self,
        user: UserId,
        page: RankedPage,
        mut query: EditedQuery,
    ) -> Result<Vec<EditedRecord>, EditedMessagesError> {
        let search = Search::parse(query.search.as_deref())?;
        self.core
            .read(user, async |work| {
                if let Some(named) = &query.senders {
                    query.senders = Some(contacts::rows_of(work, named).await?);
                }
                let wanted = match &search {
                    Search::Everything => None,
                    Search::Nothing => return Ok(Vec::new()),
                    Search::Words(wanted) => Some(wanted),
                };
                if let Some(wanted) = wanted {
                    let found = features::search(work, &EditedList { query }, page, wanted).await?;
                    let ranked = found
                        .into_iter()
                        .map(|(rank, item)| EditedRecord { rank, ..item });
                    return Ok(ranked.collect());
                }
                let rows = list::list(work, user, page.page, &query).await?;
                let key = &work.key;
                Ok(rows
                    .into_iter()
                    .map(|row| row.open(key))
                    .collect::<Result<_, _>>()?)
            })
            .await
    }
}
