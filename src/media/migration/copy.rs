//! Copying of one content.

use std::sync::Arc;

use chrono::TimeDelta;
use futures::{Stream, TryStreamExt as _};
use ring::digest;

use super::run::{Migration, MigrationError};
use super::store;
use crate::account::AccountRef;
use crate::crypto::DataKey;
use crate::media::MediaRow;
use crate::media::discard::{self, Draft};
use crate::media::objects::Object;
use crate::media::objects_error::ObjectsError;
use crate::media::store::Stored;
use crate::media::writing::{NewObject, Written};

/// The time for which a former object stays: longer than any link to it is good.
const FORMER_KEPT_FOR: TimeDelta = TimeDelta::hours(1);

/// The end of one file's move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    /// Its row names the copy.
    Whole,
    /// It was replaced or deleted meanwhile, and the copy is removed.
    Overtaken,
}

impl Migration {
    /// Moves the content of `row`.
    pub(super) async fn move_one(&self, row: &MediaRow) -> Result<Moved, MigrationError> {
        let Some(former) = Object::of(row) else {
            return Ok(Moved::Overtaken);
        };
        let account = AccountRef {
            id: row.account_id,
            user: row.user_id,
        };
        let mut work = match self.core.begin(row.user_id).await {
            Err(error) if error.is_of_nobody() => return Ok(Moved::Overtaken),
            work => work?,
        };
        let draft = discard::draft(&mut work, account, row.id).await?;
        let key = Arc::clone(&work.key);
        work.commit().await?;
        let written = self.copy(row, &former, &key, &draft).await?;
        let stored = Stored {
            object: draft,
            storage: self.to,
            written,
            thumbnail: None,
            dimensions: None,
        };
        if self.name(row, &former, &stored).await? {
            return Ok(Moved::Whole);
        }
        self.objects.remove(&stored.object.object_key).await?;
        Ok(Moved::Overtaken)
    }

    /// Writes the content anew, reads it back, and compares both.
    async fn copy(
        &self,
        row: &MediaRow,
        former: &Object,
        key: &Arc<DataKey>,
        draft: &Draft,
    ) -> Result<Written, MigrationError> {
        let new = NewObject {
            media: row.id,
            name: &draft.object_key,
            storage: self.to,
            mime_type: &row.mime_type,
        };
        let whole = 0..former.size_bytes;
        let mut taken = digest::Context::new(&digest::SHA256);
        let pieces = self.objects.read(former.clone(), Arc::clone(key), whole.clone());
        let pieces = Box::pin(pieces.inspect_ok(|piece| taken.update(piece)));
        let written = self.objects.write_streamed(key, new, pieces).await?;
        let copy = Object {
            name: draft.object_key.clone(),
            storage: self.to,
            ..former.clone()
        };
        let read = hash(self.objects.read(copy, Arc::clone(key), whole)).await;
        if read?.as_ref() != taken.finish().as_ref() {
            return Err(MigrationError::Differs(row.id));
        }
        Ok(written)
    }

    /// Commits that the row names the copy; false when it came too late.
    async fn name(&self, row: &MediaRow, former: &Object, stored: &Stored) -> Result<bool, MigrationError> {
        let mut work = match self.core.begin(row.user_id).await {
            Err(error) if error.is_of_nobody() => return Ok(false),
            work => work?,
        };
        if stored.object.is_late(work.now)
            || !store::name_copy(&mut work, row.id, &former.name, stored).await?
        {
            work.rollback().await?;
            return Ok(false);
        }
        let at = work.now + FORMER_KEPT_FOR;
        discard::discard_unless_live(&mut work, row.id, &former.name, at).await?;
        work.commit().await?;
        Ok(true)
    }
}

/// The SHA-256 of what comes.
async fn hash(
    pieces: impl Stream<Item = Result<bytes::Bytes, ObjectsError>>,
) -> Result<digest::Digest, ObjectsError> {
    let empty = digest::Context::new(&digest::SHA256);
    let hashed = pieces.try_fold(empty, async |mut hash, piece| {
        hash.update(&piece);
        Ok(hash)
    });
    Ok(hashed.await?.finish())
}
