//! The search of edited messages, and the renewal of its index.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::list;
use super::model::EditedRecord;
use super::store;
use crate::features::{Candidate, Candidates, Indexed, MessageQuery, SearchedList};
use crate::graphql::{Page, PageCursor};
use crate::messages::search::{self, Rank};
use crate::work::{Work, WorkError};

/// The kind of the job that renews the index.
pub(super) const REINDEX: &str = "edited_messages.reindex";

/// The user's edited messages with a filter. Its senders must include the alias rows of each contact.
#[derive(Debug)]
pub(super) struct EditedList {
    pub(super) query: MessageQuery,
}

#[async_trait]
impl SearchedList for EditedList {
    type Item = EditedRecord;

    fn ranked(item: EditedRecord, rank: Rank) -> EditedRecord {
        EditedRecord { rank, ..item }
    }

    async fn page(&self, work: &mut Work, page: Page) -> Result<Vec<EditedRecord>, WorkError> {
        let user = work.user;
        let rows = list::list(work, user, page, &self.query).await?;
        let opened = rows.into_iter().map(|row| row.open(&work.key));
        Ok(opened.collect::<Result<_, _>>()?)
    }

    async fn count(&self, work: &mut Work) -> Result<i64, WorkError> {
        let user = work.user;
        Ok(list::count(work, user, &self.query).await?)
    }

    async fn time_after(
        &self,
        work: &mut Work,
        after: Option<PageCursor>,
        rows: i64,
    ) -> Result<Option<DateTime<Utc>>, WorkError> {
        let user = work.user;
        Ok(list::time_after(work, user, after, rows).await?)
    }

    async fn candidates(
        &self,
        work: &mut Work,
        wanted: &Candidates,
    ) -> Result<Vec<Candidate<EditedRecord>>, WorkError> {
        let user = work.user;
        let rows = list::candidates(work, user, &self.query, wanted).await?;
        let opened = rows.into_iter().map(|row| {
            let item = row.open(&work.key)?;
            Ok(Candidate {
                place: item.place(),
                texts: item.wordings.iter().map(|wording| wording.text.clone()).collect(),
                item,
            })
        });
        opened.collect()
    }
}

/// The search index of edited messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct EditedIndex;

#[async_trait]
impl Indexed for EditedIndex {
    fn kind(&self) -> &'static str {
        REINDEX
    }

    async fn reindex(&self, work: &mut Work, limit: i64) -> Result<usize, WorkError> {
        let outdated = store::lock_outdated(work, limit).await?;
        let count = outdated.len();
        for row in outdated {
            let item = row.open(&work.key)?;
            let texts = item.wordings.iter().map(|wording| wording.text.as_str());
            let terms = search::index(&work.key, texts);
            store::save_terms(work, item.id, &terms).await?;
        }
        Ok(count)
    }
}
