use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::parser::types::OperationType;
use async_graphql::{Context, Request, Result};

use super::error::{internal, not_found, unauthenticated};
use super::viewer::Viewer;
use crate::db::AccountLimits;
use crate::id::UserId;
use crate::work::{Core, Work, WorkError};

/// Error of a batch of reads, shared by every field that waits for it.
pub type ReadError = Arc<WorkError>;

/// Time for which a load waits, so that what other fields ask for meanwhile is loaded with it.
const DELAY: Duration = Duration::from_millis(1);
/// As [`DELAY`], for an event of a subscription: it has few fields, and the next event waits for it.
const EVENT_DELAY: Duration = Duration::from_micros(50);

/// Loads the rows that the fields of one request ask for, many in one query.
///
/// A feature adds `impl Loader<Key> for Reader` beside the type it loads. A reader is made anew for each request of a
/// viewer, so that nothing is shared between users, and remembers nothing: what the events of a subscription have in common,
/// they keep themselves.
#[derive(Debug, Clone)]
pub struct Reader {
    core: Core,
    user: UserId,
    /// Its loads are of a subscription's events: the same few statements, again and again.
    is_of_events: bool,
}

impl Reader {
    /// Adds a reader of the viewer's rows to a request of theirs.
    pub fn add_to(core: &Core, viewer: &Viewer, mut request: Request) -> Request {
        let is_of_events = is_subscription(&mut request);
        let reader = Self {
            core: core.clone(),
            user: viewer.user,
            is_of_events,
        };
        // A batch is of the operation that begins it, and within its limits.
        let spawn = |batch| tokio::spawn(AccountLimits::current().run(batch));
        let loader = DataLoader::new(reader, spawn);
        let delay = if is_of_events { EVENT_DELAY } else { DELAY };
        request.data(loader.delay(delay))
    }

    /// The common parts of all services, for what is no row of the viewer's.
    pub const fn core(&self) -> &Core {
        &self.core
    }

    /// Runs `read` in one transaction of the viewer.
    ///
    /// # Errors
    /// [`WorkError`], shared.
    pub async fn read<T>(
        &self,
        read: impl AsyncFnOnce(&mut Work) -> Result<T, WorkError>,
    ) -> Result<T, ReadError> {
        let reading = async {
            let mut work = if self.is_of_events {
                self.core.begin_by_keys(self.user).await?
            } else {
                self.core.begin(self.user).await?
            };
            let answer = read(&mut work).await?;
            work.rollback().await?;
            Ok(answer)
        };
        reading.await.map_err(Arc::new)
    }

    /// As [`Self::read`], and commits what `read` wrote: for reads of an admin, which write that they took place.
    ///
    /// # Errors
    /// [`WorkError`], shared.
    pub async fn read_on_record<T>(
        &self,
        read: impl AsyncFnOnce(&mut Work) -> Result<T, WorkError>,
    ) -> Result<T, ReadError> {
        let reading = async {
            let mut work = self.core.begin(self.user).await?;
            let answer = read(&mut work).await?;
            work.commit().await?;
            Ok(answer)
        };
        reading.await.map_err(Arc::new)
    }
}

fn is_subscription(request: &mut Request) -> bool {
    let name = request.operation_name.clone();
    let Ok(document) = request.parsed_query() else {
        return false;
    };
    document.operations.iter().any(|(known, operation)| {
        let is_chosen = name
            .as_deref()
            .is_none_or(|name| known.is_some_and(|known| known == name));
        is_chosen && operation.node.ty == OperationType::Subscription
    })
}

/// Loads the viewer's value of `key`, together with the others that the request asks for; none when there is none.
///
/// # Errors
/// `UNAUTHENTICATED` in a request without a login: one that logs in sees the user, and asks for what is theirs with the
/// token that it got. `INTERNAL` when the database fails.
pub async fn find<K>(ctx: &Context<'_>, key: K) -> Result<Option<<Reader as Loader<K>>::Value>>
where
    Reader: Loader<K, Error = ReadError>,
    K: Send + Sync + Hash + Eq + Clone + 'static,
{
    let reader = ctx.data_opt::<DataLoader<Reader>>().ok_or_else(unauthenticated)?;
    reader.load_one(key).await.map_err(|e| internal(ctx, e))
}

/// As [`find`], of several keys: the values of those that have one.
///
/// # Errors
/// As [`find`].
pub async fn find_all<K>(
    ctx: &Context<'_>,
    keys: impl IntoIterator<Item = K>,
) -> Result<HashMap<K, <Reader as Loader<K>>::Value>>
where
    Reader: Loader<K, Error = ReadError>,
    K: Send + Sync + Hash + Eq + Clone + 'static,
{
    let reader = ctx.data_opt::<DataLoader<Reader>>().ok_or_else(unauthenticated)?;
    reader.load_many(keys).await.map_err(|e| internal(ctx, e))
}

/// A type of the schema that is loaded by its id.
pub trait Entity: Sized + Send {
    /// The type of its ids.
    type Id: Send + Sync + Hash + Eq + Clone + 'static;

    /// The row it is made from.
    type Row: Send + Sync + Clone + 'static;

    /// The name that errors call it by, such as `edited message`.
    const NAME: &'static str;

    /// Makes it from its row.
    fn of(ctx: &Context<'_>, row: Self::Row) -> Self;

    /// Loads the viewer's thing with `id`; none when it is gone, or another user's.
    ///
    /// # Errors
    /// `INTERNAL` when the database fails, `UNAUTHENTICATED` in a request without a login.
    fn find(ctx: &Context<'_>, id: Self::Id) -> impl Future<Output = Result<Option<Self>>> + Send
    where
        Reader: Loader<Self::Id, Value = Self::Row, Error = ReadError>,
    {
        async move { Ok(find(ctx, id).await?.map(|row| Self::of(ctx, row))) }
    }

    /// Loads the viewer's thing with `id`.
    ///
    /// # Errors
    /// `NOT_FOUND` when it is gone, or another user's; else as [`Self::find`].
    fn load(ctx: &Context<'_>, id: Self::Id) -> impl Future<Output = Result<Self>> + Send
    where
        Reader: Loader<Self::Id, Value = Self::Row, Error = ReadError>,
    {
        async move { Self::find(ctx, id).await?.ok_or_else(|| not_found(Self::NAME)) }
    }
}
