//! Inputs of scheduled statuses.

use async_graphql::{ID, InputObject, OneofObject};
use chrono::{DateTime, Utc};

use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::features::scheduled_statuses::audience::NewAudience;
use crate::features::scheduled_statuses::change::{ContentChange, NewContent, NewStatus, StatusChange};
use crate::features::scheduled_statuses::content::StatusFont;
use crate::features::scheduled_statuses::error::Refusal;
use crate::features::scheduled_statuses::time::PublishTime;
use crate::graphql::{LocalDateTime, TimeZone};
use crate::id::{AccountId, ContactId, UploadId};
use crate::idempotency::Call;

/// Input of `scheduleStatus`.
#[derive(Debug, InputObject)]
pub struct ScheduleStatusInput {
    /// The id of the account that publishes the status.
    account_id: ID,
    /// The time of publication, from now to a year ahead.
    publish_at: PublishTimeInput,
    /// The content of the status.
    content: ScheduledStatusContentInput,
    /// The people who see the status; the whole address book when absent.
    audience: Option<StatusAudienceInput>,
    /// Key that the client makes for each status that it schedules, 1 to 64 visible ASCII characters such as a UUID. For 24
    /// hours, the same key with the same input answers with the scheduled status that it made, and makes no other; with
    /// another input it is refused (`CONFLICT`). Null: each call makes a scheduled status.
    idempotency_key: Option<String>,
}

/// Input of `updateScheduledStatus`. A field that is absent or null keeps its value.
#[derive(Debug, InputObject)]
pub struct UpdateScheduledStatusInput {
    /// The id of the scheduled status.
    scheduled_status_id: ID,
    /// The new time of publication, from now to a year ahead.
    publish_at: Option<PublishTimeInput>,
    /// The change of the content.
    content: Option<UpdateScheduledStatusContentInput>,
    /// The new audience.
    audience: Option<StatusAudienceInput>,
}

/// Input of `cancelScheduledStatus`.
#[derive(Debug, InputObject)]
pub struct CancelScheduledStatusInput {
    /// The id of the scheduled status.
    scheduled_status_id: ID,
}

/// Input of `deletePublishedStatus`.
#[derive(Debug, InputObject)]
pub struct DeletePublishedStatusInput {
    /// The id of the scheduled status that was published.
    scheduled_status_id: ID,
}

/// A time of publication, given in one of two ways.
#[derive(Debug, OneofObject)]
pub enum PublishTimeInput {
    /// An instant. It is shown by the clock of the user's time zone, or by that of a scheduled status that has one.
    Instant(DateTime<Utc>),
    /// A date and a time of day by the clock of a time zone.
    Local(LocalPublishTimeInput),
}

/// A time of publication by the clock of a time zone.
#[derive(Debug, InputObject)]
pub struct LocalPublishTimeInput {
    /// The date and time, such as `2026-12-24T18:00`; seconds may follow. A time that occurs twice, at the end of summer
    /// time, is the first of the two. A time that is skipped, at the start of summer time, is later by the skipped amount.
    at: LocalDateTime,
    /// The time zone, such as `America/Sao_Paulo`. When absent: the zone of the scheduled status that is updated, or
    /// else the user's own.
    time_zone: Option<TimeZone>,
}

/// The content of a scheduled status, given in one of two ways.
#[derive(Debug, OneofObject)]
pub enum ScheduledStatusContentInput {
    /// A text on a coloured background.
    Text(TextStatusInput),
    /// A picture or video.
    Media(MediaStatusInput),
}

/// A change of the content of a scheduled status, given in one of three ways.
#[derive(Debug, OneofObject)]
pub enum UpdateScheduledStatusContentInput {
    /// A text that replaces the former content.
    Text(TextStatusInput),
    /// A picture or video that replaces the former content.
    Media(MediaStatusInput),
    /// A new caption for the same picture or video, at most 1,024 characters; an empty one removes the caption.
    Caption(String),
}

/// A text on a coloured background.
#[derive(Debug, InputObject)]
pub struct TextStatusInput {
    /// The text, 1 to 700 characters.
    text: String,
    /// The background colour as `#RRGGBB`; WhatsApp's dark green, `#075E54`, when absent.
    background_color: Option<String>,
    /// The font; the phone's system font when absent.
    font: Option<StatusFont>,
}

/// A picture or video.
#[derive(Debug, InputObject)]
pub struct MediaStatusInput {
    /// The id of an upload of the same account that is `READY` and that no scheduled status took yet. Videos need the
    /// Premium plan.
    upload_id: ID,
    /// The caption, at most 1,024 characters; no caption when absent or blank.
    caption: Option<String>,
}

/// The people who see a status, given in one of three ways.
#[derive(Debug, OneofObject)]
pub enum StatusAudienceInput {
    /// The whole address book as it is at the time of publication. Pass true.
    All(bool),
    /// Only these contacts, 1 to 1,000 of the account, by their ids. Needs the Premium plan.
    Only(Vec<ID>),
    /// The whole address book without these contacts, at most 1,000 of the account, by their ids. Needs the Premium plan.
    Except(Vec<ID>),
}

impl ScheduleStatusInput {
    /// The call, when it has a key.
    pub(super) fn call(&self) -> Option<Call> {
        Call::with_key("scheduleStatus", self.idempotency_key.as_deref(), self)
    }

    pub(super) fn parse(self) -> NewStatus {
        NewStatus {
            account: AccountId::from_global(&self.account_id).ok(),
            publish_at: self.publish_at.parse(),
            content: self.content.parse(),
            audience: self
                .audience
                .map_or(NewAudience::All(true), StatusAudienceInput::parse),
        }
    }
}

impl UpdateScheduledStatusInput {
    /// The status, none when the id is of none; and the change.
    pub(super) fn parse(self) -> (Option<ScheduledStatusId>, StatusChange) {
        let change = StatusChange {
            publish_at: self.publish_at.map(PublishTimeInput::parse),
            content: self.content.map(UpdateScheduledStatusContentInput::parse),
            audience: self.audience.map(StatusAudienceInput::parse),
        };
        (
            ScheduledStatusId::from_global(&self.scheduled_status_id).ok(),
            change,
        )
    }
}

impl CancelScheduledStatusInput {
    pub(super) fn parse(&self) -> Result<ScheduledStatusId, Refusal> {
        status_id(&self.scheduled_status_id)
    }
}

impl DeletePublishedStatusInput {
    pub(super) fn parse(&self) -> Result<ScheduledStatusId, Refusal> {
        status_id(&self.scheduled_status_id)
    }
}

fn status_id(id: &ID) -> Result<ScheduledStatusId, Refusal> {
    ScheduledStatusId::from_global(id).map_err(|_| Refusal::UnknownStatus)
}

impl PublishTimeInput {
    fn parse(self) -> PublishTime {
        match self {
            Self::Instant(at) => PublishTime::Instant(at),
            Self::Local(local) => PublishTime::Local {
                at: local.at.0,
                time_zone: local.time_zone.map(|zone| zone.0),
            },
        }
    }
}

impl ScheduledStatusContentInput {
    fn parse(self) -> NewContent {
        match self {
            Self::Text(text) => text.parse(),
            Self::Media(media) => media.parse(),
        }
    }
}

impl UpdateScheduledStatusContentInput {
    fn parse(self) -> ContentChange {
        match self {
            Self::Text(text) => ContentChange::Replaced(text.parse()),
            Self::Media(media) => ContentChange::Replaced(media.parse()),
            Self::Caption(caption) => ContentChange::Caption(caption),
        }
    }
}

impl TextStatusInput {
    fn parse(self) -> NewContent {
        NewContent::Text {
            text: self.text,
            background: self.background_color,
            font: self.font.unwrap_or_default(),
        }
    }
}

impl MediaStatusInput {
    fn parse(self) -> NewContent {
        NewContent::Media {
            upload: UploadId::from_global(&self.upload_id).ok(),
            caption: self.caption,
        }
    }
}

impl StatusAudienceInput {
    pub(super) fn parse(self) -> NewAudience {
        match self {
            Self::All(is_all) => NewAudience::All(is_all),
            Self::Only(ids) => NewAudience::Only(contacts(&ids)),
            Self::Except(ids) => NewAudience::Except(contacts(&ids)),
        }
    }
}

fn contacts(ids: &[ID]) -> Vec<Option<ContactId>> {
    ids.iter().map(|id| ContactId::from_global(id).ok()).collect()
}
