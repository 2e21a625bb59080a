use async_graphql::{Context, ID, Result};

use crate::features::{User, users};
use crate::graphql::{internal, not_found, viewer};
use crate::id::UserId;

impl User {
    /// The user with `id`, who is the viewer: nobody sees another user. None when it is somebody else, or when they were
    /// deleted.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, `INTERNAL` when the database fails.
    pub async fn find(ctx: &Context<'_>, id: UserId) -> Result<Option<Self>> {
        if viewer(ctx)?.user != id {
            return Ok(None);
        }
        let service = ctx.data_unchecked::<users::UsersService>();
        let row = service.find(id).await.map_err(|e| internal(ctx, e))?;
        Ok(row.map(Self::of))
    }

    /// The user with `id`, as by [`Self::find`].
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none, and as [`Self::find`].
    pub async fn load(ctx: &Context<'_>, id: UserId) -> Result<Self> {
        Self::find(ctx, id).await?.ok_or_else(|| not_found("user"))
    }

    /// Opaque global id.
    ///
    /// # Errors
    /// Never; the interface wants a result.
    #[expect(
        clippy::unused_async,
        reason = "the Node interface asks every type in the same way"
    )]
    pub async fn id(&self, _: &Context<'_>) -> Result<ID> {
        Ok(ID(self.0.0.id.to_global()))
    }
}
