//! Content and times of scheduled statuses in the GraphQL schema.

use async_graphql::{Context, Object, Result, SimpleObject, Union};

use crate::features::scheduled_statuses::content::{Content, StatusFont, TextContent};
use crate::features::scheduled_statuses::model::PlannedStatus;
use crate::features::scheduled_statuses::time;
use crate::features::schema::Media;
use crate::graphql::{Entity as _, LocalDateTime, TimeZone};
use crate::id::MediaId;

/// The content of a scheduled status. Clients must expect types that are added later.
#[derive(Debug, Clone, Union)]
pub enum ScheduledStatusContent {
    /// A text on a coloured background.
    TextStatus(TextStatus),
    /// A picture or video.
    MediaStatus(MediaStatus),
}

impl From<&PlannedStatus> for ScheduledStatusContent {
    fn from(status: &PlannedStatus) -> Self {
        match &status.content {
            Content::Text(text) => Self::TextStatus(text.into()),
            Content::Caption(caption) => Self::MediaStatus(MediaStatus {
                media: status.media,
                caption: caption.clone(),
            }),
        }
    }
}

/// A text on a coloured background.
#[derive(Debug, Clone, SimpleObject)]
pub struct TextStatus {
    /// The text, 1 to 700 characters.
    text: String,
    /// The background colour as `#RRGGBB`, such as `#128C7E`.
    background_color: String,
    /// The font.
    font: StatusFont,
}

impl From<&TextContent> for TextStatus {
    fn from(content: &TextContent) -> Self {
        Self {
            text: content.text().to_owned(),
            background_color: content.background.to_string(),
            font: content.font,
        }
    }
}

/// A picture or video.
#[derive(Debug, Clone)]
pub struct MediaStatus {
    media: Option<MediaId>,
    caption: Option<String>,
}

/// A picture or video.
#[Object]
impl MediaStatus {
    /// The picture or video; null after the scheduled status was cancelled, and when the file is no longer kept.
    async fn media(&self, ctx: &Context<'_>) -> Result<Option<Media>> {
        match self.media {
            Some(id) => Media::find(ctx, id).await,
            None => Ok(None),
        }
    }

    /// The caption, at most 1,024 characters; null when there is none.
    async fn caption(&self) -> Option<&str> {
        self.caption.as_deref()
    }
}

/// A time of publication by the clock of a time zone.
#[derive(Debug, Clone, SimpleObject)]
pub struct LocalPublishTime {
    /// The date and time, with seconds only when there are some.
    at: LocalDateTime,
    /// The time zone that was named with the time of publication; the user's own when none was.
    time_zone: TimeZone,
}

impl From<&PlannedStatus> for LocalPublishTime {
    fn from(status: &PlannedStatus) -> Self {
        Self {
            at: LocalDateTime(time::local(status.publish_at, &status.time_zone)),
            time_zone: TimeZone(status.time_zone.clone()),
        }
    }
}
