use std::collections::HashSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::{Stream, StreamExt as _, TryStreamExt, stream};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Name;

use super::bucket::{Action, Bucket, BucketError};
use super::objects_error::ObjectsError;
use super::place::Place;
use super::storage::Storage;
use super::store::MediaRow;
use crate::config::{MediaConfig, MediaEncryption, MediaStore};
use crate::disk::{DiskFull, Reserve};
use crate::id::{Ids, MediaId};

/// The store of contents: a folder and, where there is one, a bucket. Each object lies in one of them, as its row says.
#[derive(Debug, Clone)]
pub struct Objects {
    folder: Place,
    /// The space that stays free where the objects are files.
    reserve: Option<Reserve>,
    /// The path of the folder.
    root: Option<PathBuf>,
    bucket: Option<Bucket>,
    /// Of what is stored from now on.
    storage: Storage,
}

/// One object, as its row describes it.
#[derive(Debug, Clone)]
pub(super) struct Object {
    pub(super) media: MediaId,
    pub(super) name: String,
    pub(super) size_bytes: u64,
    pub(super) storage: Storage,
}

impl Object {
    /// The object of a file that is stored.
    pub(super) fn of(row: &MediaRow) -> Option<Self> {
        Some(Self {
            media: row.id,
            name: row.object_key.clone()?,
            size_bytes: u64::try_from(row.size_bytes).ok()?,
            storage: row.storage,
        })
    }
}

impl Objects {
    /// Keeps objects in `store`, which must write them whole or not at all, as in a folder.
    pub(super) const fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            folder: Place::folder(store),
            reserve: None,
            root: None,
            bucket: None,
            storage: Storage::Folder,
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
            root: Some(folder.to_owned()),
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

    /// As `self`, with the bucket that is configured; nothing is asked of it yet.
    ///
    /// # Errors
    /// [`ObjectsError::Bucket`] when the address of the bucket cannot be used.
    pub fn with_bucket(self, config: &MediaConfig) -> Result<Self, ObjectsError> {
        let Some(bucket) = &config.bucket else {
            return Ok(self);
        };
        Ok(Self {
            bucket: Some(Bucket::open(bucket)?),
            storage: match config.store {
                MediaStore::Folder => Storage::Folder,
                MediaStore::Bucket => storage_in_bucket(config.encryption),
            },
            ..self
        })
    }

    /// Checks that the bucket, if there is one, lets us list, write, read and delete objects.
    ///
    /// # Errors
    /// What fails, and what to do about it.
    pub async fn check_bucket(&self, ids: &Ids) -> Result<(), BucketError> {
        match &self.bucket {
            Some(bucket) => bucket.check(ids).await,
            None => Ok(()),
        }
    }

    /// True when there is a bucket.
    pub const fn has_bucket(&self) -> bool {
        self.bucket.is_some()
    }

    /// The bucket, if there is one.
    pub(super) const fn bucket(&self) -> Option<&Bucket> {
        self.bucket.as_ref()
    }

    /// The place and form of what is stored from now on.
    pub const fn storage(&self) -> Storage {
        self.storage
    }

    /// The place of objects of this storage.
    pub(super) fn place(&self, storage: Storage) -> Result<&Place, ObjectsError> {
        match storage {
            Storage::Folder => Ok(&self.folder),
            Storage::Bucket | Storage::PlainBucket => {
                let bucket = self.bucket.as_ref().ok_or(ObjectsError::NoBucket)?;
                Ok(&bucket.place)
            }
        }
    }

    fn places(&self) -> impl Iterator<Item = &Place> {
        [&self.folder]
            .into_iter()
            .chain(self.bucket.as_ref().map(|bucket| &bucket.place))
    }

    /// Checks that there is room for an object of so many bytes, if it is to be a file.
    pub(super) fn require_room(&self, storage: Storage, more_bytes: u64) -> Result<(), DiskFull> {
        match &self.reserve {
            Some(reserve) if !storage.is_in_bucket() => reserve.require(more_bytes),
            Some(_) | None => Ok(()),
        }
    }

    /// The storage of the sealed object `name`, whose row does not tell it.
    pub(super) async fn find_sealed(&self, name: &str) -> Result<Storage, ObjectsError> {
        if self.bucket.is_none() || self.folder.has(name).await? {
            Ok(Storage::Folder)
        } else {
            Ok(Storage::Bucket)
        }
    }

    /// True when the object is where its row says.
    pub(super) async fn has(&self, object: &Object) -> Result<bool, ObjectsError> {
        self.place(object.storage)?.has(&object.name).await
    }

    /// The names of all objects under `folder`, each with whether it lies in the bucket.
    pub(super) async fn list_all(&self, folder: &str) -> Result<HashSet<(bool, String)>, ObjectsError> {
        let folder = Name::from(folder);
        let mut names = HashSet::new();
        for (place, is_in_bucket) in self.places().zip([false, true]) {
            let mut listed = place.store.list(Some(&folder));
            while let Some(object) = listed.next().await {
                let object = object.map_err(|error| place.error(Action::List, error))?;
                names.insert((is_in_bucket, object.location.as_ref().to_owned()));
            }
        }
        Ok(names)
    }

    /// Removes the object `name`, if it is there, wherever it is: no two objects have one name.
    pub(super) async fn remove(&self, name: &str) -> Result<(), ObjectsError> {
        for place in self.places() {
            place.remove(name).await?;
        }
        Ok(())
    }

    /// The names of the objects under `folder` that were last written before `before`, at most `most` at once.
    pub(super) fn list_before(
        &self,
        folder: &str,
        before: DateTime<Utc>,
        most: usize,
    ) -> impl Stream<Item = Result<Vec<String>, ObjectsError>> + Send + Unpin + use<> {
        let folder = Name::from(folder);
        let lists = self.places().cloned().map(move |place| {
            let listed = place.store.list(Some(&folder));
            listed.map_err(move |error| place.error(Action::List, error))
        });
        let old = stream::iter(lists.collect::<Vec<_>>())
            .flatten()
            .try_filter(move |object| std::future::ready(object.last_modified < before))
            .map_ok(|object| object.location.as_ref().to_owned());
        Box::pin(old.try_chunks(most).map_err(|error| error.1))
    }

    /// Removes every object under `folder`, and what was half written there when a process ended.
    pub(super) async fn remove_all(&self, folder: &str) -> Result<(), ObjectsError> {
        for place in self.places() {
            place.remove_all(folder).await?;
        }
        match &self.root {
            Some(root) => remove_half_written(&root.join(folder)).await,
            None => Ok(()),
        }
    }
}

/// The storage of what is written to the bucket.
pub(super) const fn storage_in_bucket(encryption: MediaEncryption) -> Storage {
    match encryption {
        MediaEncryption::Sealed => Storage::Bucket,
        MediaEncryption::Bucket => Storage::PlainBucket,
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
