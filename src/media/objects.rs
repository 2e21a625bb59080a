use std::fs::Permissions;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures::{Stream, TryStreamExt, stream};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use thiserror::Error;

use super::chunks::Layout;
use super::store::MediaRow;
use crate::crypto::{CryptoError, DataKey};
use crate::disk::{DiskFull, Reserve};
use crate::id::MediaId;

/// The number of chunks that are sealed or opened, and read, at once: half a mebibyte.
const AT_ONCE: u64 = 8;
/// The number of parts that may be in flight to the store.
pub(super) const PARTS: usize = 2;

/// Error of the store of contents.
#[derive(Debug, Error)]
pub enum ObjectsError {
    /// The store failed.
    #[error("the media store failed")]
    Store(#[from] object_store::Error),
    /// The folder of the store cannot be made.
    #[error("the media folder cannot be made; check that the data folder is writable")]
    Folder(#[source] std::io::Error),
    /// What was half written cannot be removed.
    #[error("what was half written in the media folder cannot be removed")]
    HalfWritten(#[source] std::io::Error),
    /// The disk has no room for it.
    #[error(transparent)]
    DiskFull(#[from] DiskFull),
    /// The object is not there.
    #[error("the stored file is gone")]
    Gone,
    /// The object is shorter than it was written.
    #[error("the stored file is cut off at byte {0}")]
    CutOff(u64),
    /// The object was changed.
    #[error("the stored file is damaged")]
    Damaged(#[from] CryptoError),
    /// The work was cut short by the end of the server.
    #[error("the server is ending")]
    Ending,
}

/// The store of contents: any object store, with every object sealed.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// The space that stays free where the objects are files.
    reserve: Option<Reserve>,
    /// The folder of the objects where they are files.
    folder: Option<PathBuf>,
}

/// One object, as its row describes it.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) media: MediaId,
    pub(super) name: String,
    pub(super) size_bytes: u64,
}

impl Object {
    /// The object of a file that is stored.
    pub(super) fn of(row: &MediaRow) -> Option<Self> {
        Some(Self {
            media: row.id,
            name: row.object_key.clone()?,
            size_bytes: u64::try_from(row.size_bytes).ok()?,
        })
    }
}

impl Objects {
    /// Keeps objects in `store`, which must write them whole or not at all.
    pub const fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            reserve: None,
            folder: None,
        }
    }

    /// Keeps objects as files in `folder`: written under another name, synced, and then renamed.
    ///
    /// # Errors
    /// [`ObjectsError::Folder`] or [`ObjectsError::Store`].
    pub fn in_folder(folder: &Path) -> Result<Self, ObjectsError> {
        std::fs::create_dir_all(folder)
            .and_then(|()| std::fs::set_permissions(folder, Permissions::from_mode(0o700)))
            .map_err(ObjectsError::Folder)?;
        let store = LocalFileSystem::new_with_prefix(folder)?
            .with_fsync(true)
            .with_automatic_cleanup(true);
        Ok(Self {
            folder: Some(folder.to_owned()),
            ..Self::new(Arc::new(store))
        })
    }

    /// As `self`, and refuses what would take the reserve of its disk.
    #[must_use]
    pub fn with_reserve(self, reserve: Reserve) -> Self {
        Self {
            reserve: Some(reserve),
            ..self
        }
    }

    /// Begins to write the object `name`, which is there once all of it is written.
    pub(super) async fn begin(&self, name: &str) -> Result<WriteMultipart, ObjectsError> {
        let upload = self.store.put_multipart(&Name::from(name)).await?;
        Ok(WriteMultipart::new(upload))
    }

    /// Checks that there is room for an object of so many bytes.
    pub(super) fn require_room(&self, more_bytes: u64) -> Result<(), DiskFull> {
        self.reserve
            .as_ref()
            .map_or(Ok(()), |reserve| reserve.require(more_bytes))
    }

    /// Writes `content` as the object `name` of `media`; answers with the object's size.
    pub(super) async fn write(
        &self,
        key: &Arc<DataKey>,
        media: MediaId,
        name: &str,
        content: &Bytes,
    ) -> Result<u64, ObjectsError> {
        let size_bytes = content.len() as u64;
        self.require_room(size_bytes)?;
        let layout = Layout { media, size_bytes };
        let mut writer = self.begin(name).await?;
        let mut next = 0;
        while next < layout.count() {
            let chunks = next..(next + AT_ONCE).min(layout.count());
            next = chunks.end;
            let (key, content) = (Arc::clone(key), content.clone());
            let sealed = blocking(move || {
                let seal = |number| layout.seal(&key, number, slice(&content, layout.plain(number)));
                chunks.flat_map(seal).collect::<Vec<u8>>()
            });
            match sealed.await {
                Ok(sealed) => writer.put(sealed.into()),
                Err(error) => {
                    writer.abort().await?;
                    return Err(error);
                }
            }
            writer.wait_for_capacity(PARTS).await?;
        }
        writer.finish().await?;
        Ok(layout.sealed_bytes())
    }

    /// Reads the plain bytes of `range`, which lies within the object, piece by piece.
    pub(super) fn read(
        &self,
        object: Object,
        key: Arc<DataKey>,
        range: Range<u64>,
    ) -> impl Stream<Item = Result<Bytes, ObjectsError>> + Send + use<> {
        let store = Arc::clone(&self.store);
        stream::try_unfold(range, move |left| {
            let (store, object, key) = (Arc::clone(&store), object.clone(), Arc::clone(&key));
            async move {
                if left.is_empty() {
                    return Ok(None);
                }
                let piece = read_piece(store.as_ref(), &object, key, &left).await?;
                let rest = left.start + piece.len() as u64..left.end;
                Ok(Some((piece, rest)))
            }
        })
    }

    /// Removes the object `name`, if it is there.
    pub(super) async fn remove(&self, name: &str) -> Result<(), ObjectsError> {
        match self.store.delete(&Name::from(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The names of the objects under `folder` that were last written before `before`, at most `most` at once.
    pub(super) fn list_before(
        &self,
        folder: &str,
        before: DateTime<Utc>,
        most: usize,
    ) -> impl Stream<Item = Result<Vec<String>, ObjectsError>> + Send + Unpin + use<> {
        let old = self
            .store
            .list(Some(&Name::from(folder)))
            .try_filter(move |object| std::future::ready(object.last_modified < before))
            .map_ok(|object| object.location.as_ref().to_owned());
        Box::pin(old.try_chunks(most).map_err(|error| error.1.into()))
    }

    /// Removes every object under `folder`, and what was half written there when a process ended.
    pub(super) async fn remove_all(&self, folder: &str) -> Result<(), ObjectsError> {
        let mut listed = self.store.list(Some(&Name::from(folder)));
        while let Some(object) = listed.try_next().await? {
            self.remove(object.location.as_ref()).await?;
        }
        match &self.folder {
            Some(root) => remove_half_written(&root.join(folder)).await,
            None => Ok(()),
        }
    }
}

/// Removes a folder of files. What is half written in it has a name that the store does not list.
async fn remove_half_written(folder: &Path) -> Result<(), ObjectsError> {
    match tokio::fs::remove_dir_all(folder).await {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(ObjectsError::HalfWritten(error)),
    }
}

/// Reads and opens the first few chunks of `left`.
async fn read_piece(
    store: &dyn ObjectStore,
    object: &Object,
    key: Arc<DataKey>,
    left: &Range<u64>,
) -> Result<Bytes, ObjectsError> {
    let layout = Layout {
        media: object.media,
        size_bytes: object.size_bytes,
    };
    let wanted = layout.chunks_of(left);
    let chunks = wanted.start..wanted.end.min(wanted.start + AT_ONCE);
    let place = layout.sealed(&chunks);
    let sealed = match store
        .get_range(&Name::from(object.name.as_str()), place.clone())
        .await
    {
        Ok(sealed) => sealed,
        Err(object_store::Error::NotFound { .. }) => return Err(ObjectsError::Gone),
        // Some stores answer with an error when the object ends before the range does.
        Err(error) => return Err(cut_off(store, object, &place).await.unwrap_or(error.into())),
    };
    if sealed.len() as u64 != place.end - place.start {
        return Err(ObjectsError::CutOff(place.start + sealed.len() as u64));
    }
    let first = chunks.start;
    let plain: Bytes = blocking(move || layout.open(&key, first, &sealed)).await??.into();
    let start = layout.plain(first).start;
    let end = left.end.min(start + plain.len() as u64);
    Ok(plain.slice(index(left.start - start)..index(end - start)))
}

async fn cut_off(store: &dyn ObjectStore, object: &Object, place: &Range<u64>) -> Option<ObjectsError> {
    let found = store.head(&Name::from(object.name.as_str())).await.ok()?.size;
    (found < place.end).then_some(ObjectsError::CutOff(found))
}

/// Ciphers keep a core busy for a millisecond or so: not on the threads that serve sockets.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ObjectsError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ObjectsError::Ending)
}

fn slice(content: &Bytes, range: Range<u64>) -> &[u8] {
    &content[index(range.start)..index(range.end)]
}

/// An offset into bytes that are in memory.
fn index(offset: u64) -> usize {
    usize::try_from(offset).expect("what is in memory has offsets that fit")
}
