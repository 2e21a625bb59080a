use async_graphql::{Context, ID, Result};

use crate::features::{User, users};
use crate::graphql::{internal, not_found, viewer};
use crate::id::UserId;

impl User {
    /// The user with `id`, who is the viewer: nobody sees another user.
    ///
    /// # Errors
    /// `NOT_FOUND` when it is somebody else or they were deleted, `UNAUTHENTICATED`, `INTERNAL` when the database fails.
    pub async fn load(ctx: &Context<'_>, id: UserId) -> Result<Self> {
        if viewer(ctx)?.user != id {
            return Err(not_found("user"));
        }
        let service = ctx.data_unchecked::<users::UsersService>();
        let row = service.find(id).await.map_err(|e| internal(ctx, e))?;
        row.map(Self::of).ok_or_else(|| not_found("user"))
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
