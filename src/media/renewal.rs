//! Files that WhatsApp no longer serves: the phone is asked, once, to upload them anew.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::handler::{Fetch, Wanted};
use super::settling::{self, Standing};
use super::store;
use crate::db::KeepPrepared as _;
use crate::db::schema::media;
use crate::event::MediaReference;
use crate::id::MediaId;
use crate::jobs::JobError;
use crate::whatsapp::media::ReuploadError;
use crate::work::Work;

/// Answer to the question for an expired file.
pub(super) enum Renewal {
    /// The phone uploaded it anew: here.
    Renewed(Box<MediaReference>),
    /// The phone was asked before, or does not have it.
    Gone,
    /// A better copy came before the answer, which is of no use any more.
    Superseded,
}

impl Fetch {
    /// Asks the phone to upload an expired file anew.
    ///
    /// The request is recorded first, so a crash meanwhile does not ask twice.
    ///
    /// # Errors
    /// [`JobError::Failed`] while the account is offline; then the phone was not asked.
    pub(super) async fn renew(&self, wanted: &Wanted) -> Result<Renewal, JobError> {
        match self.record_request(wanted).await? {
            Request::First => {}
            Request::Repeated => return Ok(Renewal::Gone),
            Request::Superseded => return Ok(Renewal::Superseded),
        }
        match self
            .fetcher
            .request_reupload(wanted.account, &wanted.reference)
            .await
        {
            Ok(direct_path) => self.record_answer(wanted, direct_path).await,
            Err(ReuploadError::Refused(reason)) => {
                tracing::debug!(media.id = %wanted.media, "an expired file does not come again: {reason}");
                Ok(Renewal::Gone)
            }
            Err(offline @ ReuploadError::Offline) => {
                self.forget_request(wanted).await?;
                Err(JobError::failed(offline))
            }
        }
    }

    /// Records that the phone is asked.
    async fn record_request(&self, wanted: &Wanted) -> Result<Request, JobError> {
        let mut work = self.core.begin(wanted.account.user).await?;
        let request = match settling::lock(&mut work, wanted).await? {
            Standing::Superseded => Request::Superseded,
            Standing::Wanted if !was_asked(&mut work, wanted.media).await? => {
                set_asked(&mut work, wanted.media, true).await?;
                Request::First
            }
            Standing::Wanted | Standing::Over => Request::Repeated,
        };
        work.commit().await?;
        Ok(request)
    }

    /// Records the place of the file that was asked for, unless a better copy took its row.
    async fn record_answer(&self, wanted: &Wanted, direct_path: String) -> Result<Renewal, JobError> {
        let renewed = MediaReference {
            direct_path,
            ..wanted.reference.clone()
        };
        let mut work = self.core.begin(wanted.account.user).await?;
        match settling::lock(&mut work, wanted).await? {
            Standing::Wanted => store::set_reference(&mut work, wanted.media, &renewed).await?,
            Standing::Superseded => {
                work.rollback().await?;
                return Ok(Renewal::Superseded);
            }
            Standing::Over => {
                work.rollback().await?;
                return Err(JobError::failed("the file was settled before the phone answered"));
            }
        }
        work.commit().await?;
        Ok(Renewal::Renewed(Box::new(renewed)))
    }

    /// Records that the phone could not be asked.
    async fn forget_request(&self, wanted: &Wanted) -> Result<(), JobError> {
        let mut work = self.core.begin(wanted.account.user).await?;
        set_asked(&mut work, wanted.media, false).await?;
        Ok(work.commit().await?)
    }
}

/// State of the request for an expired file.
enum Request {
    /// To be made now.
    First,
    /// Made before, or the file is no longer wanted.
    Repeated,
    /// Of no use: a better copy came.
    Superseded,
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
        .keep_prepared()
        .execute(&mut **work)
        .await
        .map(drop)
}
