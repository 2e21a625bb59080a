//! A look whether every stored file is where its row says, as after a backup was restored. Nothing is read or changed.

use std::collections::HashSet;

use thiserror::Error;

use super::discard::folder_of_user;
use super::objects::{Object, Objects};
use super::objects_error::ObjectsError;
use super::store;
use super::stored_files::page_files;
use crate::db::DbError;
use crate::id::{MediaId, UserId};
use crate::work::{Core, WorkError};

/// The number of rows in one page.
const PAGE: i64 = 500;
/// The number of missing files that are named.
const NAMED: usize = 5;

/// Error of a look at the stored files.
#[derive(Debug, Error)]
pub enum PresenceError {
    /// The database failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The folder or the bucket cannot be listed.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
}

impl From<DbError> for PresenceError {
    fn from(error: DbError) -> Self {
        Self::Work(error.into())
    }
}

impl From<diesel::result::Error> for PresenceError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

/// The stored files of all users, and those that are not where their rows say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presence {
    /// The number of stored files.
    pub files: u64,
    /// The number of those that lie in a bucket while none is configured.
    pub without_bucket: u64,
    /// The number of those whose object is not there.
    pub missing: u64,
    /// The first of these objects, by the names that they have in the folder or the bucket.
    pub first_missing: Vec<String>,
}

impl Presence {
    /// Looks for the objects of all users; beside a running server, what that stores and removes meanwhile is not told as
    /// missing.
    ///
    /// # Errors
    /// [`PresenceError`].
    pub async fn look(core: &Core, objects: &Objects) -> Result<Self, PresenceError> {
        let mut found = Self::default();
        let mut behind = None;
        loop {
            let users = core.users_after(behind).await?;
            let Some(last) = users.last() else {
                return Ok(found);
            };
            behind = Some(*last);
            for user in users {
                found.look_at(core, objects, user).await?;
            }
        }
    }

    /// True when every stored file is there.
    pub const fn is_whole(&self) -> bool {
        self.missing == 0 && self.without_bucket == 0
    }

    async fn look_at(&mut self, core: &Core, objects: &Objects, user: UserId) -> Result<(), PresenceError> {
        let listed = objects.list_all(&folder_of_user(user)).await?;
        let until: MediaId = core.ids.next();
        let mut behind = None;
        loop {
            let mut tx = core.db.begin(user).await?;
            let page = page_files(&mut tx, user, behind, until, PAGE).await?;
            tx.commit().await?;
            for object in page.iter().filter_map(Object::of) {
                self.count(core, objects, user, &listed, &object).await?;
            }
            match page.last() {
                Some(last) if page.len() == usize::try_from(PAGE).unwrap_or(0) => behind = Some(last.id),
                Some(_) | None => return Ok(()),
            }
        }
    }

    async fn count(
        &mut self,
        core: &Core,
        objects: &Objects,
        user: UserId,
        listed: &HashSet<(bool, String)>,
        object: &Object,
    ) -> Result<(), PresenceError> {
        self.files += 1;
        let is_in_bucket = object.storage.is_in_bucket();
        if is_in_bucket && !objects.has_bucket() {
            self.without_bucket += 1;
            return Ok(());
        }
        if listed.contains(&(is_in_bucket, object.name.clone())) || objects.has(object).await? {
            return Ok(());
        }
        let mut tx = core.db.begin(user).await?;
        let is_live = store::is_live(&mut tx, object.media, &object.name).await?;
        tx.commit().await?;
        if is_live {
            self.missing += 1;
            if self.first_missing.len() < NAMED {
                self.first_missing.push(object.name.clone());
            }
        }
        Ok(())
    }
}
