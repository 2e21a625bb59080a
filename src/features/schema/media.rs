use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use data_encoding::BASE64;

use crate::event::MediaKind;
use crate::graphql::{ByteCount, Entity, Link, ReadError, Reader, find};
use crate::id::MediaId;
use crate::media::{self, Links, MediaRow, MediaState, Part, StateReason};
use crate::work::Core;

/// A picture, video, sound, sticker or document.
#[derive(Debug, Clone)]
pub struct Media {
    row: MediaRow,
    /// The time from which its links are good.
    signed_at: DateTime<Utc>,
}

/// A picture, video, sound, sticker or document.
#[Object]
impl Media {
    /// Globally unique, stable id. Pass it to `node(id:)`, for example after `urlExpiresAt` to get new links; do not parse
    /// it.
    pub async fn id(&self) -> ID {
        ID(self.row.id.to_global())
    }

    /// Kind of the file.
    async fn kind(&self) -> MediaKind {
        self.row.kind
    }

    /// Media type as the sender declared it, such as `image/jpeg`. The server does not check it: do not rely on it.
    async fn mime_type(&self) -> &str {
        &self.row.mime_type
    }

    /// Size of the file.
    async fn size_bytes(&self) -> ByteCount {
        ByteCount(self.row.size_bytes)
    }

    /// Width in pixels; null when unknown.
    async fn width(&self) -> Option<i32> {
        self.row.width
    }

    /// Height in pixels; null when unknown.
    async fn height(&self) -> Option<i32> {
        self.row.height
    }

    /// Duration of a video or sound in seconds; null when unknown, and for other kinds.
    async fn duration_seconds(&self) -> Option<f64> {
        self.row.duration_seconds
    }

    /// URL of a small JPEG that shows the file. Every client that has the URL can read it until `urlExpiresAt`; no login
    /// is needed. Null when there is no thumbnail.
    async fn thumbnail_url(&self, ctx: &Context<'_>) -> Option<Link> {
        let links = ctx.data_unchecked::<Links>();
        let sign = || links.sign(self.row.user_id, self.row.id, Part::Thumbnail, self.signed_at);
        self.row.has_thumbnail.then(|| sign().url.into())
    }

    /// The same small JPEG as a data URI, for an `<img src>` without a further request; null when there is no thumbnail.
    async fn thumbnail_data_uri(&self, ctx: &Context<'_>) -> Result<Option<String>> {
        if !self.row.has_thumbnail {
            return Ok(None);
        }
        let jpeg = find(ctx, ThumbnailOf(self.row.id)).await?;
        Ok(jpeg.map(|jpeg| format!("data:image/jpeg;base64,{}", BASE64.encode(&jpeg))))
    }

    /// State of the content.
    async fn state(&self) -> MediaState {
        self.row.state
    }

    /// Reason for which the content is not stored; null unless `EXPIRED` or `FAILED`.
    async fn state_reason(&self) -> Option<StateReason> {
        self.row.state_reason
    }

    /// Explanation of `stateReason` in English; null unless `EXPIRED` or `FAILED`.
    async fn state_message(&self) -> Option<&str> {
        self.row.state_message.as_deref()
    }

    /// URL of the content; takes range requests. Every client that has the URL can read it until `urlExpiresAt`; no login
    /// is needed. Null unless `STORED`.
    async fn url(&self, ctx: &Context<'_>) -> Option<Link> {
        self.row.object_key.as_ref()?;
        let links = ctx.data_unchecked::<Links>();
        Some(links.sign_content(&self.row, self.signed_at).await.url.into())
    }

    /// Time at which `url` and `thumbnailUrl` stop working. Query the media again, by `node(id:)`, for new ones. Null when
    /// there is neither.
    async fn url_expires_at(&self, ctx: &Context<'_>) -> Option<DateTime<Utc>> {
        let has_link = self.row.object_key.is_some() || self.row.has_thumbnail;
        has_link.then(|| ctx.data_unchecked::<Links>().expires_at(self.signed_at))
    }
}

impl Entity for Media {
    type Id = MediaId;
    type Row = MediaRow;
    const NAME: &'static str = "media";

    fn of(ctx: &Context<'_>, row: MediaRow) -> Self {
        let signed_at = ctx.data_unchecked::<Core>().clock.now();
        Self { row, signed_at }
    }
}

/// Key of the thumbnail of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ThumbnailOf(pub MediaId);

impl Loader<MediaId> for Reader {
    type Value = MediaRow;
    type Error = ReadError;

    async fn load(&self, keys: &[MediaId]) -> Result<HashMap<MediaId, MediaRow>, ReadError> {
        self.read(async |work| {
            let found = media::load(work, keys).await?;
            Ok(found.into_iter().map(|item| (item.id, item)).collect())
        })
        .await
    }
}

impl Loader<ThumbnailOf> for Reader {
    type Value = Vec<u8>;
    type Error = ReadError;

    async fn load(&self, keys: &[ThumbnailOf]) -> Result<HashMap<ThumbnailOf, Vec<u8>>, ReadError> {
        self.read(async |work| {
            let ids: Vec<MediaId> = keys.iter().map(|key| key.0).collect();
            let found = media::load_thumbnails(work, &ids).await?;
            Ok(found
                .into_iter()
                .map(|(id, jpeg)| (ThumbnailOf(id), jpeg))
                .collect())
        })
        .await
    }
}
