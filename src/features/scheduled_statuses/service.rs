//! What users do with scheduled statuses, each in one unit of work.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use thiserror::Error;

use super::audience::{Audience, MOST_CONTACTS, Preview};
use super::content::{Content, ContentError, Words};
use super::model::{Kind, Planned, State, Viewer};
use super::publish;
use super::store::statuses::Row;
use super::store::{ScheduledStatusQuery, people, statuses, viewers};
use super::time::{When, WhenError, parse_zone};
use crate::contacts::AccountRef;
use crate::crypto::{CryptoError, DataKey};
use crate::features::graph::ContactScope;
use crate::graphql::Page;
use crate::hub::EventKind;
use crate::id::{AccountId, MediaId, ScheduledStatusId, UploadId, UserId};
use crate::media;
use crate::media::uploads;
use crate::plan::{self, Entitlements};
use crate::whatsapp::event::{MediaKind, Outgoing};
use crate::whatsapp::outbox;
use crate::work::{Core, Work, WorkError};

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The account is not the user's, or no longer linked.
    #[error("there is no such account")]
    UnknownAccount,
    /// Which of several accounts is meant was not said.
    #[error("the user has {0} accounts; pass accountId to say which one's contacts are meant")]
    WhichAccount(usize),
    /// No status of the user's.
    #[error("there is no such scheduled status")]
    UnknownStatus,
    /// No upload that can be shown.
    #[error(
        "there is no such upload of this account, or it is not READY, or it is used already; create another"
    )]
    UnknownUpload,
    /// A contact of the list is not the account's.
    #[error("a contact of the list is not known to this account")]
    UnknownContact,
    /// Nothing or two things to show.
    #[error("pass exactly one of text and media")]
    NotOneContent,
    /// Nothing or two times.
    #[error("pass exactly one of publishAt and publishAtLocal")]
    NotOneTime,
    /// A caption without anything above it.
    #[error("the status is a text and has no caption; change its text")]
    NoCaption,
    /// What it shows is not taken.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// The time is not taken.
    #[error(transparent)]
    When(#[from] WhenError),
    /// The list is too long.
    #[error("the list names {0} contacts; pass at most {MOST_CONTACTS}")]
    TooManyContacts(usize),
    /// Nobody would see it.
    #[error("the audience is ONLY and names nobody; pass contactIds")]
    NobodyNamed,
    /// A list that nobody reads.
    #[error("contactIds are named and the audience is ALL; pass ONLY or EXCEPT, or leave contactIds out")]
    NeedlessList,
    /// The plan has no lists.
    #[error("audience lists need the Premium plan")]
    NoLists,
    /// The plan has no videos.
    #[error("videos need the Premium plan")]
    NoVideos,
    /// The plan allows no more.
    #[error(
        "the plan allows {limit} statuses to wait, and {used} do; cancel one, or wait until one is published"
    )]
    TooMany {
        /// How many may wait.
        limit: i32,
        /// How many do.
        used: i32,
    },
    /// It has begun, or is over.
    #[error("the status is {}; only one that waits for its time can be changed or cancelled", .0.in_words())]
    NotWaiting(State),
    /// It cannot be deleted.
    #[error("{0}")]
    NotDeletable(String),
}

/// Why something failed.
#[derive(Debug, Error)]
pub enum ScheduledStatusesError {
    /// The database or the user's key failed.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// What is kept does not open.
    #[error("a kept status cannot be read")]
    Crypto(#[from] CryptoError),
    /// The user asked for what cannot be.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl From<diesel::result::Error> for ScheduledStatusesError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Work(error.into())
    }
}

impl From<ContentError> for ScheduledStatusesError {
    fn from(error: ContentError) -> Self {
        Refusal::from(error).into()
    }
}

impl From<WhenError> for ScheduledStatusesError {
    fn from(error: WhenError) -> Self {
        Refusal::from(error).into()
    }
}

type Result<T> = std::result::Result<T, ScheduledStatusesError>;

/// What to show.
#[derive(Debug, Clone)]
pub enum NewContent {
    /// Words.
    Text(Words),
    /// An uploaded file, and the words under it.
    Media(UploadId, Option<String>),
}

/// A status to be planned.
#[derive(Debug, Clone)]
pub struct Plan {
    /// When.
    pub when: When,
    /// Whose clock; the user's own when none.
    pub time_zone: Option<String>,
    /// What.
    pub content: NewContent,
    /// For whom.
    pub audience: Audience,
}

/// What to change of a status; none leaves as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// When.
    pub when: Option<When>,
    /// Whose clock.
    pub time_zone: Option<String>,
    /// What.
    pub content: Option<NewContent>,
    /// The words under its file; the inner none removes them.
    pub caption: Option<Option<String>>,
    /// For whom.
    pub audience: Option<Audience>,
}

/// Scheduled statuses.
#[derive(Debug, Clone)]
pub struct ScheduledStatusesService {
    core: Core,
}

impl ScheduledStatusesService {
    /// A service on `core`.
    pub const fn new(core: Core) -> Self {
        Self { core }
    }

    /// Plans a status.
    ///
    /// # Errors
    /// [`ScheduledStatusesError`]; [`ScheduledStatusesError::Refused`] says what the user must mend.
    pub async fn schedule(&self, account: AccountRef, plan: Plan) -> Result<Planned> {
        let mut work = self.core.begin(account.user).await?;
        require_account(&mut work, account).await?;
        let (now, key) = (work.now, Arc::clone(&work.key));
        let zone = match plan.time_zone {
            Some(zone) => zone,
            None => people::time_zone(&mut work, account.user).await?,
        };
        let publish_at = plan.when.resolve(parse_zone(&zone)?, now)?;
        let entitlements = plan::entitlements(&mut work, account.user).await?;
        require_audience(&mut work, account.id, &plan.audience, &entitlements).await?;
        require_room(&mut work, account.user, &entitlements).await?;
        let (kind, content, media) = take(&mut work, account, plan.content, &entitlements).await?;
        let status = Planned {
            id: work.ids.next(),
            account: account.id,
            kind,
            content,
            media,
            audience: plan.audience,
            publish_at,
            time_zone: zone,
            state: State::Scheduled,
            reason: None,
            send: None,
            wa_id: None,
            audience_size: None,
            created_at: now,
            published_at: None,
            revoke_requested_at: None,
            revoke_reason: None,
            deleted_at: None,
        };
        statuses::insert(&mut work, &key, account.user, &status).await?;
        publish::look_later(&mut work, status.id, publish_at).await?;
        changed(&mut work, &status);
        work.commit().await?;
        Ok(status)
    }

    /// Changes a status that waits for its time, whole or not at all.
    ///
    /// # Errors
    /// As [`Self::schedule`].
    pub async fn update(&self, user: UserId, id: ScheduledStatusId, change: Change) -> Result<Planned> {
        let mut work = self.core.begin(user).await?;
        let mut status = waiting(&mut work, id).await?;
        let (now, key) = (work.now, Arc::clone(&work.key));
        let account = AccountRef {
            id: status.account,
            user,
        };
        let entitlements = plan::entitlements(&mut work, user).await?;
        if let Some(zone) = change.time_zone {
            parse_zone(&zone)?;
            status.time_zone = zone;
        }
        if let Some(when) = change.when {
            status.publish_at = when.resolve(parse_zone(&status.time_zone)?, now)?;
            publish::look_later(&mut work, id, status.publish_at).await?;
        }
        if let Some(audience) = change.audience {
            require_audience(&mut work, account.id, &audience, &entitlements).await?;
            status.audience = audience;
        }
        let former = status.media;
        if let Some(content) = change.content {
            (status.kind, status.content, status.media) =
                take(&mut work, account, content, &entitlements).await?;
        }
        if let Some(caption) = change.caption {
            if status.kind == Kind::Text {
                return Err(Refusal::NoCaption.into());
            }
            status.content = Content::caption(caption)?;
        }
        statuses::update(&mut work, &key, &status).await?;
        if let Some(former) = former.filter(|former| status.media != Some(*former)) {
            media::forget(&mut work, &[former]).await?;
        }
        changed(&mut work, &status);
        work.commit().await?;
        Ok(status)
    }

    /// Calls a status off that waits for its time.
    ///
    /// # Errors
    /// As [`Self::schedule`].
    pub async fn cancel(&self, user: UserId, id: ScheduledStatusId) -> Result<Planned> {
        let mut work = self.core.begin(user).await?;
        let status = waiting(&mut work, id).await?;
        statuses::cancel(&mut work, id).await?;
        changed(&mut work, &status);
        work.commit().await?;
        Ok(Planned {
            state: State::Cancelled,
            ..status
        })
    }

    /// Deletes a published status for everyone who may have seen it. News comes by event.
    ///
    /// # Errors
    /// As [`Self::schedule`].
    pub async fn delete_published(&self, user: UserId, id: ScheduledStatusId) -> Result<Planned> {
        let mut work = self.core.begin(user).await?;
        let status = locked(&mut work, id).await?;
        let (ids, key, now) = (Arc::clone(&work.ids), Arc::clone(&work.key), work.now);
        status.may_be_deleted(now).map_err(Refusal::NotDeletable)?;
        let revoke = Outgoing::StatusRevoke {
            target_wa_id: status.wa_id.clone().unwrap_or_default(),
            audience: statuses::load_audience(&mut work, &key, id).await?,
        };
        let account = AccountRef {
            id: status.account,
            user,
        };
        let queued = outbox::enqueue(&mut work, &ids, &key, account, now, &revoke, now).await?;
        statuses::mark_being_deleted(&mut work, id, queued.id, now).await?;
        changed(&mut work, &status);
        work.commit().await?;
        Ok(Planned {
            revoke_requested_at: Some(now),
            revoke_reason: None,
            ..status
        })
    }

    /// Who would see a status of the account's if it were published now. The account may be left out by whoever has one.
    ///
    /// # Errors
    /// As [`Self::schedule`].
    pub async fn preview(
        &self,
        user: UserId,
        account: Option<AccountId>,
        audience: &Audience,
    ) -> Result<Preview> {
        let mut work = self.core.begin(user).await?;
        let linked = people::linked_accounts(&mut work, user).await?;
        let account = match (account, &linked[..]) {
            (Some(wanted), _) if linked.contains(&wanted) => wanted,
            (None, [only]) => *only,
            (None, several) if several.len() > 1 => return Err(Refusal::WhichAccount(several.len()).into()),
            _ => return Err(Refusal::UnknownAccount.into()),
        };
        let entitlements = plan::entitlements(&mut work, user).await?;
        require_audience(&mut work, account, audience, &entitlements).await?;
        let found = people::resolve(&mut work, account, audience).await?;
        work.rollback().await?;
        Ok(Preview::of(&found))
    }

    /// A page of the user's statuses, the latest planned time first.
    ///
    /// # Errors
    /// [`ScheduledStatusesError::Work`] or [`ScheduledStatusesError::Crypto`].
    pub async fn list(&self, user: UserId, page: Page, query: &ScheduledStatusQuery) -> Result<Vec<Planned>> {
        let mut work = self.core.begin(user).await?;
        let rows = statuses::list(&mut work, user, page, query).await?;
        let found = opened(rows, &work.key)?;
        work.rollback().await?;
        Ok(found)
    }

    /// The user's statuses among `ids`.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn load(&self, user: UserId, ids: &[ScheduledStatusId]) -> Result<Vec<Planned>> {
        let mut work = self.core.begin(user).await?;
        let rows = statuses::load(&mut work, ids).await?;
        let found = opened(rows, &work.key)?;
        work.rollback().await?;
        Ok(found)
    }

    /// How many people looked at each of `ids`; none where nobody did.
    ///
    /// # Errors
    /// [`ScheduledStatusesError::Work`].
    pub async fn count_viewers(
        &self,
        user: UserId,
        ids: &[ScheduledStatusId],
    ) -> Result<HashMap<ScheduledStatusId, i64>> {
        let mut work = self.core.begin(user).await?;
        let counts = viewers::count(&mut work, ids).await?;
        work.rollback().await?;
        Ok(counts)
    }

    /// A page of those who looked at a status, the newest first.
    ///
    /// # Errors
    /// [`ScheduledStatusesError::Work`].
    pub async fn viewers(&self, user: UserId, id: ScheduledStatusId, page: Page) -> Result<Vec<Viewer>> {
        let mut work = self.core.begin(user).await?;
        let found = viewers::list(&mut work, id, page).await?;
        work.rollback().await?;
        Ok(found)
    }
}

fn opened(rows: Vec<Row>, key: &DataKey) -> std::result::Result<Vec<Planned>, CryptoError> {
    rows.into_iter().map(|row| row.open(key)).collect()
}

fn changed(work: &mut Work, status: &Planned) {
    work.emit(EventKind::ScheduledStatusChanged, Some(status.account), status.id);
}

async fn locked(work: &mut Work, id: ScheduledStatusId) -> Result<Planned> {
    let key = Arc::clone(&work.key);
    let row = statuses::lock(work, id).await?;
    Ok(row.ok_or(Refusal::UnknownStatus)?.open(&key)?)
}

/// The status, locked, if it waits for its time: whoever publishes it has to wait, and then finds what became of it.
async fn waiting(work: &mut Work, id: ScheduledStatusId) -> Result<Planned> {
    let status = locked(work, id).await?;
    if status.state == State::Scheduled {
        Ok(status)
    } else {
        Err(Refusal::NotWaiting(status.state).into())
    }
}

async fn require_account(work: &mut Work, account: AccountRef) -> Result<()> {
    let linked = people::linked_accounts(work, account.user).await?;
    if linked.contains(&account.id) {
        Ok(())
    } else {
        Err(Refusal::UnknownAccount.into())
    }
}

async fn require_audience(
    work: &mut Work,
    account: AccountId,
    audience: &Audience,
    entitlements: &Entitlements,
) -> Result<()> {
    if audience.names_some() && !entitlements.has_audience_lists {
        return Err(Refusal::NoLists.into());
    }
    let named = audience.contacts.len();
    match audience.scope {
        ContactScope::Only if named == 0 => return Err(Refusal::NobodyNamed.into()),
        ContactScope::All if named > 0 => return Err(Refusal::NeedlessList.into()),
        ContactScope::All | ContactScope::Only | ContactScope::Except => {}
    }
    if named > MOST_CONTACTS {
        return Err(Refusal::TooManyContacts(named).into());
    }
    let known = people::count_known(work, account, &audience.contacts).await?;
    if usize::try_from(known) == Ok(named) {
        Ok(())
    } else {
        Err(Refusal::UnknownContact.into())
    }
}

async fn require_room(work: &mut Work, user: UserId, entitlements: &Entitlements) -> Result<()> {
    let limit = entitlements.scheduled_statuses;
    let pending = statuses::count_pending(work, user).await?;
    if pending < i64::from(limit) {
        return Ok(());
    }
    let used = i32::try_from(pending).unwrap_or(i32::MAX);
    Err(Refusal::TooMany { limit, used }.into())
}

/// What is kept of new content; an upload is taken with it.
async fn take(
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

/// Whether a time was given in exactly one way.
///
/// # Errors
/// [`Refusal::NotOneTime`].
pub(super) fn one_time(
    at: Option<DateTime<Utc>>,
    local: Option<String>,
) -> std::result::Result<When, Refusal> {
    match (at, local) {
        (Some(at), None) => Ok(When::At(at)),
        (None, Some(local)) => Ok(When::Local(local)),
        (Some(_), Some(_)) | (None, None) => Err(Refusal::NotOneTime),
    }
}
