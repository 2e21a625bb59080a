//! Files for the rest of the server: from the media hosts, or from the phone through its session, on whatever node that
//! runs.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tracing::{Instrument as _, warn};
use uuid::Uuid;

use super::keeper::asked_span;
use super::sessions::Supervisor;
use crate::account::AccountRef;
use crate::event::MediaReference;
use crate::telemetry::{self, Origin};
use crate::whatsapp::lease::{self, OpenQuestion};
use crate::whatsapp::media::{DownloadError, MediaFetcher, ReuploadError};
use crate::whatsapp::media_reupload;
use crate::work::WorkError;

/// Longest wait for the answer of another node, which asks a phone for it.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(90);
/// Interval at which the answer is looked for.
const LOOK_INTERVAL: Duration = Duration::from_millis(250);

/// Answer of the node that runs the session.
#[derive(Debug, Serialize, Deserialize)]
enum Answer {
    Uploaded { path: String },
    Offline,
    Refused { reason: String },
}

impl From<Result<String, ReuploadError>> for Answer {
    fn from(result: Result<String, ReuploadError>) -> Self {
        match result {
            Ok(path) => Self::Uploaded { path },
            Err(ReuploadError::Offline) => Self::Offline,
            Err(ReuploadError::Refused(reason)) => Self::Refused { reason },
        }
    }
}

impl From<Answer> for Result<String, ReuploadError> {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Uploaded { path } => Ok(path),
            Answer::Offline => Err(ReuploadError::Offline),
            Answer::Refused { reason } => Err(ReuploadError::Refused(reason)),
        }
    }
}

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
        if self.live_lease(account.id).is_some() {
            return self.request_here(account, media).await;
        }
        match self.ask_elsewhere(account, media).await {
            Ok(answer) => answer,
            Err(error) => {
                let chain = telemetry::chain(&error);
                warn!(account.id = %account.id, "the server that runs account {} could not be asked for a file: {chain}", account.id);
                Err(ReuploadError::Offline)
            }
        }
    }
}

impl Supervisor {
    /// Asks the phone through the session that runs here.
    async fn request_here(
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

    /// Asks the node that runs the session, and waits for its answer.
    async fn ask_elsewhere(
        &self,
        account: AccountRef,
        media: &MediaReference,
    ) -> Result<Result<String, ReuploadError>, WorkError> {
        let core = &self.inner.settings.core;
        let question = serde_json::to_vec(media).map_err(WorkError::unreadable)?;
        let mut work = core.begin(account.user).await?;
        if !lease::is_run(&mut work, account.id).await? {
            work.rollback().await?;
            return Ok(Err(ReuploadError::Refused(
                "the account is not linked".to_owned(),
            )));
        }
        let id = lease::put(&mut work, account, &question, &Origin::current()).await?;
        work.commit().await?;
        core.db.wake_others();
        let answer = self.wait_for_answer(account, id).await;
        let mut work = core.begin(account.user).await?;
        lease::remove(&mut work, id).await?;
        work.commit().await?;
        Ok(answer?.into())
    }

    async fn wait_for_answer(&self, account: AccountRef, id: Uuid) -> Result<Answer, WorkError> {
        let deadline = Instant::now() + ANSWER_TIMEOUT;
        while Instant::now() < deadline {
            tokio::time::sleep(LOOK_INTERVAL).await;
            let mut work = self.inner.settings.core.begin(account.user).await?;
            let found = lease::find_answer(&mut work, id).await?;
            let is_run = lease::is_run(&mut work, account.id).await?;
            work.rollback().await?;
            if let Some(answer) = found {
                return serde_json::from_slice(&answer).map_err(WorkError::unreadable);
            }
            if !is_run {
                return Ok(Answer::Offline);
            }
        }
        Ok(Answer::Offline)
    }

    /// Answers a question of another node, and logs a failure: its asker gives up by itself.
    pub(super) async fn answer(&self, question: OpenQuestion) {
        if let Err(error) = self.try_to_answer(question).await {
            let account = question.account().id;
            let chain = telemetry::chain(&error);
            warn!(account.id = %account, "another server's request to the phone of account {account} was not answered: {chain}");
        }
    }

    async fn try_to_answer(&self, question: OpenQuestion) -> Result<(), WorkError> {
        let (core, account) = (&self.inner.settings.core, question.account());
        let mut work = core.begin(account.user).await?;
        let asked = lease::take(&mut work, question.id).await?;
        work.commit().await?;
        let Some((asked, origin)) = asked else {
            return Ok(());
        };
        let media: MediaReference = serde_json::from_slice(&asked).map_err(WorkError::unreadable)?;
        let asking = self.request_here(account, &media);
        let answer = Answer::from(asking.instrument(asked_span(account.id, &origin)).await);
        let answer = serde_json::to_vec(&answer).map_err(WorkError::unreadable)?;
        let mut work = core.begin(account.user).await?;
        lease::answer(&mut work, question.id, &answer).await?;
        work.commit().await
    }
}
