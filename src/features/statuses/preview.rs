//! Preview of auto-like: the rule, applied to the statuses of the last day.

use std::collections::{HashMap, HashSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::auto_like::{AutoLike, LikeContext, SkipReason};
use super::error::StatusesError;
use super::model::StatusRecord;
use super::store::settings;
use super::store::statuses::{self, StatusQuery};
use crate::account::AccountRef;
use crate::contacts;
use crate::graphql::Page;
use crate::id::ContactId;
use crate::plan::{self, Entitlements};
use crate::work::Work;

/// Maximum number of statuses in a preview.
const PREVIEW_LIMIT: i64 = 500;

/// Result of auto-like for one status in a preview.
#[derive(Debug, Clone)]
pub struct Previewed {
    /// The status.
    pub status: StatusRecord,
    /// The emoji of the like, or the reason for skipping the status.
    pub verdict: Result<String, SkipReason>,
}

/// Judges every status of the last day by `settings`, as if it had arrived when it was posted; the newest first.
///
/// Mutes count as they are now. Deletions count as later than the like, and pauses of sending are ignored.
pub(super) async fn preview_last_day(
    work: &mut Work,
    account: AccountRef,
    settings: &AutoLike,
) -> Result<Vec<Previewed>, StatusesError> {
    let query = StatusQuery {
        accounts: Some(vec![account.id]),
        is_own: Some(false),
        from: Some(work.now - TimeDelta::hours(24)),
        ..StatusQuery::default()
    };
    let page = Page::forwards(PREVIEW_LIMIT - 1, None);
    let rows = statuses::list(work, account.user, page, &query).await?;
    let mut posted = statuses::open_all(rows, &work.key)?;
    // The oldest first: the hourly limit counts what came before.
    posted.reverse();
    let data = PreviewData::load(work, account, settings, &posted).await?;
    let mut liked = VecDeque::new();
    let judge = |status: StatusRecord| {
        let verdict = data.judge(settings, &status, &mut liked);
        Previewed { status, verdict }
    };
    let mut previewed: Vec<Previewed> = posted.into_iter().map(judge).collect();
    previewed.reverse();
    Ok(previewed)
}

/// Facts that the rule needs, loaded for all statuses at once.
struct PreviewData {
    muted: HashSet<ContactId>,
    listed: HashSet<ContactId>,
    zone: Tz,
    entitlements: Entitlements,
    /// The main contact row of each author.
    persons: HashMap<ContactId, ContactId>,
    /// Emojis for single contacts, by main contact row.
    emojis: HashMap<ContactId, String>,
}

impl PreviewData {
    async fn load(
        work: &mut Work,
        account: AccountRef,
        settings: &AutoLike,
        posted: &[StatusRecord],
    ) -> Result<Self, StatusesError> {
        let authors: Vec<ContactId> = posted.iter().map(|status| status.author).collect();
        let people = contacts::rows_of(work, &authors).await?;
        let muted = settings::muted_among(work, &people).await?;
        let zone = plan::zone(work, account.user).await?;
        let with_emoji = settings.contact_emojis.iter().map(|one| one.contact);
        let named: Vec<ContactId> = with_emoji.chain(authors).collect();
        let persons = contacts::persons(work, &named).await?;
        let emojis = settings.contact_emojis.iter().filter_map(|one| {
            let person = persons.get(&one.contact)?;
            Some((*person, one.emoji.as_str().to_owned()))
        });
        Ok(Self {
            muted: contacts::rows_of(work, &muted).await?.into_iter().collect(),
            listed: contacts::rows_of(work, &settings.contacts)
                .await?
                .into_iter()
                .collect(),
            zone,
            entitlements: plan::entitlements(work, account.user).await?,
            emojis: emojis.collect(),
            persons,
        })
    }

    fn judge(
        &self,
        settings: &AutoLike,
        status: &StatusRecord,
        liked: &mut VecDeque<DateTime<Utc>>,
    ) -> Result<String, SkipReason> {
        let at = status.posted_at;
        while liked
            .front()
            .is_some_and(|first| *first <= at - TimeDelta::hours(1))
        {
            liked.pop_front();
        }
        let context = LikeContext {
            now: at,
            posted_at: at,
            local_time: at.with_timezone(&self.zone).time(),
            is_deleted: false,
            has_reacted: false,
            is_muted: self.muted.contains(&status.author),
            is_listed: self.listed.contains(&status.author),
            has_lists: self.entitlements.has_auto_like_lists,
            has_quiet_hours: self.entitlements.has_quiet_hours,
            likes_this_hour: i64::try_from(liked.len()).unwrap_or(i64::MAX),
            paused_until: None,
        };
        settings.judge(&context)?;
        liked.push_back(at);
        let person = self.persons.get(&status.author);
        let own = person.and_then(|person| self.emojis.get(person));
        let own = own.filter(|_| self.entitlements.has_emoji_per_contact);
        Ok(own.map_or_else(|| settings.emoji.as_str().to_owned(), Clone::clone))
    }
}
