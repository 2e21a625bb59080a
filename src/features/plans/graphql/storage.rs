use async_graphql::{Context, ID, Object, Result};

use crate::features::plans::StorageUsageId;
use crate::graphql::{ByteCount, not_found, read, viewer};
use crate::id::UserId;
use crate::media;

/// Use of the plan's storage for media.
#[derive(Debug, Clone, Copy)]
pub struct StorageUsage {
    user: UserId,
    usage: media::StorageUsage,
}

/// Use of the plan's storage for media.
#[Object]
impl StorageUsage {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(StorageUsageId::from(self.user.as_uuid()).to_global())
    }

    /// Size of the stored files, which are slightly larger than their content because they are encrypted. More than
    /// `limitBytes` after a change to a smaller plan.
    async fn used_bytes(&self) -> ByteCount {
        ByteCount(self.usage.used_bytes)
    }

    /// Limit of the plan; null when there is none. A file that does not fit is not stored; it can be fetched once there is
    /// room, while WhatsApp still serves it.
    async fn limit_bytes(&self) -> Option<ByteCount> {
        Some(ByteCount(self.usage.limit_bytes))
    }
}

impl StorageUsage {
    /// The use of storage by `user`.
    pub(super) async fn of(ctx: &Context<'_>, user: UserId) -> Result<Self> {
        let usage = read(ctx, user, async |conn| media::usage(conn, user).await).await?;
        Ok(Self { user, usage })
    }

    /// The viewer's use of storage, when it has this id.
    ///
    /// # Errors
    /// `NOT_FOUND` when the id is not the viewer's; `UNAUTHENTICATED`; `INTERNAL` when the database fails.
    pub async fn load(ctx: &Context<'_>, id: StorageUsageId) -> Result<Self> {
        let user = viewer(ctx)?.user;
        if StorageUsageId::from(user.as_uuid()) == id {
            Self::of(ctx, user).await
        } else {
            Err(not_found("storage usage"))
        }
    }
}
