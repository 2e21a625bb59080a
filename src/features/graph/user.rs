use async_graphql::{Context, ID, MergedObject, Result};

use crate::features::users::{self, UserRow};
use crate::graphql::{internal, not_found};
use crate::id::UserId;
use crate::plan;

/// A registered person: the viewer, with everything that is theirs.
#[derive(MergedObject)]
pub struct User(users::UserFields, plan::UserFields);

impl User {
    /// The user of `row`, with the fields that each feature adds.
    pub fn of(row: UserRow) -> Self {
        let id = row.id;
        Self(users::UserFields(row), plan::UserFields(id))
    }

    /// The user with `id`.
    ///
    /// # Errors
    /// `NOT_FOUND` when they were deleted, `INTERNAL` when the database fails.
    pub async fn load(ctx: &Context<'_>, id: UserId) -> Result<Self> {
        let service = ctx.data_unchecked::<users::UsersService>();
        let row = service.find(id).await.map_err(|e| internal(ctx, e))?;
        row.map(Self::of).ok_or_else(|| not_found("user"))
    }

    /// Opaque and global: what an interface asks of every type behind it.
    ///
    /// # Errors
    /// None; the interface wants the type.
    pub async fn id(&self, _: &Context<'_>) -> Result<ID> {
        Ok(ID(self.0.0.id.to_global()))
    }
}
