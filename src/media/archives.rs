//! Archives: files that this server makes for a user. They lie apart from the user's media, and no plan counts them.

use std::sync::Arc;

use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use data_encoding::HEXLOWER;
use diesel::QueryResult;
use futures::Stream;
use uuid::Uuid;

use super::discard::discard_folder;
use super::links::{LinkError, Links, SignedLink, read_ids, write_ids};
use super::objects::{Object, Objects};
use super::objects_error::ObjectsError;
use super::serving::{Refusal, ServedFile, respond};
use super::storage::Storage;
use super::writing::NewObject;
use crate::crypto::DataKey;
use crate::id::{Ids, MediaId, UserId};
use crate::work::Work;

/// The folder of the archives of all users, and the path under which their links are.
const FOLDER: &str = "archives";
/// The prefix of a token of an archive; no other token begins with it.
const TOKEN_PREFIX: &str = "archive.";
const MIME_TYPE: &str = "application/zip";

/// A zip archive that is stored, as its row describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The id of its row, which it is sealed for.
    pub id: Uuid,
    /// The object's name in the store.
    pub object_key: String,
    /// Of the plain archive.
    pub size_bytes: u64,
}

/// The name of the object of a try at writing the archive `id` of `user`; each try has its own.
pub fn archive_key(ids: &Ids, user: UserId, id: Uuid) -> String {
    let mut chance = [0; 8];
    ids.fill(&mut chance);
    format!("{}/{}", folder_of_archive(user, id), HEXLOWER.encode(&chance))
}

/// The folder of all archives of `user`.
pub(super) fn folder_of_archives(user: UserId) -> String {
    format!("{FOLDER}/{user}")
}

fn folder_of_archive(user: UserId, id: Uuid) -> String {
    format!("{}/{id}", folder_of_archives(user))
}

impl Objects {
    /// Writes an archive while it is made, always sealed with the user's key, because everything is in it; answers with its
    /// size. When it cannot be made or written to its end, nothing stays.
    ///
    /// # Errors
    /// [`ObjectsError`], or the error of the content.
    pub async fn write_archive<E: From<ObjectsError>>(
        &self,
        key: &Arc<DataKey>,
        id: Uuid,
        object_key: &str,
        content: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<u64, E> {
        let object = NewObject {
            media: MediaId::from(id),
            name: object_key,
            storage: if self.storage().is_in_bucket() {
                Storage::Bucket
            } else {
                Storage::Folder
            },
            mime_type: MIME_TYPE,
        };
        Ok(self.write_streamed(key, object, content).await?.size_bytes)
    }

    /// Removes all that tries at writing the archive `id` of `user` left.
    ///
    /// # Errors
    /// [`ObjectsError`].
    pub async fn remove_archive(&self, user: UserId, id: Uuid) -> Result<(), ObjectsError> {
        self.remove_all(&folder_of_archive(user, id)).await
    }
}

/// Has the archive `id` of the user of `work` removed after the commit.
///
/// # Errors
/// The database's.
pub async fn discard_archive(work: &mut Work, id: Uuid) -> QueryResult<()> {
    let folder = folder_of_archive(work.user, id);
    discard_folder(work, folder).await
}

impl Links {
    /// A link to the archive `id` for its owner, good until `until`.
    pub fn sign_archive(&self, user: UserId, id: Uuid, until: DateTime<Utc>) -> SignedLink {
        let token = format!("{TOKEN_PREFIX}{}", write_ids(user, id));
        self.sign_token_until(FOLDER, &token, until)
    }

    /// The owner and the archive that a link names.
    ///
    /// # Errors
    /// [`LinkError`].
    pub fn verify_archive(
        &self,
        token: &str,
        expires: &str,
        signature: &str,
        now: DateTime<Utc>,
    ) -> Result<(UserId, Uuid), LinkError> {
        self.verify_token(token, expires, signature, now)?;
        let ids = token.strip_prefix(TOKEN_PREFIX).ok_or(LinkError::Tampered)?;
        let (user, id) = read_ids(ids)?;
        Ok((user.into(), id))
    }
}

/// Answers a request for an archive under the name `file_name`: whole, or the range that is asked for.
pub async fn serve_archive(
    objects: &Objects,
    archive: Archive,
    key: Arc<DataKey>,
    file_name: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Response {
    let file = ServedFile {
        etag: format!("\"{}\"", archive.id),
        mime_type: MIME_TYPE,
        name: Some(file_name),
    };
    let served = async {
        let storage = objects.find_sealed(&archive.object_key).await;
        let object = Object {
            media: MediaId::from(archive.id),
            name: archive.object_key,
            size_bytes: archive.size_bytes,
            storage: storage.map_err(Refusal::Objects)?,
        };
        respond(objects, object, key, &file, method, headers).await
    };
    served.await.unwrap_or_else(Refusal::into_response)
}
