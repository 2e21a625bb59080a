//! `PUT /uploads/{token}?type=…&size=…&expires=…&signature=…`: the file of one upload, from any client with the link.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::inspect::{Prepared, inspect};
use super::links::{Ticket, UploadLinks, UploadPass};
use super::refusal::Refusal;
use super::{MOST_BYTES, Rejection, Upload, UploadState, store};
use crate::account::AccountRef;
use crate::crypto::DataKey;
use crate::id::{MediaId, UserId};
use crate::media::discard::{self, Draft};
use crate::media::store::Stored;
use crate::media::writing::NewObject;
use crate::media::{LinkError, Objects, SpaceError, notify_full, require_space};
use crate::memory_budget::{ContentMemory, MemoryBudget, MemoryLimits};
use crate::per_key_limit::PerKeyLimit;
use crate::work::{Core, Work};

/// The memory for uploads of all users, while they arrive and are inspected. Six of the largest leave room for pictures.
const MEMORY: MemoryLimits = MemoryLimits {
    total: 128 << 20,
    per_key: MOST_BYTES as usize,
    for_small: 32 << 20,
    small: 1 << 20,
};
/// The number of files inspected at once: a picture takes up to 192 MiB while it is decoded.
const INSPECTIONS: usize = 1;
/// The time for which a file that came waits to be inspected; then its sender is asked to come again.
const INSPECTED_WITHIN: Duration = Duration::from_secs(30);
/// The time limit for a file to arrive.
pub(super) const ARRIVES_WITHIN: Duration = Duration::from_mins(5);
/// The least speed at which a file arrives, in bytes a second, after [`HEAD_START`].
pub(super) const LEAST_SPEED: u64 = 16 * 1024;
/// The time for which a file need not arrive at [`LEAST_SPEED`].
const HEAD_START: Duration = Duration::from_secs(10);

/// The route that takes uploads. It needs no sign-in, and its query must not be logged: it is the key.
pub fn upload_routes(core: Core, objects: Objects, links: UploadLinks) -> Router {
    let desk = Arc::new(Desk {
        core,
        objects,
        links,
        sending: PerKeyLimit::new(1),
        memory: MemoryBudget::new(MEMORY),
        inspections: Inspections::new(INSPECTED_WITHIN),
    });
    Router::new()
        .route("/uploads/{token}", put(receive))
        .with_state(desk)
}

#[derive(Debug)]
struct Desk {
    core: Core,
    objects: Objects,
    links: UploadLinks,
    /// Each user has one file in memory: who sends slowly and many would leave no room to others.
    sending: PerKeyLimit<UserId>,
    memory: MemoryBudget<UserId>,
    inspections: Inspections,
}

/// The turns of inspecting files, in the order of arrival. Those that wait are in `Desk::memory`, one a user.
#[derive(Debug)]
struct Inspections {
    turns: Semaphore,
    wait: Duration,
}

impl Inspections {
    fn new(wait: Duration) -> Self {
        Self {
            turns: Semaphore::new(INSPECTIONS),
            wait,
        }
    }

    /// Waits for a turn.
    async fn turn(&self) -> Result<SemaphorePermit<'_>, Refusal> {
        let turn = tokio::time::timeout(self.wait, self.turns.acquire()).await;
        turn.map_err(|_| Refusal::Busy)?.map_err(|_| Refusal::Ending)
    }
}

async fn receive(
    State(desk): State<Arc<Desk>>,
    Path(token): Path<String>,
    ticket: Result<Query<Ticket>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(Query(ticket)) = ticket else {
        return Refusal::Link(LinkError::Tampered).into_response();
    };
    match desk.accept(&token, &ticket, &headers, body).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

impl Desk {
    async fn accept(
        &self,
        token: &str,
        ticket: &Ticket,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(), Refusal> {
        let now = self.core.clock.now();
        let pass = self.links.verify(token, ticket, now).map_err(Refusal::Link)?;
        self.require_pending(&pass).await?;
        let _slot = self.sending.acquire(pass.user).ok_or(Refusal::Busy)?;
        let mut memory = self.memory.content(pass.user);
        let content = collect(headers, body, pass.size_bytes, &mut memory).await?;
        match self.inspect(&pass, content).await? {
            Ok(prepared) => self.store(&pass, &prepared).await,
            Err(rejection) => self.reject(&pass, rejection).await,
        }
    }

    async fn require_pending(&self, pass: &UploadPass) -> Result<(), Refusal> {
        let mut work = self.begin(pass).await?;
        let upload = store::find_upload(&mut work, pass.upload).await?;
        work.rollback().await?;
        pending(upload).map(drop)
    }

    async fn inspect(
        &self,
        pass: &UploadPass,
        content: Bytes,
    ) -> Result<Result<Prepared, Rejection>, Refusal> {
        let _turn = self.inspections.turn().await?;
        let announced = pass.announced;
        match tokio::task::spawn_blocking(move || inspect(announced, &content)).await {
            Ok(inspected) => Ok(inspected),
            // A decoder that panics does so because of the file.
            Err(error) if error.is_panic() => Ok(Err(Rejection::Damaged)),
            Err(_) => Err(Refusal::Ending),
        }
    }

    /// Writes the content, then the rows that make it count. What is written and not named is discarded later.
    async fn store(&self, pass: &UploadPass, prepared: &Prepared) -> Result<(), Refusal> {
        let mut work = self.begin(pass).await?;
        let upload = pending(store::lock(&mut work, pass.upload).await?)?;
        let media: MediaId = work.ids.next();
        let account = AccountRef {
            id: upload.account,
            user: pass.user,
        };
        let object = discard::draft(&mut work, account, media).await?;
        let key = Arc::clone(&work.key);
        work.commit().await?;
        let stored = self.write(&key, media, object, prepared).await?;
        self.settle(pass, media, prepared, &stored).await
    }

    async fn write(
        &self,
        key: &Arc<DataKey>,
        media: MediaId,
        object: Draft,
        prepared: &Prepared,
    ) -> Result<Stored, Refusal> {
        let new = NewObject {
            media,
            name: &object.object_key,
            storage: self.objects.storage(),
            mime_type: prepared.mime_type,
        };
        let written = self.objects.write(key, new, &prepared.content).await;
        let (storage, written) = (new.storage, written.map_err(Refusal::Objects)?);
        Ok(Stored {
            object,
            storage,
            written,
            thumbnail: prepared.thumbnail.clone(),
            dimensions: Some((prepared.width, prepared.height)),
        })
    }

    async fn settle(
        &self,
        pass: &UploadPass,
        media: MediaId,
        prepared: &Prepared,
        stored: &Stored,
    ) -> Result<(), Refusal> {
        let mut work = self.begin(pass).await?;
        let settled = match pending(store::lock(&mut work, pass.upload).await?) {
            Err(refusal) => Err(refusal),
            Ok(_) if stored.object.is_late(work.now) => Err(Refusal::Late),
            Ok(upload) => match require_space(&mut work, stored.written.stored_bytes).await {
                Ok(()) => {
                    store::settle(&mut work, &upload, media, prepared, stored).await?;
                    Ok(())
                }
                Err(SpaceError::Full(full)) => {
                    notify_full(&mut work, full).await?;
                    Err(Refusal::Full(full))
                }
                Err(SpaceError::Query(error)) => return Err(error.into()),
            },
        };
        if settled.is_err() {
            let now = work.now;
            discard::discard_unless_live(&mut work, media, &stored.object.object_key, now).await?;
        }
        work.commit().await?;
        settled
    }

    async fn reject(&self, pass: &UploadPass, why: Rejection) -> Result<(), Refusal> {
        let mut work = self.begin(pass).await?;
        let upload = pending(store::lock(&mut work, pass.upload).await?)?;
        store::reject(&mut work, &upload, &why).await?;
        work.commit().await?;
        Err(Refusal::Rejected(why))
    }

    /// A unit of work of the link's user, who may be gone.
    async fn begin(&self, pass: &UploadPass) -> Result<Work, Refusal> {
        self.core.begin(pass.user).await.map_err(|error| {
            if crate::media::routes::is_no_user(&error) {
                Refusal::Unknown
            } else {
                Refusal::Work(error)
            }
        })
    }
}

fn pending(upload: Option<Upload>) -> Result<Upload, Refusal> {
    let upload = upload.ok_or(Refusal::Unknown)?;
    match upload.state {
        UploadState::Pending => Ok(upload),
        UploadState::Ready | UploadState::Rejected => Err(Refusal::Settled),
    }
}

/// The whole body, if it is no longer than `most` and fast enough, each piece counted in `memory` as it comes.
async fn collect(
    headers: &HeaderMap,
    body: Body,
    most: u32,
    memory: &mut ContentMemory<UserId>,
) -> Result<Bytes, Refusal> {
    let most_bytes = most as usize;
    let declared = headers.get(header::CONTENT_LENGTH);
    let declared: Option<usize> = declared.and_then(|length| length.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length| length > most_bytes) {
        return Err(Refusal::TooLarge(most));
    }
    let began = Instant::now();
    let mut content = BytesMut::new();
    let mut pieces = body.into_data_stream();
    loop {
        let next_by = began + time_for(content.len());
        let next = tokio::time::timeout_at(next_by, pieces.next()).await;
        let Some(piece) = next.map_err(|_| Refusal::TooSlow)? else {
            return Ok(content.freeze());
        };
        let piece = piece.map_err(|_| Refusal::Interrupted)?;
        if content.len() + piece.len() > most_bytes {
            return Err(Refusal::TooLarge(most));
        }
        memory.grow(piece.len()).map_err(|_| Refusal::Busy)?;
        content.extend_from_slice(&piece);
    }
}

/// The time, from the beginning, in which more than `bytes` of a file must have come.
fn time_for(bytes: usize) -> Duration {
    let at_least_speed = Duration::from_millis(bytes as u64 * 1_000 / LEAST_SPEED);
    (HEAD_START + at_least_speed).min(ARRIVES_WITHIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_head_start_and_then_as_long_as_its_least_speed_takes() {
        assert_eq!(time_for(0), Duration::from_secs(10));
        assert_eq!(time_for(160 * 1024), Duration::from_secs(20));
        assert_eq!(time_for(MOST_BYTES as usize), ARRIVES_WITHIN);
    }

    #[tokio::test]
    async fn a_file_that_waits_too_long_for_its_inspection_is_to_be_sent_again() {
        let inspections = Inspections::new(Duration::from_millis(1));
        let running = inspections.turn().await.unwrap();

        let refused = inspections.turn().await.unwrap_err();
        drop(running);

        assert!(matches!(refused, Refusal::Busy));
        assert!(inspections.turn().await.is_ok());
    }
}
