//! Checks of a scheduled status: its account, its audience, the plan, and its upload.

use super::audience::{Audience, MAX_CONTACTS};
use super::change::NewContent;
use super::content::Content;
use super::error::{Refusal, ScheduledStatusesError};
use super::model::Kind;
use super::obstacle::Obstacle;
use super::store::{people, statuses};
use crate::account::{self, AccountRef};
use crate::event::MediaKind;
use crate::features::schema::ContactScope;
use crate::id::{AccountId, MediaId, UserId};
use crate::media::uploads;
use crate::plan::Entitlements;
use crate::work::Work;

type Result<T> = std::result::Result<T, ScheduledStatusesError>;

pub(super) async fn require_account(work: &mut Work, account: AccountRef) -> Result<()> {
    if !account::exists(work, account.id).await? {
        return Err(Refusal::UnknownAccount.into());
    }
    // An account that is logged out or paused may be back by the status's time; it says so itself.
    match people::obstacle(work, account.id).await? {
        Some(Obstacle::Unlinked) => Err(Refusal::UnlinkedAccount.into()),
        Some(_) | None => Ok(()),
    }
}

pub(super) async fn require_audience(
    work: &mut Work,
    account: AccountId,
    audience: &Audience,
    entitlements: &Entitlements,
) -> Result<()> {
    if audience.has_list() && !entitlements.has_audience_lists {
        return Err(Refusal::NoLists.into());
    }
    let named = audience.contacts.len();
    match audience.scope {
        ContactScope::Only if named == 0 => return Err(Refusal::NobodyNamed.into()),
        ContactScope::All if named > 0 => return Err(Refusal::NeedlessList.into()),
        ContactScope::All | ContactScope::Only | ContactScope::Except => {}
    }
    if named > MAX_CONTACTS {
        return Err(Refusal::TooManyContacts(named).into());
    }
    let known = people::count_known(work, account, &audience.contacts).await?;
    if usize::try_from(known) != Ok(named) {
        return Err(Refusal::UnknownContact.into());
    }
    // An address book that is empty now may be filled by then; a list of names stays as it is.
    let is_list = audience.scope == ContactScope::Only;
    if is_list && people::resolve(work, account, audience).await?.is_empty() {
        return Err(Refusal::NobodyReachable.into());
    }
    Ok(())
}

pub(super) async fn require_quota(work: &mut Work, user: UserId, entitlements: &Entitlements) -> Result<()> {
    let limit = entitlements.max_scheduled_statuses;
    statuses::lock_pending(work, user).await?;
    let pending = statuses::count_pending(work, user).await?;
    if pending < i64::from(limit) {
        return Ok(());
    }
    let used = i32::try_from(pending).unwrap_or(i32::MAX);
    Err(Refusal::TooMany { limit, used }.into())
}

/// Converts new content to its stored form, and takes its upload.
pub(super) async fn take(
    work: &mut Work,
    account: AccountRef,
    content: NewContent,
    entitlements: &Entitlements,
) -> Result<(Kind, Content, Option<MediaId>)> {
    let (upload, caption) = match content {
        NewContent::Text(words) => return Ok((Kind::Text, Content::Text(words), None)),
        NewContent::Media(upload, caption) => (upload, Content::caption(caption)?),
    };
    let known = uploads::find_upload(work, upload).await?;
    let is_video = known.is_some_and(|upload| upload.announced.kind() == MediaKind::Video);
    if is_video && !entitlements.has_scheduled_videos {
        return Err(Refusal::NoVideos.into());
    }
    let media = uploads::take(work, account, upload)
        .await?
        .ok_or(Refusal::UnknownUpload)?;
    let kind = if is_video { Kind::Video } else { Kind::Image };
    Ok((kind, caption, Some(media)))
}
