use async_graphql::{Context, ID, MergedObject, Result};

use super::EventsUserFields;
use crate::features::users::{self, UserRow};
use crate::features::{
    accounts, analytics, auto_reply, deleted_messages, edited_messages, notifications, plans,
    scheduled_statuses, statuses, view_once, webhooks,
};
use crate::graphql::{internal, not_found, viewer};
use crate::id::UserId;

/// A registered person: the viewer, with everything that is theirs.
#[derive(MergedObject)]
pub struct User(
    users::UserFields,
    plans::UserFields,
    accounts::UserFields,
    scheduled_statuses::UserFields,
    statuses::UserFields,
    view_once::UserFields,
    deleted_messages::UserFields,
    analytics::UserFields,
    edited_messages::UserFields,
    auto_reply::UserFields,
    notifications::UserFields,
    notifications::PushUserFields,
    webhooks::UserFields,
    EventsUserFields,
);

impl User {
    /// The user of `row`, with the fields that each feature adds.
    pub fn of(row: UserRow) -> Self {
        let id = row.id;
        Self(
            users::UserFields(row),
            plans::UserFields(id),
            accounts::UserFields(id),
            scheduled_statuses::UserFields(id),
            statuses::UserFields(id),
            view_once::UserFields(id),
            deleted_messages::UserFields(id),
            analytics::UserFields(id),
            edited_messages::UserFields(id),
            auto_reply::UserFields(id),
            notifications::UserFields(id),
            notifications::PushUserFields(id),
            webhooks::UserFields(id),
            EventsUserFields(id),
        )
    }

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

    /// Opaque and global.
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
