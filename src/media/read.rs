use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::{Stream, TryStreamExt as _};
use thiserror::Error;

use super::objects::{Object, Objects};
use super::objects_error::ObjectsError;
use super::store;
use crate::id::{MediaId, UserId};
use crate::work::{Core, WorkError};

/// Error of reading a file.
#[derive(Debug, Error)]
pub enum ReadError {
    /// There is no such file of this user's, or its content is not kept.
    #[error("the file is not kept")]
    NotKept,
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The store failed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
}

impl From<diesel::result::Error> for ReadError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// The whole plain content of `media` of `user`, in memory: for what is sent, never for what is served.
///
/// # Errors
/// [`ReadError`].
pub async fn read(core: &Core, objects: &Objects, user: UserId, media: MediaId) -> Result<Bytes, ReadError> {
    let content = read_pieces(core, objects, user, media).await?;
    let joined = content.try_fold(BytesMut::new(), |mut joined, piece| async move {
        joined.extend_from_slice(&piece);
        Ok(joined)
    });
    Ok(joined.await.map(BytesMut::freeze)?)
}

/// The plain content of `media` of `user`, piece by piece: never whole in memory.
///
/// # Errors
/// [`ReadError`].
pub async fn read_pieces(
    core: &Core,
    objects: &Objects,
    user: UserId,
    media: MediaId,
) -> Result<impl Stream<Item = Result<Bytes, ObjectsError>> + Send + use<>, ReadError> {
    let mut work = core.begin(user).await?;
    let row = store::load(&mut work, &[media]).await?.pop();
    let key = Arc::clone(&work.key);
    work.rollback().await?;
    let object = row.as_ref().and_then(Object::of).ok_or(ReadError::NotKept)?;
    let whole = 0..object.size_bytes;
    Ok(objects.read(object, key, whole))
}
