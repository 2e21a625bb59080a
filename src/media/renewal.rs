//! Files that WhatsApp no longer serves: the phone is asked, once, to upload them anew.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::handler::{Fetch, Wanted};
use super::store::{self, MediaState};
use crate::db::schema::media;
use crate::event::MediaReference;
use crate::id::MediaId;
use crate::jobs::JobError;
use crate::whatsapp::media::ReuploadError;
use crate::work::Work;

impl Fetch {
    /// Asks the phone to upload an expired file anew; returns the new reference. `None` when the phone was asked before
    /// or does not have it: then the file is gone.
    ///
    /// The request is recorded first, so a crash meanwhile does not ask twice.
    ///
    /// # Errors
    /// [`JobError::Failed`] while the account is offline; then the phone was not asked.
    pub(super) async fn renew(&self, wanted: &Wanted) -> Result<Option<MediaReference>, JobError> {
        if !self.record_request(wanted).await? {
            return Ok(None);
        }
        match self
            .fetcher
            .request_reupload(wanted.account, &wanted.reference)
            .await
        {
            Ok(direct_path) => {
                let renewed = MediaReference {
                    direct_path,
                    ..wanted.reference.clone()
                };
                let mut work = self.core.begin(wanted.account.user).await?;
                store::set_reference(&mut work, wanted.media, &renewed).await?;
                work.commit().await?;
                Ok(Some(renewed))
            }
            Err(ReuploadError::Refused(reason)) => {
                tracing::debug!(media.id = %wanted.media, "an expired file does not come again: {reason}");
                Ok(None)
            }
            Err(offline @ ReuploadError::Offline) => {
                let mut work = self.core.begin(wanted.account.user).await?;
                set_asked(&mut work, wanted.media, false).await?;
                work.commit().await?;
                Err(JobError::failed(offline))
            }
        }
    }

    /// Records that the phone is asked. False when it was asked before, or the file is no longer wanted.
    async fn record_request(&self, wanted: &Wanted) -> Result<bool, JobError> {
        let mut work = self.core.begin(wanted.account.user).await?;
        let is_wanted = store::lock(&mut work, wanted.media).await? == Some(MediaState::Remote);
        let is_first = is_wanted && !was_asked(&mut work, wanted.media).await?;
        if is_first {
            set_asked(&mut work, wanted.media, true).await?;
        }
        work.commit().await?;
        Ok(is_first)
    }
}

async fn was_asked(conn: &mut AsyncPgConnection, id: MediaId) -> QueryResult<bool> {
    media::table
        .find(id)
        .select(media::renewal_asked_at.is_not_null())
        .first(conn)
        .await
}

async fn set_asked(work: &mut Work, id: MediaId, is_asked: bool) -> QueryResult<()> {
    let asked_at = is_asked.then_some(work.now);
    diesel::update(media::table.find(id))
        .set(media::renewal_asked_at.eq(asked_at))
        .execute(&mut **work)
        .await
        .map(drop)
}
