use async_graphql::{Context, ID, Result};

use crate::features::{Viewer, users};
use crate::graphql::{internal, not_found, viewer};
use crate::id::{UserId, ViewerId};

impl Viewer {
    /// The viewer, whose user is `user`. None when that is somebody else; where the operation asks for their profile, also when
    /// they were deleted.
    ///
    /// # Errors
    /// `UNAUTHENTICATED`, `INTERNAL` when the database fails.
    pub async fn find(ctx: &Context<'_>, user: UserId) -> Result<Option<Self>> {
        if viewer(ctx)?.user != user {
            return Ok(None);
        }
        // What else is theirs is found by their id, and the tokens of a user who was deleted are refused.
        if !ctx.look_ahead().field("user").exists() {
            return Ok(Some(Self::of(user)));
        }
        Ok(find_row(ctx, user).await?.map(Self::of))
    }

    /// The viewer, as by [`Self::find`].
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none, and as [`Self::find`].
    pub async fn load(ctx: &Context<'_>, user: UserId) -> Result<Self> {
        Self::find(ctx, user).await?.ok_or_else(|| not_found("viewer"))
    }

    /// Globally unique, stable id.
    ///
    /// # Errors
    /// Never; the interface wants a result.
    #[expect(
        clippy::unused_async,
        reason = "the Node interface asks every type in the same way"
    )]
    pub async fn id(&self, _: &Context<'_>) -> Result<ID> {
        let id = ViewerId::from(self.0.id.as_uuid());
        Ok(ID(id.to_global()))
    }
}

impl users::User {
    /// The user with `id`, who is the viewer: nobody sees another user.
    ///
    /// # Errors
    /// `NOT_FOUND` when it is somebody else, or when they were deleted; `UNAUTHENTICATED`; `INTERNAL` when the database
    /// fails.
    pub async fn load(ctx: &Context<'_>, id: UserId) -> Result<Self> {
        let row = find_row(ctx, id).await?;
        row.map(Self).ok_or_else(|| not_found("user"))
    }
}

async fn find_row(ctx: &Context<'_>, id: UserId) -> Result<Option<users::UserRow>> {
    if viewer(ctx)?.user != id {
        return Ok(None);
    }
    let service = ctx.data_unchecked::<users::UsersService>();
    service.find(id).await.map_err(|e| internal(ctx, e))
}
