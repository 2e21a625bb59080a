use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Enum, ID, Object, Result};
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use crate::features::FEATURES;
use crate::features::plans::QuotaUsageId;
use crate::graphql::{Entity, ReadError, Reader, read};
use crate::id::{UserId, id_of_names};
use crate::plan::{self, Limit, Quota, Usage};
use crate::text_enum::text_enum;
use crate::work::Core;

text_enum! {
    /// Limit of a plan that counts things. New limits may be added.
    #[derive(Enum)]
    pub enum QuotaCode {
        /// WhatsApp accounts that are linked, or are being linked.
        LinkedAccounts = "LINKED_ACCOUNTS",
        /// Statuses that wait to be published.
        ScheduledStatuses = "SCHEDULED_STATUSES",
        /// View-once messages that were captured in the current calendar month of the user's time zone.
        ViewOnceCaptures = "VIEW_ONCE_CAPTURES",
    }
}

impl From<Limit> for QuotaCode {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::LinkedAccounts => Self::LinkedAccounts,
            Limit::ScheduledStatuses => Self::ScheduledStatuses,
        }
    }
}

impl From<Quota> for QuotaCode {
    fn from(quota: Quota) -> Self {
        match quota {
            Quota::ViewOnceCaptures => Self::ViewOnceCaptures,
        }
    }
}

/// Use of a limit of the plan.
#[derive(Debug, Clone, Copy)]
pub struct QuotaUsage {
    user: UserId,
    usage: LimitUse,
}

/// Use of a limit, of whichever kind.
#[derive(Debug, Clone, Copy)]
pub struct LimitUse {
    quota: QuotaCode,
    limit: Option<i32>,
    used: i32,
    resets_at: Option<DateTime<Utc>>,
}

/// Use of a limit of the plan.
#[Object]
impl QuotaUsage {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(id_for(self.user, self.usage.quota).to_global())
    }

    /// Limit that is used.
    async fn quota(&self) -> QuotaCode {
        self.usage.quota
    }

    /// Limit of the plan; null when there is none.
    async fn limit(&self) -> Option<i32> {
        self.usage.limit
    }

    /// Number in use. More than `limit` after a change to a smaller plan.
    async fn used(&self) -> i32 {
        self.usage.used
    }

    /// Time at which `used` starts again at 0; null when it goes down only as things are removed or end.
    async fn resets_at(&self) -> Option<DateTime<Utc>> {
        self.usage.resets_at
    }
}

impl From<Usage> for LimitUse {
    fn from(usage: Usage) -> Self {
        Self {
            quota: usage.quota.into(),
            limit: usage.limit,
            used: usage.used,
            resets_at: Some(usage.resets_at),
        }
    }
}

impl Entity for QuotaUsage {
    type Id = QuotaUsageId;
    type Row = (UserId, LimitUse);
    const NAME: &'static str = "use of a limit";

    fn of(_: &Context<'_>, (user, usage): Self::Row) -> Self {
        Self { user, usage }
    }
}

impl Loader<QuotaUsageId> for Reader {
    type Value = (UserId, LimitUse);
    type Error = ReadError;

    async fn load(&self, keys: &[QuotaUsageId]) -> Result<HashMap<QuotaUsageId, Self::Value>, ReadError> {
        self.read(async |work| {
            let (user, now) = (work.user, work.now);
            let all = load(work, user, now).await?.into_iter();
            let named = all.map(|usage| (id_for(user, usage.quota), (user, usage)));
            Ok(named.filter(|(id, _)| keys.contains(id)).collect())
        })
        .await
    }
}

/// The id of the use of `quota` by `user`, which has no row of its own.
fn id_for(user: UserId, quota: QuotaCode) -> QuotaUsageId {
    id_of_names(&[&user.to_string(), quota.as_str()]).into()
}

/// The use of each limit by `user`, in a transaction of theirs.
async fn load(conn: &mut AsyncPgConnection, user: UserId, now: DateTime<Utc>) -> QueryResult<Vec<LimitUse>> {
    let entitlements = plan::entitlements(conn, user).await?;
    let mut uses = Vec::new();
    for feature in FEATURES {
        if let Some((limit, used)) = feature.limited(conn, user).await? {
            uses.push(LimitUse {
                quota: limit.into(),
                limit: Some(limit.of(&entitlements)),
                used: i32::try_from(used).unwrap_or(i32::MAX),
                resets_at: None,
            });
        }
    }
    let monthly = plan::usage(conn, user, now).await?;
    uses.extend(monthly.into_iter().map(LimitUse::from));
    Ok(uses)
}

/// The use of each limit by `user`, for the schema.
pub(super) async fn all_of(ctx: &Context<'_>, user: UserId) -> Result<Vec<QuotaUsage>> {
    let now = ctx.data_unchecked::<Core>().clock.now();
    let uses = read(ctx, user, async |conn| load(conn, user, now).await).await?;
    Ok(uses.into_iter().map(|usage| QuotaUsage { user, usage }).collect())
}
