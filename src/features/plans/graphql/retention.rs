use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};

use crate::features::plans::RetentionId;
use crate::graphql::{not_found, read, viewer};
use crate::id::UserId;
use crate::plan;
use crate::work::Core;

/// Retention of a user's kept items: captures, deleted messages, statuses and the like.
#[derive(Debug, Clone, Copy)]
pub struct Retention {
    user: UserId,
    terms: plan::Retention,
}

/// Retention of a user's kept items: captures, deleted messages, statuses and the like.
#[Object]
impl Retention {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(RetentionId::from(self.user.as_uuid()).to_global())
    }

    /// Number of days after which a kept item is removed; null when only the user removes it.
    async fn days(&self) -> Option<i32> {
        self.terms.days
    }

    /// Time until which nothing is removed, after a change to a plan that keeps items for a shorter time. From then on,
    /// items older than `days` are removed. Null when there was no such change, or when the time has passed.
    async fn grace_until(&self) -> Option<DateTime<Utc>> {
        self.terms.grace_until
    }
}

impl Retention {
    /// The retention of the items of `user`.
    pub(super) async fn of(ctx: &Context<'_>, user: UserId) -> Result<Self> {
        let now = ctx.data_unchecked::<Core>().clock.now();
        let terms = read(ctx, user, async |conn| plan::retention(conn, user).await).await?;
        let terms = terms.at(now);
        Ok(Self { user, terms })
    }

    /// The viewer's retention, when it has this id.
    ///
    /// # Errors
    /// `NOT_FOUND` when the id is not the viewer's; `UNAUTHENTICATED`; `INTERNAL` when the database fails.
    pub async fn load(ctx: &Context<'_>, id: RetentionId) -> Result<Self> {
        let user = viewer(ctx)?.user;
        if RetentionId::from(user.as_uuid()) == id {
            Self::of(ctx, user).await
        } else {
            Err(not_found("retention"))
        }
    }
}
