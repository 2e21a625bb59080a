use async_graphql::{ID, InputObject, MaybeUndefined};
use chrono::{DateTime, Utc};

use super::super::audience::Audience;
use super::super::content::{Colour, StatusFont, Words};
use super::super::refusal::Refusal;
use super::super::service::{Change, NewContent, Plan};
use super::super::time::When;
use crate::features::scheduled_statuses::ScheduledStatusId;
use crate::features::schema::ContactScope;
use crate::id::{AccountId, ContactId, UploadId};

/// A status to be published later.
#[derive(Debug, InputObject)]
pub struct ScheduleStatusInput {
    /// The account that publishes it.
    account_id: ID,
    /// When, as an instant: from now to a year ahead. Pass this or `publishAtLocal`.
    publish_at: Option<DateTime<Utc>>,
    /// When, by the clocks of the time zone, such as `2026-12-24T18:00`. Of a time that the clocks show twice, when summer
    /// ends, the first is meant; one that they skip, when summer begins, is as much later as they skip.
    publish_at_local: Option<String>,
    /// Whose clocks, as IANA names the zone, such as `America/Sao_Paulo`; the user's own zone when absent.
    time_zone: Option<String>,
    /// Words to show. Pass this or `media`.
    text: Option<TextStatusInput>,
    /// A picture or video to show. Pass this or `text`.
    media: Option<MediaStatusInput>,
    /// Who sees it; the whole address book when absent.
    audience: Option<AudienceInput>,
}

/// Words on a ground.
#[derive(Debug, InputObject)]
pub struct TextStatusInput {
    /// The words, 1 to 700 characters.
    text: String,
    /// The colour of the ground as `#RRGGBB`; WhatsApp's dark green, `#075E54`, when absent.
    background_color: Option<String>,
    /// The typeface; the phone's own when absent.
    font: Option<StatusFont>,
}

/// A picture or video.
#[derive(Debug, InputObject)]
pub struct MediaStatusInput {
    /// What to show: an upload of this account that is `READY` and was not used before.
    upload_id: ID,
    /// The words under it, at most 1,024 characters.
    caption: Option<String>,
}

/// Who sees a status.
#[derive(Debug, InputObject)]
pub struct AudienceInput {
    /// The whole address book, only some, or all but some. `ONLY` and `EXCEPT` need Premium.
    #[graphql(default_with = "ContactScope::All")]
    scope: ContactScope,
    /// Whom `ONLY` and `EXCEPT` name, at most 1,000 contacts of the account.
    contact_ids: Option<Vec<ID>>,
    /// Whose contacts are meant, in a preview: may be left out by whoever has one account. A status has an account of its
    /// own, and this is not looked at.
    account_id: Option<ID>,
}

/// What to change of a status that waits for its time. What is absent stays as it is.
#[derive(Debug, InputObject)]
pub struct UpdateScheduledStatusInput {
    /// The status.
    scheduled_status_id: ID,
    /// When to publish it, as an instant.
    publish_at: Option<DateTime<Utc>>,
    /// When to publish it, by the clocks of the time zone; as for `scheduleStatus`.
    publish_at_local: Option<String>,
    /// Whose clocks. Alone, it changes how the time is shown, and not the time.
    time_zone: Option<String>,
    /// Words to show in place of what it showed.
    text: Option<TextStatusInput>,
    /// A picture or video to show in place of what it showed.
    media: Option<MediaStatusInput>,
    /// The words under its picture or video; null removes them.
    caption: MaybeUndefined<String>,
    /// Who sees it.
    audience: Option<AudienceInput>,
}

/// Which scheduled status.
#[derive(Debug, InputObject)]
pub struct ScheduledStatusIdInput {
    /// The status.
    scheduled_status_id: ID,
}

impl ScheduleStatusInput {
    pub(super) fn parse(self) -> Result<(AccountId, Plan), Refusal> {
        let account = AccountId::from_global(&self.account_id).map_err(|_| Refusal::UnknownAccount)?;
        let audience = self
            .audience
            .map(|audience| audience.parse().map(|(_, audience)| audience));
        let plan = Plan {
            when: When::one_of(self.publish_at, self.publish_at_local).ok_or(Refusal::NotOneTime)?,
            time_zone: self.time_zone,
            content: content(self.text, self.media)?.ok_or(Refusal::NotOneContent)?,
            audience: audience.transpose()?.unwrap_or_else(Audience::all),
        };
        Ok((account, plan))
    }
}

impl UpdateScheduledStatusInput {
    pub(super) fn parse(self) -> Result<(ScheduledStatusId, Change), Refusal> {
        let id = status_id(&self.scheduled_status_id)?;
        let audience = self
            .audience
            .map(|audience| audience.parse().map(|(_, audience)| audience));
        let when = match (self.publish_at, self.publish_at_local) {
            (None, None) => None,
            (at, local) => Some(When::one_of(at, local).ok_or(Refusal::NotOneTime)?),
        };
        let change = Change {
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

/// What is to be shown, if anything is named; never both.
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
            let words = Words::new(text.text, ground.unwrap_or(Colour::USUAL), font)?;
            Ok(Some(NewContent::Text(words)))
        }
        (None, Some(media)) => {
            let upload = UploadId::from_global(&media.upload_id).map_err(|_| Refusal::UnknownUpload)?;
            Ok(Some(NewContent::Media(upload, media.caption)))
        }
    }
}
