use std::hash::Hash;
use std::marker::PhantomData;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Result};

use crate::graphql::{Entity, ReadError, Reader, find};
use crate::id::MessageId;

/// Key of what a feature keeps of a recorded message. `I` is the type of the ids of what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OfMessage<I> {
    /// The recorded message.
    pub message: MessageId,
    kind: PhantomData<I>,
}

impl<I> From<MessageId> for OfMessage<I> {
    fn from(message: MessageId) -> Self {
        Self {
            message,
            kind: PhantomData,
        }
    }
}

/// Loads what is kept of `message`, together with what other fields of the request ask for; none when the message has
/// not arrived or nothing of this type is kept of it.
///
/// # Errors
/// `INTERNAL` when the database fails, `UNAUTHENTICATED` in a request without a login.
pub async fn find_of_message<T>(ctx: &Context<'_>, message: Option<MessageId>) -> Result<Option<T>>
where
    T: Entity,
    OfMessage<T::Id>: Send + Sync + Hash + Eq + Clone + 'static,
    Reader: Loader<OfMessage<T::Id>, Value = T::Row, Error = ReadError>,
{
    let Some(message) = message else {
        return Ok(None);
    };
    let row = find(ctx, OfMessage::<T::Id>::from(message)).await?;
    Ok(row.map(|row| T::of(ctx, row)))
}
