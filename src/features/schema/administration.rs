use async_graphql::ID;

use crate::features::users::AdminUserId;
use crate::id::UserId;

/// The id of a user as admins see them.
pub fn user_id_for_admins(user: UserId) -> ID {
    ID(AdminUserId::from(user.as_uuid()).to_global())
}
