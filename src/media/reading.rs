//! Reading of objects, a piece at a time.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, stream};
use object_store::ObjectStoreExt as _;
use object_store::path::Path as Name;

use super::bucket::{Action, BucketError};
use super::chunks::{CHUNK_BYTES, Layout};
use super::objects::{Object, Objects};
use super::objects_error::ObjectsError;
use super::place::Place;
use super::storage::Storage;
use crate::crypto::DataKey;

impl Objects {
    /// Reads the plain bytes of `range`, which lies within the object, piece by piece.
    pub(super) fn read(
        &self,
        object: Object,
        key: Arc<DataKey>,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes, ObjectsError>> + Send + use<> {
        let place = self.place(object.storage).cloned();
        stream::try_unfold((place, range), move |(place, left)| {
            let (object, key) = (object.clone(), Arc::clone(&key));
            async move {
                if left.is_empty() {
                    return Ok(None);
                }
                let place = place?;
                let piece = if object.storage.is_sealed() {
                    read_sealed(&place, &object, key, &left).await?
                } else {
                    read_plain(&place, &object, &left).await?
                };
                let rest = left.start + piece.len() as u64..left.end;
                Ok(Some((piece, (Ok(place), rest))))
            }
        })
    }
}

/// The number of chunks that are read and opened at once: half a mebibyte of a file, and more of a bucket, where each
/// request takes its time.
const fn chunks_at_once(storage: Storage) -> u64 {
    match storage {
        Storage::Folder => 8,
        Storage::Bucket | Storage::PlainBucket => 32,
    }
}

/// Reads and opens the first few chunks of `left`.
async fn read_sealed(
    place: &Place,
    object: &Object,
    key: Arc<DataKey>,
    left: &Range<u64>,
) -> Result<Bytes, ObjectsError> {
    let layout = Layout {
        media: object.media,
        size_bytes: object.size_bytes,
    };
    let wanted = layout.chunks_of(left);
    let chunks = wanted.start..wanted.end.min(wanted.start + chunks_at_once(object.storage));
    let sealed = read_bytes(place, &object.name, layout.sealed(&chunks)).await?;
    let first = chunks.start;
    let plain: Bytes = blocking(move || layout.open(&key, first, &sealed)).await??.into();
    let start = layout.plain(first).start;
    let end = left.end.min(start + plain.len() as u64);
    Ok(plain.slice(index(left.start - start)..index(end - start)))
}

/// Reads the first few bytes of `left` of an object that is not sealed.
async fn read_plain(place: &Place, object: &Object, left: &Range<u64>) -> Result<Bytes, ObjectsError> {
    let most = chunks_at_once(object.storage) * CHUNK_BYTES;
    let end = left.end.min(left.start + most);
    read_bytes(place, &object.name, left.start..end).await
}

/// Reads these bytes of the object `name`, all of them.
async fn read_bytes(place: &Place, name: &str, range: Range<u64>) -> Result<Bytes, ObjectsError> {
    let name = Name::from(name);
    let found = match place.store.get_range(&name, range.clone()).await {
        Ok(found) => found,
        Err(error @ object_store::Error::NotFound { .. }) => return Err(gone(place, error)),
        // Some stores answer with an error when the object ends before the range does.
        Err(error) => {
            let cut_off = cut_off(place, &name, &range).await;
            return Err(cut_off.unwrap_or_else(|| place.error(Action::Read, error)));
        }
    };
    if found.len() as u64 != range.end - range.start {
        return Err(ObjectsError::CutOff(range.start + found.len() as u64));
    }
    Ok(found)
}

/// The error for an object that was not found: a missing bucket loses no object.
fn gone(place: &Place, error: object_store::Error) -> ObjectsError {
    match place.error(Action::Read, error) {
        missing @ ObjectsError::Bucket(BucketError::NoBucket { .. }) => missing,
        _ => ObjectsError::Gone,
    }
}

async fn cut_off(place: &Place, name: &Name, range: &Range<u64>) -> Option<ObjectsError> {
    let found = place.store.head(name).await.ok()?.size;
    (found < range.end).then_some(ObjectsError::CutOff(found))
}

/// Ciphers keep a core busy for a millisecond or so: not on the threads that serve sockets.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ObjectsError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ObjectsError::Ending)
}

/// An offset into bytes that are in memory.
fn index(offset: u64) -> usize {
    usize::try_from(offset).expect("what is in memory has offsets that fit")
}
