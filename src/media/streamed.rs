//! Objects that are written while they are made, such as archives: of unknown size, never whole in memory.

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt as _};
use object_store::WriteMultipart;

use super::chunks::{CHUNK_LEN, seal_unsized};
use super::objects::{Objects, ObjectsError, PARTS, blocking};
use crate::crypto::{DataKey, OVERHEAD_BYTES};
use crate::id::MediaId;

/// Plain bytes that are sealed and written at once: whole chunks.
const BATCH: usize = 8 * CHUNK_LEN;

impl Objects {
    /// Writes `content` as the object `name`, sealed for `id`; answers with its plain size. When the content fails, or there
    /// is no room for it, nothing stays of the object.
    ///
    /// # Errors
    /// [`ObjectsError`], or the error of the content.
    pub(super) async fn write_streamed<E: From<ObjectsError>>(
        &self,
        key: &Arc<DataKey>,
        id: MediaId,
        name: &str,
        mut content: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<u64, E> {
        let mut object = Streamed {
            objects: self,
            key,
            id,
            writer: self.begin(name).await?,
            waiting: BytesMut::new(),
            sealed_chunks: 0,
            size_bytes: 0,
        };
        while let Some(piece) = content.next().await {
            let written = match piece {
                Ok(piece) => object.write(&piece).await.map_err(E::from),
                Err(error) => Err(error),
            };
            if let Err(error) = written {
                object.abort().await;
                return Err(error);
            }
        }
        Ok(object.finish().await?)
    }
}

impl ObjectsError {
    /// True when a disk, or what stands for one, has no room.
    pub fn is_for_want_of_room(&self) -> bool {
        if matches!(self, Self::DiskFull(_)) {
            return true;
        }
        let mut cause: Option<&(dyn StdError + 'static)> = Some(self);
        while let Some(error) = cause {
            let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
            if matches!(
                kind,
                Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            ) {
                return true;
            }
            cause = error.source();
        }
        false
    }
}

/// An object on its way into the store.
struct Streamed<'a> {
    objects: &'a Objects,
    key: &'a Arc<DataKey>,
    id: MediaId,
    writer: WriteMultipart,
    /// Not sealed yet: whether a chunk is the last is known when more comes, or nothing.
    waiting: BytesMut,
    sealed_chunks: u64,
    size_bytes: u64,
}

impl Streamed<'_> {
    async fn write(&mut self, mut piece: &[u8]) -> Result<(), ObjectsError> {
        while !piece.is_empty() {
            if self.waiting.len() == BATCH {
                self.seal(false).await?;
            }
            let (now, later) = piece.split_at(piece.len().min(BATCH - self.waiting.len()));
            self.waiting.extend_from_slice(now);
            piece = later;
        }
        Ok(())
    }

    /// Seals what waits, and hands it to the store. It is whole chunks, unless it is the end.
    async fn seal(&mut self, is_end: bool) -> Result<(), ObjectsError> {
        let plain = self.waiting.split().freeze();
        self.objects.require_room(plain.len() as u64)?;
        let (key, id, first) = (Arc::clone(self.key), self.id, self.sealed_chunks);
        let count = plain.len().div_ceil(CHUNK_LEN).max(1);
        self.size_bytes += plain.len() as u64;
        self.sealed_chunks += count as u64;
        let sealed = blocking(move || {
            let mut sealed = Vec::with_capacity(plain.len() + count * OVERHEAD_BYTES);
            for at in 0..count {
                let chunk = &plain[at * CHUNK_LEN..plain.len().min((at + 1) * CHUNK_LEN)];
                let is_last = is_end && at + 1 == count;
                sealed.append(&mut seal_unsized(&key, id, first + at as u64, chunk, is_last));
            }
            Bytes::from(sealed)
        });
        self.writer.put(sealed.await?);
        self.writer.wait_for_capacity(PARTS).await?;
        Ok(())
    }

    async fn finish(mut self) -> Result<u64, ObjectsError> {
        if let Err(error) = self.seal(true).await {
            self.abort().await;
            return Err(error);
        }
        self.writer.finish().await?;
        Ok(self.size_bytes)
    }

    /// Removes what is half written, as far as the store lets it: what is left goes with its folder.
    async fn abort(self) {
        if let Err(error) = self.writer.abort().await {
            tracing::warn!("an object that is given up cannot be removed now: {error}");
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::{TryStreamExt as _, stream};
    use object_store::memory::InMemory;

    use super::super::objects::Object;
    use super::*;
    use crate::clock::SystemClock;
    use crate::id::Ids;

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

            let written = objects.write_streamed(&key, media, "a/b", pieces).await.unwrap();

            let object = Object {
                media,
                name: "a/b".to_owned(),
                size_bytes: written,
            };
            let read = objects.read(object, Arc::clone(&key), 0..written);
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

        let written = objects.write_streamed(&key, media, "a/b", pieces).await;

        assert!(matches!(written, Err(ObjectsError::Ending)));
        let object = Object {
            media,
            name: "a/b".to_owned(),
            size_bytes: 1,
        };
        let read: Result<Vec<Bytes>, _> = objects.read(object, key, 0..1).try_collect().await;
        assert!(matches!(read, Err(ObjectsError::Gone)));
    }
}
