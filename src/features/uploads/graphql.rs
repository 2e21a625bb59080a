//! Uploads in the GraphQL schema.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use url::Url;

use super::error::{Refusal, UPLOADS_PER_HOUR, UploadsError};
use super::service::{NewUpload, UploadsService};
use crate::features::schema::{Account, Media, ScheduledStatus, scheduled_status_of};
use crate::graphql::{ByteCount, Entity, Link, ReadError, Reader, UserError, internal, viewer};
use crate::id::{AccountId, UploadId};
use crate::idempotency::Call;
use crate::media::uploads::{
    self, LINK_GOOD_FOR, RejectionReason, UNUSED_KEPT_FOR, UploadLinks, UploadPass, UploadState,
};
use crate::work::Core;

/// A file that the viewer sends to this server: announced by `createUpload`, then sent to `url`.
#[derive(Debug, Clone)]
pub struct Upload(pub uploads::Upload);

/// A file that the viewer sends to this server: announced by `createUpload`, then sent to `url`.
#[Object]
impl Upload {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_global())
    }

    /// The account that will show the file.
    async fn account(&self, ctx: &Context<'_>) -> Result<Account> {
        Account::load(ctx, self.0.account).await
    }

    /// The state of the upload.
    async fn state(&self) -> UploadState {
        self.0.state
    }

    /// The reason for which the file cannot be used; null unless `REJECTED`.
    async fn rejection_reason(&self) -> Option<RejectionReason> {
        self.0.rejection_reason
    }

    /// The explanation of `rejectionReason` in English, with the correction; null unless `REJECTED`.
    async fn rejection_message(&self) -> Option<&str> {
        self.0.rejection_message.as_deref()
    }

    /// The URL to send the file's bytes to, with `method` and `headers`. The URL works once and needs no login: everyone
    /// who has the URL can send the file. The response is 204 when the file can be used, and otherwise explains the
    /// problem in plain text. Null unless `PENDING`, and after `expiresAt`.
    async fn url(&self, ctx: &Context<'_>) -> Result<Option<Link>> {
        if self.0.state != UploadState::Pending {
            return Ok(None);
        }
        let (url, expires_at) = self.link(ctx)?;
        let now = ctx.data_unchecked::<Core>().clock.now();
        Ok((now < expires_at).then(|| url.into()))
    }

    /// The HTTP method: `PUT`.
    async fn method(&self) -> &str {
        "PUT"
    }

    /// The HTTP headers to send with the request.
    async fn headers(&self) -> Vec<UploadHeader> {
        vec![UploadHeader {
            name: "Content-Type",
            value: self.0.announced.as_str(),
        }]
    }

    /// The time at which `url` stops working: an hour after the upload was announced.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.created_at + LINK_GOOD_FOR
    }

    /// The maximum size of the file, as announced.
    async fn max_bytes(&self) -> ByteCount {
        ByteCount(self.0.size_bytes.into())
    }

    /// The file as stored; null unless `READY`. A picture is stored as an upright JPEG without the camera's metadata.
    /// A video has no thumbnail.
    async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        match self.0.media {
            Some(id) => Media::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The scheduled status that took the upload and shows its file; null when none did, and when the file is no longer
    /// kept.
    async fn scheduled_status(&self, ctx: &Context<'_>) -> Result<Option<ScheduledStatus>> {
        match self.0.media {
            Some(media) => scheduled_status_of(ctx, media).await,
            None => Ok(None),
        }
    }

    /// The time at which the upload was announced.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The time at which a scheduled status took the upload, which can happen once; null until then.
    async fn used_at(&self) -> Option<DateTime<Utc>> {
        self.0.used_at
    }

    /// The time at which the upload is removed unless a scheduled status takes it before; null once one took it.
    async fn removes_at(&self) -> Option<DateTime<Utc>> {
        let is_free = self.0.used_at.is_none();
        is_free.then(|| self.0.created_at + UNUSED_KEPT_FOR)
    }
}

impl Entity for Upload {
    type Id = UploadId;
    type Row = uploads::Upload;
    const NAME: &'static str = "upload";

    fn of(_: &Context<'_>, row: uploads::Upload) -> Self {
        Self(row)
    }
}

impl Upload {
    fn link(&self, ctx: &Context<'_>) -> Result<(Url, DateTime<Utc>)> {
        let pass = UploadPass {
            user: viewer(ctx)?.user,
            upload: self.0.id,
            announced: self.0.announced,
            size_bytes: self.0.size_bytes,
        };
        let links = ctx.data_unchecked::<UploadLinks>();
        Ok(links.sign(&pass, self.0.created_at))
    }
}

/// Header of an HTTP request.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct UploadHeader {
    /// The name of the header.
    name: &'static str,
    /// The value of the header.
    value: &'static str,
}

/// Input of `createUpload`.
#[derive(Debug, InputObject)]
pub struct CreateUploadInput {
    /// The id of the account that will show the file.
    account_id: ID,
    /// The media type: `image/jpeg`, `image/png`, `image/webp`, or with Premium `video/mp4` (H.264 video, AAC audio,
    /// at most 60 s).
    mime_type: String,
    /// The size of the file: 1 to 16,777,216 bytes (16 MiB).
    size_bytes: ByteCount,
    /// Key that the client makes for each file that it announces, 1 to 64 visible ASCII characters such as a UUID. For 24
    /// hours, the same key with the same input answers with the upload that it made, and makes no other; with another
    /// input it is refused (`CONFLICT`). Null: each call makes an upload.
    idempotency_key: Option<String>,
}

/// Payload of `createUpload`.
#[derive(SimpleObject)]
pub struct CreateUploadPayload {
    /// The upload; null when there are errors.
    upload: Option<Upload>,
    /// All that is wrong with the input; empty on success.
    errors: Vec<UserError>,
}

/// The mutations of uploads.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "UploadsMutation")]
impl Mutation {
    /// Announces a file and returns the URL to send it to. At most 30 times an hour (`LimitExceeded`).
    async fn create_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file that is about to be sent.")] input: CreateUploadInput,
    ) -> Result<CreateUploadPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<UploadsService>();
        let call = Call::with_key("createUpload", input.idempotency_key.as_deref(), &input);
        let new = NewUpload {
            account: AccountId::from_global(&input.account_id).ok(),
            mime_type: input.mime_type,
            size_bytes: input.size_bytes.0,
        };
        match service.create(user, new, call.as_ref()).await {
            Ok(upload) => Ok(CreateUploadPayload {
                upload: Some(Upload(upload)),
                errors: Vec::new(),
            }),
            Err(UploadsError::Refused(refusals)) => Ok(CreateUploadPayload {
                upload: None,
                errors: refusals.iter().map(user_error).collect(),
            }),
            Err(error @ UploadsError::Work(_)) => Err(internal(ctx, error)),
        }
    }
}

fn user_error(refusal: &Refusal) -> UserError {
    let message = refusal.to_string();
    match refusal {
        Refusal::Key(refusal) => refusal.user_error(),
        Refusal::UnknownAccount => UserError::unknown(&["accountId"], "account"),
        Refusal::Type(_) => UserError::invalid(&["mimeType"], message),
        Refusal::Size(_) => UserError::invalid(&["sizeBytes"], message),
        Refusal::NoVideos => UserError::premium(&["mimeType"], "a video"),
        Refusal::Full(usage) => UserError::storage(&["sizeBytes"], usage.limit_bytes, usage.used_bytes),
        Refusal::TooOften { resets_at } => {
            let limit = i32::try_from(UPLOADS_PER_HOUR).unwrap_or(i32::MAX);
            UserError::limit(&[], "uploads in an hour", limit, limit, Some(*resets_at))
        }
    }
}

impl Loader<UploadId> for Reader {
    type Value = uploads::Upload;
    type Error = ReadError;

    async fn load(&self, keys: &[UploadId]) -> Result<HashMap<UploadId, uploads::Upload>, ReadError> {
        self.read(async |work| {
            let found = uploads::load_uploads(work, keys).await?;
            Ok(found.into_iter().map(|item| (item.id, item)).collect())
        })
        .await
    }
}
