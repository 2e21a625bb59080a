//! Files for the rest of the server: from the media hosts, or from the phone through its session.

use async_trait::async_trait;
use bytes::Bytes;

use super::sessions::Supervisor;
use crate::account::AccountRef;
use crate::event::MediaReference;
use crate::whatsapp::media::{DownloadError, MediaFetcher, ReuploadError};
use crate::whatsapp::media_reupload;

#[async_trait]
impl MediaFetcher for Supervisor {
    async fn download(&self, account: AccountRef, media: &MediaReference) -> Result<Bytes, DownloadError> {
        self.downloads().fetch(account, media).await
    }

    async fn request_reupload(
        &self,
        account: AccountRef,
        media: &MediaReference,
    ) -> Result<String, ReuploadError> {
        let online = match &*self.slot(account.id).lock().await {
            Some(running) if !running.ended.is_cancelled() => running.online.borrow().clone(),
            Some(_) | None => {
                return Err(ReuploadError::Refused("the account is not linked".to_owned()));
            }
        };
        let online = online.ok_or(ReuploadError::Offline)?;
        media_reupload::request(&online.client, media).await
    }
}
