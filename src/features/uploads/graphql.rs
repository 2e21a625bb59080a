//! Uploads in the GraphQL schema.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use url::Url;

use super::error::{Refusal, UploadsError};
use super::service::UploadsService;
use crate::account::AccountRef;
use crate::features::schema::{Account, Media};
use crate::graphql::{Entity, Link, ReadError, Reader, UserError, internal, rate_limited, viewer};
use crate::id::{AccountId, UploadId};
use crate::media::uploads::{self, LINK_GOOD_FOR, UNUSED_KEPT_FOR, UploadLinks, UploadPass, UploadState};
use crate::work::Core;

/// A file that the viewer sends to this server: announced by `createUpload`, then sent to `url`.
#[derive(Debug, Clone)]
pub struct Upload(pub uploads::Upload);

/// A file that the viewer sends to this server: announced by `createUpload`, then sent to `url`.
#[Object]
impl Upload {
    /// Opaque global id.
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

    /// The reason for which the file cannot be used, with the correction, in English; null unless `REJECTED`.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// The URL to send the file's bytes to, with `method` and `headers`. It works once and needs no login: everyone
    /// who has it can send the file. The response is 204 when the file can be used, and otherwise explains the
    /// problem in plain text. Null unless `PENDING`, and after it has expired.
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

    /// The maximum size of the file in bytes, as announced.
    async fn max_bytes(&self) -> i32 {
        i32::try_from(self.0.size_bytes).unwrap_or(i32::MAX)
    }

    /// The file as stored; null unless `READY`. A picture is stored as an upright JPEG without the camera's metadata.
    /// A video has no thumbnail.
    async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        match self.0.media {
            Some(id) => Media::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The time at which the upload was announced.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// The time at which a scheduled status used the upload, which can happen once. Null while it is unused.
    async fn used_at(&self) -> Option<DateTime<Utc>> {
        self.0.used_at
    }

    /// The time at which the upload is removed unless it is used before; null once it is used.
    async fn removed_at(&self) -> Option<DateTime<Utc>> {
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

/// A header of an HTTP request.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct UploadHeader {
    /// The name of the header.
    name: &'static str,
    /// The value of the header.
    value: &'static str,
}

/// The file that is about to be sent.
#[derive(Debug, InputObject)]
pub struct CreateUploadInput {
    /// The account that will show the file.
    account_id: ID,
    /// The media type: `image/jpeg`, `image/png`, `image/webp`, or with Premium `video/mp4` (H.264 video, AAC audio,
    /// at most 60 s).
    mime_type: String,
    /// The size of the file, 1 to 16777216 bytes (16 MiB).
    size_bytes: i32,
}

/// Result of announcing an upload.
#[derive(SimpleObject)]
pub struct UploadPayload {
    /// The upload; null when there are errors.
    upload: Option<Upload>,
    /// The errors of the input; empty on success.
    errors: Vec<UserError>,
}

/// The mutations of uploads.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mutation;

#[Object(name = "UploadsMutation")]
impl Mutation {
    /// Announces a file and returns the URL to send it to. At most 30 times an hour (`RATE_LIMITED`).
    async fn create_upload(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The file.")] input: CreateUploadInput,
    ) -> Result<UploadPayload> {
        let user = viewer(ctx)?.user;
        let service = ctx.data_unchecked::<UploadsService>();
        let created = match AccountId::from_global(&input.account_id) {
            Ok(id) => {
                let account = AccountRef { id, user };
                service.create(account, &input.mime_type, input.size_bytes).await
            }
            Err(_) => Err(Refusal::UnknownAccount.into()),
        };
        match created {
            Ok(upload) => Ok(UploadPayload {
                upload: Some(Upload(upload)),
                errors: Vec::new(),
            }),
            Err(error) => Ok(UploadPayload {
                upload: None,
                errors: vec![refused(ctx, error)?],
            }),
        }
    }
}

/// Maps an error to a user error of the payload; an error that the client cannot correct fails the mutation.
fn refused(ctx: &Context<'_>, error: UploadsError) -> Result<UserError> {
    let refusal = match error {
        UploadsError::Refused(refusal) => refusal,
        UploadsError::TooOften(retry_after) => return Err(rate_limited(retry_after)),
        UploadsError::Work(_) => return Err(internal(ctx, error)),
    };
    let message = refusal.to_string();
    Ok(match refusal {
        Refusal::UnknownAccount => UserError::unknown(&["accountId"], "account"),
        Refusal::Type(_) => UserError::invalid(&["mimeType"], message),
        Refusal::Size(_) => UserError::invalid(&["sizeBytes"], message),
        Refusal::NoVideos => UserError::premium(&["mimeType"], "a video"),
        Refusal::Full(usage) => {
            let mebibytes = |bytes: i64| i32::try_from(bytes / 1_048_576).unwrap_or(i32::MAX);
            let (limit, used) = (mebibytes(usage.limit_bytes), mebibytes(usage.used_bytes));
            UserError::limit(&["sizeBytes"], "MiB of media", limit, used, None)
        }
    })
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
