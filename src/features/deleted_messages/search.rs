//! The search of deleted messages, and the renewal of its index.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use super::list::{self, DeletedQuery};
use super::model::DeletedRecord;
use super::store::{self, DeletedRow};
use crate::features::{Candidate, Candidates, Indexed, SearchedList};
use crate::graphql::{Page, PageCursor};
use crate::id::MessageId;
use crate::messages::search::Rank;
use crate::messages::{self, search};
use crate::work::{Work, WorkError};

/// The kind of the job that renews the index.
pub(super) const REINDEX: &str = "deleted_messages.reindex";

/// The user's deleted messages with a filter. Its senders must include the alias rows of each contact.
#[derive(Debug)]
pub(super) struct DeletedList {
    pub(super) query: DeletedQuery,
}

#[async_trait]
impl SearchedList for DeletedList {
    type Item = DeletedRecord;

    fn ranked(item: DeletedRecord, rank: Rank) -> DeletedRecord {
        DeletedRecord { rank, ..item }
    }

    async fn page(&self, work: &mut Work, page: Page) -> Result<Vec<DeletedRecord>, WorkError> {
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
    ) -> Result<Vec<Candidate<DeletedRecord>>, WorkError> {
        let user = work.user;
        let rows = list::candidates(work, user, &self.query, wanted).await?;
        open(work, rows).await
    }
}

/// The search index of deleted messages.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeletedIndex;

#[async_trait]
impl Indexed for DeletedIndex {
    fn kind(&self) -> &'static str {
        REINDEX
    }

    async fn reindex(&self, work: &mut Work, limit: i64) -> Result<usize, WorkError> {
        let outdated = store::lock_outdated(work, limit).await?;
        let count = outdated.len();
        for candidate in open(work, outdated).await? {
            let terms = search::index(&work.key, candidate.texts.iter().map(String::as_str));
            store::save_terms(work, candidate.item.id, &terms).await?;
        }
        Ok(count)
    }
}

/// Decrypts rows with all versions of their texts.
async fn open(work: &mut Work, rows: Vec<DeletedRow>) -> Result<Vec<Candidate<DeletedRecord>>, WorkError> {
    let items: Vec<DeletedRecord> = rows
        .into_iter()
        .map(|row| row.open(&work.key))
        .collect::<Result<_, _>>()?;
    let edited: Vec<MessageId> = items.iter().filter_map(versions_of).collect();
    let mut versions: HashMap<MessageId, Vec<String>> = HashMap::new();
    for version in messages::load_versions(work, &edited).await? {
        versions.entry(version.message).or_default().push(version.text);
    }
    let opened = items.into_iter().map(|item| {
        let mut texts = versions_of(&item)
            .and_then(|message| versions.remove(&message))
            .unwrap_or_default();
        texts.extend(item.text.clone());
        Candidate {
            place: item.place(),
            item,
            texts,
        }
    });
    Ok(opened.collect())
}

/// The message whose versions belong to `item`; a lost message has none.
fn versions_of(item: &DeletedRecord) -> Option<MessageId> {
    item.message.filter(|_| item.loss.is_none())
}
