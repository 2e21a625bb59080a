//! Writing of objects: sealed as they come, never whole in memory, and there once all of them is written.

use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt as _, stream};
use object_store::buffered::BufWriter;
use object_store::path::Path as Name;
use object_store::{Attribute, Attributes};
use tokio::io::AsyncWriteExt as _;

use super::bucket::Action;
use super::chunks::{CHUNK_LEN, seal_unsized};
use super::objects::Objects;
use super::objects_error::ObjectsError;
use super::place::Place;
use super::reading::blocking;
use super::serving;
use super::storage::Storage;
use crate::crypto::{DataKey, OVERHEAD_BYTES};
use crate::id::MediaId;

/// Plain bytes that are sealed and written at once: whole chunks.
const BATCH: usize = 8 * CHUNK_LEN;
/// The size of all parts of a large object but its last; S3 takes none that is smaller. A smaller object is written at once.
const PART_LEN: usize = 5 << 20;
/// The number of parts that may be in flight to the store.
const PARTS: usize = 2;

/// An object that is about to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewObject<'a> {
    /// The file, which it is sealed for.
    pub(super) media: MediaId,
    pub(super) name: &'a str,
    pub(super) storage: Storage,
    /// As the sender declared it.
    pub(super) mime_type: &'a str,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// Of the plain content.
    pub(super) size_bytes: u64,
    /// Of the object.
    pub(super) stored_bytes: u64,
}

impl Objects {
    /// Writes `content` as `object`.
    pub(super) async fn write(
        &self,
        key: &Arc<DataKey>,
        object: NewObject<'_>,
        content: &Bytes,
    ) -> Result<Written, ObjectsError> {
        self.require_room(object.storage, content.len() as u64)?;
        let pieces = stream::iter([Ok::<_, ObjectsError>(content.clone())]);
        self.write_streamed(key, object, pieces).await
    }

    /// Writes `content`, whose size is not known yet, as `object`. When the content fails, or there is no room for it,
    /// nothing stays of the object.
    ///
    /// # Errors
    /// [`ObjectsError`], or the error of the content.
    pub(super) async fn write_streamed<E: From<ObjectsError>>(
        &self,
        key: &Arc<DataKey>,
        object: NewObject<'_>,
        mut content: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Written, E> {
        let mut writing = Writing::begin(self, key, object)?;
        while let Some(piece) = content.next().await {
            let written = match piece {
                Ok(piece) => writing.write(&piece).await.map_err(E::from),
                Err(error) => Err(error),
            };
            if let Err(error) = written {
                writing.abort().await;
                return Err(error);
            }
        }
        Ok(writing.finish().await?)
    }
}

/// An object on its way into the store.
struct Writing<'a> {
    objects: &'a Objects,
    place: &'a Place,
    key: &'a Arc<DataKey>,
    object: NewObject<'a>,
    writer: BufWriter,
    /// Not sealed yet: whether a chunk is the last is known when more comes, or nothing.
    waiting: BytesMut,
    sealed_chunks: u64,
    written: Written,
}

impl<'a> Writing<'a> {
    fn begin(
        objects: &'a Objects,
        key: &'a Arc<DataKey>,
        object: NewObject<'a>,
    ) -> Result<Self, ObjectsError> {
        let place = objects.place(object.storage)?;
        let writer = BufWriter::with_capacity(Arc::clone(&place.store), Name::from(object.name), PART_LEN)
            .with_max_concurrency(PARTS)
            .with_attributes(attributes(object));
        Ok(Self {
            objects,
            place,
            key,
            object,
            writer,
            waiting: BytesMut::new(),
            sealed_chunks: 0,
            written: Written {
                size_bytes: 0,
                stored_bytes: 0,
            },
        })
    }

    async fn write(&mut self, mut piece: &[u8]) -> Result<(), ObjectsError> {
        while !piece.is_empty() {
            if self.waiting.len() == BATCH {
                self.put(false).await?;
            }
            let (now, later) = piece.split_at(piece.len().min(BATCH - self.waiting.len()));
            self.waiting.extend_from_slice(now);
            piece = later;
        }
        Ok(())
    }

    /// Hands what waits to the store. It is whole chunks, unless it is the end.
    async fn put(&mut self, is_end: bool) -> Result<(), ObjectsError> {
        let plain = self.waiting.split().freeze();
        self.objects
            .require_room(self.object.storage, plain.len() as u64)?;
        self.written.size_bytes += plain.len() as u64;
        let stored = if self.object.storage.is_sealed() {
            self.seal(plain, is_end).await?
        } else {
            plain
        };
        self.written.stored_bytes += stored.len() as u64;
        let put = self.writer.put(stored).await;
        put.map_err(|error| self.place.error(Action::Write, error))
    }

    async fn seal(&mut self, plain: Bytes, is_end: bool) -> Result<Bytes, ObjectsError> {
        let (key, id, first) = (Arc::clone(self.key), self.object.media, self.sealed_chunks);
        let count = plain.len().div_ceil(CHUNK_LEN).max(1);
        self.sealed_chunks += count as u64;
        blocking(move || {
            let mut sealed = Vec::with_capacity(plain.len() + count * OVERHEAD_BYTES);
            for at in 0..count {
                let chunk = &plain[at * CHUNK_LEN..plain.len().min((at + 1) * CHUNK_LEN)];
                let is_last = is_end && at + 1 == count;
                sealed.append(&mut seal_unsized(&key, id, first + at as u64, chunk, is_last));
            }
            Bytes::from(sealed)
        })
        .await
    }

    async fn finish(mut self) -> Result<Written, ObjectsError> {
        if let Err(error) = self.put(true).await {
            self.abort().await;
            return Err(error);
        }
        // A failure removes what is half written.
        let finished = self.writer.shutdown().await;
        finished.map_err(|error| self.place.error(Action::Write, cause(error)))?;
        Ok(self.written)
    }

    /// Removes what is half written, as far as the store lets it: what is left goes with its folder.
    async fn abort(mut self) {
        if let Err(error) = self.writer.abort().await {
            let error = self.place.error(Action::Delete, error);
            let chain = crate::telemetry::chain(&error);
            tracing::warn!("an object that is given up cannot be removed now: {chain}");
        }
    }
}

/// The error of the store that the writer wrapped.
fn cause(error: io::Error) -> object_store::Error {
    error
        .downcast::<object_store::Error>()
        .unwrap_or_else(|error| object_store::Error::Generic {
            store: "media",
            source: error.into(),
        })
}

/// What the bucket tells of an object to whoever is let read it. Files have no such thing.
fn attributes(object: NewObject<'_>) -> Attributes {
    let mut attributes = Attributes::new();
    match object.storage {
        Storage::Folder => {}
        Storage::Bucket => {
            attributes.insert(Attribute::ContentType, "application/octet-stream".into());
        }
        Storage::PlainBucket => {
            let (mime_type, disposition) = serving::presented(object.mime_type);
            attributes.insert(Attribute::ContentType, mime_type.into());
            attributes.insert(Attribute::ContentDisposition, disposition.into());
            attributes.insert(Attribute::CacheControl, serving::CACHE_CONTROL.into());
        }
    }
    attributes
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt as _;
    use object_store::memory::InMemory;

    use super::super::objects::Object;
    use super::*;
    use crate::clock::SystemClock;
    use crate::id::Ids;

    fn new(media: MediaId) -> NewObject<'static> {
        NewObject {
            media,
            name: "a/b",
            storage: Storage::Folder,
            mime_type: "image/jpeg",
        }
    }

    #[tokio::test]
    async fn an_object_of_unknown_size_is_read_back_as_one_of_a_known_size() {
        let objects = Objects::new(Arc::new(InMemory::new()));
        let key = Arc::new(DataKey::generate());
        let ids = Ids::new(Arc::new(SystemClock));
        for size in [
            0,
            1,
            CHUNK_LEN - 1,
            CHUNK_LEN,
            CHUNK_LEN + 1,
            BATCH,
            BATCH + 1,
            3 * BATCH + 7,
        ] {
            let media: MediaId = ids.next();
            let content: Vec<u8> = (0_u8..251).cycle().take(size).collect();
            let pieces: Vec<_> = content.chunks(70_001).map(Bytes::copy_from_slice).collect();
            let pieces = stream::iter(pieces.into_iter().map(Ok::<_, ObjectsError>));

            let written = objects.write_streamed(&key, new(media), pieces).await.unwrap();

            let object = Object {
                media,
                name: "a/b".to_owned(),
                size_bytes: written.size_bytes,
                storage: Storage::Folder,
            };
            let read = objects.read(object, Arc::clone(&key), 0..written.size_bytes);
            let read: Vec<Bytes> = read.try_collect().await.unwrap();
            assert_eq!(read.concat(), content, "{size} bytes");
        }
    }

    #[tokio::test]
    async fn content_that_fails_leaves_no_object() {
        let objects = Objects::new(Arc::new(InMemory::new()));
        let key = Arc::new(DataKey::generate());
        let media = Ids::new(Arc::new(SystemClock)).next();
        let pieces = stream::iter([Ok(Bytes::from(vec![7; BATCH * 2])), Err(ObjectsError::Ending)]);

        let written = objects.write_streamed(&key, new(media), pieces).await;

        assert!(matches!(written, Err(ObjectsError::Ending)));
        let object = Object {
            media,
            name: "a/b".to_owned(),
            size_bytes: 1,
            storage: Storage::Folder,
        };
        let read: Result<Vec<Bytes>, _> = objects.read(object, key, 0..1).try_collect().await;
        assert!(matches!(read, Err(ObjectsError::Gone)));
    }
}
