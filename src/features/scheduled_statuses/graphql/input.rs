//! Inputs of scheduled statuses.

use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};

use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::features::scheduled_statuses::audience::Audience;
use crate::features::scheduled_statuses::change::{NewContent, NewStatus, StatusChange};
use crate::features::scheduled_statuses::content::{Colour, StatusFont, TextContent};
use crate::features::scheduled_statuses::error::Refusal;
use crate::features::scheduled_statuses::time::PublishTime;
use crate::features::schema::ContactScope;
use crate::id::{AccountId, ContactId, UploadId};

/// A status to publish later.
#[derive(Debug, InputObject)]
pub struct ScheduleStatusInput {
    /// The account that publishes the status.
    account_id: ID,
    /// The time to publish at, as an instant: from now to a year ahead. Pass either this or `publishAtLocal`.
    publish_at: Option<DateTime<Utc>>,
    /// The time to publish at, by the clock of `timeZone`, such as `2026-12-24T18:00`. A time that occurs twice at
    /// the end of summer time means the first of the two; a time that is skipped at the start of summer time is later
    /// by the skipped amount.
    publish_at_local: Option<String>,
    /// The time zone as an IANA name, such as `America/Sao_Paulo`; the user's own zone when absent.
    time_zone: Option<String>,
    /// The text to show. Pass either this or `media`.
    text: Option<TextStatusInput>,
    /// The picture or video to show. Pass either this or `text`.
    media: Option<MediaStatusInput>,
    /// The people who see the status; the whole address book when absent.
    audience: Option<AudienceInput>,
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

/// A picture or video to show.
#[derive(Debug, InputObject)]
pub struct MediaStatusInput {
    /// The file: an upload of this account that is `READY` and not used yet.
    upload_id: ID,
    /// The caption, at most 1,024 characters.
    caption: Option<String>,
}

/// The people who see a status.
#[derive(Debug, InputObject)]
pub struct AudienceInput {
    /// The whole address book, only the listed contacts, or all but the listed contacts. `ONLY` and `EXCEPT` need
    /// Premium.
    #[graphql(default_with = "ContactScope::All")]
    scope: ContactScope,
    /// The contacts that `ONLY` and `EXCEPT` refer to, at most 1,000 contacts of the account.
    contact_ids: Option<Vec<ID>>,
    /// The account of a preview; may be absent when the user has one account. Ignored for a status, which has an
    /// account of its own.
    account_id: Option<ID>,
}

/// Change of a status that waits for its time. A field that is absent keeps its value.
#[derive(Debug, InputObject)]
pub struct UpdateScheduledStatusInput {
    /// The scheduled status.
    scheduled_status_id: ID,
    /// The new time to publish at, as an instant.
    publish_at: Option<DateTime<Utc>>,
    /// The new time to publish at, by the clock of the time zone; as for `scheduleStatus`.
    publish_at_local: Option<String>,
    /// The new time zone, as an IANA name. Given alone, it changes how the time is shown and not the time itself.
    time_zone: Option<String>,
    /// The text that replaces the former content.
    text: Option<TextStatusInput>,
    /// The picture or video that replaces the former content.
    media: Option<MediaStatusInput>,
    /// The new caption of the picture or video; null removes it.
    caption: MaybeUndefined<String>,
    /// The new audience.
    audience: Option<AudienceInput>,
}

/// A reference to a scheduled status.
#[derive(Debug, InputObject)]
pub struct ScheduledStatusIdInput {
    /// The scheduled status.
    scheduled_status_id: ID,
}

impl ScheduleStatusInput {
    pub(super) fn parse(self) -> Result<(AccountId, NewStatus), Refusal> {
        let account = AccountId::from_global(&self.account_id).map_err(|_| Refusal::UnknownAccount)?;
        let audience = self
            .audience
            .map(|audience| audience.parse().map(|(_, audience)| audience));
        let plan = NewStatus {
            when: PublishTime::one_of(self.publish_at, self.publish_at_local).ok_or(Refusal::NotOneTime)?,
            time_zone: self.time_zone,
            content: content(self.text, self.media)?.ok_or(Refusal::NotOneContent)?,
            audience: audience.transpose()?.unwrap_or_else(Audience::all),
        };
        Ok((account, plan))
    }
}

impl UpdateScheduledStatusInput {
    pub(super) fn parse(self) -> Result<(ScheduledStatusId, StatusChange), Refusal> {
        let id = status_id(&self.scheduled_status_id)?;
        let audience = self
            .audience
            .map(|audience| audience.parse().map(|(_, audience)| audience));
        let when = match (self.publish_at, self.publish_at_local) {
            (None, None) => None,
            (at, local) => Some(PublishTime::one_of(at, local).ok_or(Refusal::NotOneTime)?),
        };
        let change = StatusChange {
            when,
            time_zone: self.time_zone,
            content: content(self.text, self.media)?,
            caption: match self.caption {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(caption) => Some(Some(caption)),
            },
            audience: audience.transpose()?,
        };
        Ok((id, change))
    }
}

impl ScheduledStatusIdInput {
    pub(super) fn parse(&self) -> Result<ScheduledStatusId, Refusal> {
        status_id(&self.scheduled_status_id)
    }
}

impl AudienceInput {
    pub(super) fn parse(self) -> Result<(Option<AccountId>, Audience), Refusal> {
        let account = self
            .account_id
            .map(|id| AccountId::from_global(&id))
            .transpose()
            .map_err(|_| Refusal::UnknownAccount)?;
        let contacts: Result<Vec<ContactId>, _> = self
            .contact_ids
            .unwrap_or_default()
            .iter()
            .map(|id| ContactId::from_global(id))
            .collect();
        let contacts = contacts.map_err(|_| Refusal::UnknownContact)?;
        Ok((account, Audience::new(self.scope, contacts)))
    }
}

fn status_id(id: &ID) -> Result<ScheduledStatusId, Refusal> {
    ScheduledStatusId::from_global(id).map_err(|_| Refusal::UnknownStatus)
}

/// Parses the content; none when neither is given. Refuses both.
fn content(
    text: Option<TextStatusInput>,
    media: Option<MediaStatusInput>,
) -> Result<Option<NewContent>, Refusal> {
    match (text, media) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Refusal::NotOneContent),
        (Some(text), None) => {
            let ground = text.background_color.as_deref().map(Colour::parse).transpose()?;
            let font = text.font.unwrap_or_default();
            let words = TextContent::new(text.text, ground.unwrap_or(Colour::DEFAULT_BACKGROUND), font)?;
            Ok(Some(NewContent::Text(words)))
        }
        (None, Some(media)) => {
            let upload = UploadId::from_global(&media.upload_id).map_err(|_| Refusal::UnknownUpload)?;
            Ok(Some(NewContent::Media(upload, media.caption)))
        }
    }
}
