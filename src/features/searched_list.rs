use async_trait::async_trait;
use chrono::{DateTime, Utc};

use thiserror::Error;

use super::MessageQuery;
use crate::graphql::{Page, PageCursor, RankedPage};
use crate::messages::search::{Rank, Search, Wanted};
use crate::work::{Work, WorkError};

/// The number of rows that are read in their order before the index is asked. Of a common word they fill the page; of
/// any other the index has few rows left to sort.
const RECENT_ROWS: i64 = 1_000;
/// The number of candidates that are read at once in their order.
const RECENT_BATCH: i64 = 200;
/// The number of candidates that are read at once by the index, which is read anew for each batch.
const INDEX_BATCH: i64 = 500;
/// The number of candidates of a page, and the bytes of their texts, after which the list ends.
const MOST_CANDIDATES: usize = 10_000;
const MOST_BYTES: usize = 4 << 20;
/// The bytes of a text that takes so long to judge that other tasks get their turn.
const LONG_TEXT: usize = 16 << 10;

/// A kind of way to the candidates of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// Through the rows in their order.
    InOrder,
    /// Through the index of terms.
    ByIndex,
}

/// A part of the rows that may match a search, the newest first.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// The terms that each of them has.
    pub terms: Vec<i64>,
    /// The way to them.
    pub lookup: Lookup,
    /// The requested part of the list; the rows after it with [`Page::limit`].
    pub page: Page,
    /// Only rows of this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Only rows before this time.
    pub to: Option<DateTime<Utc>>,
}

impl Candidates {
    /// The filter `query` within the candidates' own times.
    pub fn narrow(&self, query: &MessageQuery) -> MessageQuery {
        MessageQuery {
            from: self.from.max(query.from),
            to: self.to.into_iter().chain(query.to).min(),
            ..query.clone()
        }
    }
}

/// Error of a search that was asked for backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a search is paged forwards only: pass first and after with a search, not last and before")]
pub struct SearchBackwards;

impl SearchBackwards {
    /// Refuses a search that `page` asks for backwards.
    ///
    /// # Errors
    /// [`SearchBackwards`].
    pub fn refuse(page: RankedPage, wanted: &Search) -> Result<(), Self> {
        if page.page.is_backwards && *wanted != Search::Everything {
            return Err(Self);
        }
        Ok(())
    }
}

/// An item that may match, with its place in the list.
#[derive(Debug)]
pub struct Candidate<T> {
    /// The item.
    pub item: T,
    /// Its place in the list by time.
    pub place: PageCursor,
    /// Its texts, decrypted.
    pub texts: Vec<String>,
}

impl<T> Candidate<T> {
    fn bytes(&self) -> usize {
        self.texts.iter().map(String::len).sum()
    }
}

/// A list of sealed items that is paged and searched.
#[async_trait]
pub trait SearchedList: Sync {
    /// An item of the list.
    type Item: Send;

    /// The item with the rank that a search gave it.
    fn ranked(item: Self::Item, rank: Rank) -> Self::Item;

    /// Loads a page of the list by time.
    ///
    /// # Errors
    /// [`WorkError`]; among them a text that does not open.
    async fn page(&self, work: &mut Work, page: Page) -> Result<Vec<Self::Item>, WorkError>;

    /// Counts the items of the whole list.
    ///
    /// # Errors
    /// The database's.
    async fn count(&self, work: &mut Work) -> Result<i64, WorkError>;

    /// Finds the time of the row that comes `rows` rows after the place `after`, filters aside; `None` when there are
    /// fewer.
    ///
    /// # Errors
    /// The database's.
    async fn time_after(
        &self,
        work: &mut Work,
        after: Option<PageCursor>,
        rows: i64,
    ) -> Result<Option<DateTime<Utc>>, WorkError>;

    /// Loads candidates, the newest first.
    ///
    /// # Errors
    /// [`WorkError`]; among them a text that does not open.
    async fn candidates(
        &self,
        work: &mut Work,
        wanted: &Candidates,
    ) -> Result<Vec<Candidate<Self::Item>>, WorkError>;
}

/// Finds a page of `list`, one item more than requested: all items by time, or those that match `wanted`. With the number
/// of all items when `counts`, except for a search.
///
/// # Errors
/// Those of `list`.
pub async fn find_page<L: SearchedList>(
    work: &mut Work,
    list: &L,
    page: RankedPage,
    wanted: &Search,
    counts: bool,
) -> Result<(Vec<L::Item>, Option<i64>), WorkError> {
    match wanted {
        Search::Everything => {
            let total = if counts {
                Some(list.count(work).await?)
            } else {
                None
            };
            Ok((list.page(work, page.page).await?, total))
        }
        Search::Nothing => Ok((Vec::new(), None)),
        Search::Words(wanted) => {
            let found = search(work, list, page, wanted).await?;
            let ranked = found.into_iter().map(|(rank, item)| L::ranked(item, rank));
            Ok((ranked.collect(), None))
        }
    }
}

/// Searches `list` for a page of items that match `wanted`, one more than requested: the better rank first, then the
/// newest. Looks at a bounded number of candidates; then the list ends.
async fn search<L: SearchedList>(
    work: &mut Work,
    list: &L,
    ranked: RankedPage,
    wanted: &Wanted,
) -> Result<Vec<(Rank, L::Item)>, WorkError> {
    let mut found = Found {
        items: Vec::new(),
        limit: usize::try_from(ranked.page.limit()).unwrap_or(usize::MAX),
        candidates_left: MOST_CANDIDATES,
        bytes_left: MOST_BYTES,
    };
    for rank in Rank::ALL {
        if rank.number() < ranked.rank {
            continue;
        }
        let after = ranked.page.from.filter(|_| rank.number() == ranked.rank);
        search_rank(work, list, wanted, rank, after, &mut found).await?;
        if found.is_complete() {
            break;
        }
    }
    Ok(found.items)
}

async fn search_rank<L: SearchedList>(
    work: &mut Work,
    list: &L,
    wanted: &Wanted,
    rank: Rank,
    after: Option<PageCursor>,
    found: &mut Found<L::Item>,
) -> Result<(), WorkError> {
    let edge = list.time_after(work, after, RECENT_ROWS).await?;
    let page = |size| Page::forwards(size, after);
    let mut part = Candidates {
        terms: wanted.terms(&work.key, rank),
        lookup: Lookup::InOrder,
        page: page(RECENT_BATCH - 1),
        from: edge,
        to: None,
    };
    search_part(work, list, wanted, rank, &mut part, found).await?;
    if edge.is_some() && !found.is_complete() {
        part.lookup = Lookup::ByIndex;
        part.page = page(INDEX_BATCH - 1);
        (part.from, part.to) = (None, edge);
        search_part(work, list, wanted, rank, &mut part, found).await?;
    }
    Ok(())
}

async fn search_part<L: SearchedList>(
    work: &mut Work,
    list: &L,
    wanted: &Wanted,
    rank: Rank,
    part: &mut Candidates,
    found: &mut Found<L::Item>,
) -> Result<(), WorkError> {
    while !found.is_complete() {
        let batch = list.candidates(work, part).await?;
        let Some(last) = batch.last().map(|candidate| candidate.place) else {
            return Ok(());
        };
        let is_end = i64::try_from(batch.len()).is_ok_and(|count| count < part.page.limit());
        part.page.from = Some(last);
        for candidate in batch {
            let is_long = candidate.bytes() >= LONG_TEXT;
            found.judge(candidate, wanted, rank);
            if is_long {
                tokio::task::yield_now().await;
            }
        }
        if is_end {
            return Ok(());
        }
    }
    Ok(())
}

/// Matches so far, and the work that is left for more.
#[derive(Debug)]
struct Found<T> {
    items: Vec<(Rank, T)>,
    limit: usize,
    candidates_left: usize,
    bytes_left: usize,
}

impl<T> Found<T> {
    fn is_complete(&self) -> bool {
        self.items.len() >= self.limit || self.candidates_left == 0 || self.bytes_left == 0
    }

    fn judge(&mut self, candidate: Candidate<T>, wanted: &Wanted, rank: Rank) {
        if self.is_complete() {
            return;
        }
        self.candidates_left -= 1;
        self.bytes_left = self.bytes_left.saturating_sub(candidate.bytes());
        let texts = candidate.texts.iter().map(String::as_str);
        if wanted.rank(texts) == Some(rank) {
            self.items.push((rank, candidate.item));
        }
    }
}
