//! Checks of a scheduled status: its account, its audience, the plan, and its content.

use super::audience::{Audience, AudienceError, MAX_CONTACTS, NewAudience};
use super::change::{ContentChange, NewContent};
use super::content::{Colour, Content, StatusFont, TextContent};
use super::error::{Refusal, Refusals, ScheduledStatusesError};
use super::model::{Kind, PlannedStatus};
use super::obstacle::Obstacle;
use super::store::{people, statuses};
use crate::account::{self, AccountRef};
use crate::event::MediaKind;
use crate::features::schema::ContactScope;
use crate::id::{AccountId, ContactId, MediaId, UploadId, UserId};
use crate::media::uploads;
use crate::plan::Entitlements;
use crate::work::Work;

type Result<T> = std::result::Result<T, ScheduledStatusesError>;

/// Content as it is stored, with its file.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) kind: Kind,
    pub(super) content: Content,
    pub(super) media: Option<MediaId>,
}

pub(super) async fn require_account(work: &mut Work, account: Option<AccountId>) -> Result<AccountRef> {
    let id = account.ok_or(Refusal::UnknownAccount)?;
    if !account::exists(work, id).await? {
        return Err(Refusal::UnknownAccount.into());
    }
    // An account that is logged out or paused may be back by the status's time; it says so itself.
    match people::obstacle(work, id).await? {
        Some(Obstacle::AccountUnlinked) => Err(Refusal::UnlinkedAccount.into()),
        Some(_) | None => Ok(AccountRef { id, user: work.user }),
    }
}

/// Checks an audience of `account`. Without an account only what needs none is checked, and nothing is accepted.
pub(super) async fn require_audience(
    work: &mut Work,
    account: Option<AccountRef>,
    wanted: &NewAudience,
    entitlements: &Entitlements,
) -> Result<Audience> {
    let (scope, listed) = (wanted.scope(), wanted.listed());
    let refused = |error: AudienceError| Err(Refusal::Audience(scope, error).into());
    match wanted {
        NewAudience::All(false) => return refused(AudienceError::NotAll),
        NewAudience::Only(_) | NewAudience::Except(_) if !entitlements.has_audience_lists => {
            return refused(AudienceError::NotIncluded);
        }
        NewAudience::Only(listed) if listed.is_empty() => return refused(AudienceError::Empty),
        NewAudience::All(true) | NewAudience::Only(_) | NewAudience::Except(_) => {}
    }
    if listed.len() > MAX_CONTACTS {
        return refused(AudienceError::TooMany(listed.len()));
    }
    let Some(account) = account else {
        let malformed = unknown(scope, listed, |_| true);
        return Err(ScheduledStatusesError::Refused(malformed));
    };
    let audience = Audience::new(scope, known(work, account.id, scope, listed).await?);
    // An address book that is empty now may be filled by then; a list of names stays as it is.
    let is_list = scope == ContactScope::Only;
    if is_list && people::resolve(work, account.id, &audience).await?.is_empty() {
        return refused(AudienceError::NobodyReachable);
    }
    Ok(audience)
}

/// The listed contacts of the account; refuses each that is none.
async fn known(
    work: &mut Work,
    account: AccountId,
    scope: ContactScope,
    listed: &[Option<ContactId>],
) -> Result<Vec<ContactId>> {
    let named: Vec<ContactId> = listed.iter().flatten().copied().collect();
    let known = people::known(work, account, &named).await?;
    let refused = unknown(scope, listed, |id| known.contains(&id));
    if refused.0.is_empty() {
        Ok(named)
    } else {
        Err(ScheduledStatusesError::Refused(refused))
    }
}

/// The refusals of listed ids that are of no contact, or of one that is not known.
fn unknown(
    scope: ContactScope,
    listed: &[Option<ContactId>],
    is_known: impl Fn(ContactId) -> bool,
) -> Refusals {
    let unknown = listed.iter().enumerate();
    let unknown = unknown.filter(|(_, id)| !id.is_some_and(&is_known));
    let refused = unknown.map(|(index, _)| Refusal::Audience(scope, AudienceError::Unknown(index)));
    Refusals(refused.collect())
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

/// Converts new content to its stored form, and takes its upload. Without an account only what needs none is checked,
/// and no file is accepted.
pub(super) async fn take(
    work: &mut Work,
    account: Option<AccountRef>,
    content: NewContent,
    entitlements: &Entitlements,
) -> Result<Taken> {
    let mut wrong = Refusals::default();
    let (upload, caption) = match content {
        NewContent::Text {
            text,
            background,
            font,
        } => {
            return Ok(Taken {
                kind: Kind::Text,
                content: Content::Text(check_text(text, background.as_deref(), font)?),
                media: None,
            });
        }
        NewContent::Media { upload, caption } => (upload, caption),
    };
    let caption = wrong.keep(Content::caption(caption))?;
    let file = match (upload, account) {
        (None, _) => wrong.keep(Err(Refusal::UnknownUpload))?,
        (Some(_), None) => None,
        (Some(upload), Some(account)) => {
            wrong.keep(take_upload(work, account, upload, entitlements).await)?
        }
    };
    match (caption, file) {
        (Some(content), Some((kind, media))) => Ok(Taken {
            kind,
            content,
            media: Some(media),
        }),
        _ => Err(ScheduledStatusesError::Refused(wrong)),
    }
}

/// The content of `status` after a change.
pub(super) async fn change_content(
    work: &mut Work,
    status: &PlannedStatus,
    change: ContentChange,
    entitlements: &Entitlements,
) -> Result<Taken> {
    let account = AccountRef {
        id: status.account,
        user: work.user,
    };
    match change {
        ContentChange::Replaced(content) => take(work, Some(account), content, entitlements).await,
        ContentChange::Caption(_) if status.kind == Kind::Text => Err(Refusal::NoCaption.into()),
        ContentChange::Caption(caption) => Ok(Taken {
            kind: status.kind,
            content: Content::caption(Some(caption)).map_err(Refusal::Caption)?,
            media: status.media,
        }),
    }
}

fn check_text(text: String, background: Option<&str>, font: StatusFont) -> Result<TextContent> {
    let mut wrong = Refusals::default();
    let background = match background {
        Some(background) => wrong.keep(Colour::parse(background))?,
        None => Some(Colour::DEFAULT_BACKGROUND),
    };
    let shown_on = background.unwrap_or(Colour::DEFAULT_BACKGROUND);
    let text = wrong.keep(TextContent::new(text, shown_on, font))?;
    match (text, background) {
        (Some(text), Some(_)) => Ok(text),
        _ => Err(ScheduledStatusesError::Refused(wrong)),
    }
}

async fn take_upload(
    work: &mut Work,
    account: AccountRef,
    upload: UploadId,
    entitlements: &Entitlements,
) -> Result<(Kind, MediaId)> {
    let known = uploads::find_upload(work, upload).await?;
    let is_video = known.is_some_and(|upload| upload.announced.kind() == MediaKind::Video);
    if is_video && !entitlements.has_scheduled_videos {
        return Err(Refusal::NoVideos.into());
    }
    let media = uploads::take(work, account, upload)
        .await?
        .ok_or(Refusal::UnknownUpload)?;
    let kind = if is_video { Kind::Video } else { Kind::Image };
    Ok((kind, media))
}
