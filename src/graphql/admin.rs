use async_graphql::{Context, Result};

use super::error::forbidden;
use super::read::read;
use super::viewer::viewer;
use crate::id::UserId;
use crate::user;

/// Proof that the viewer of a request is an admin: the database said so while the request was answered. What only admins
/// may see or do takes one, and nothing but [`admin`] makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admin {
    user: UserId,
}

impl Admin {
    /// The admin.
    pub const fn user(self) -> UserId {
        self.user
    }
}

/// Proof that the viewer of the request is an admin, by their role as it is now.
///
/// # Errors
/// `FORBIDDEN` when they are none; `UNAUTHENTICATED` when nobody is signed in; `INTERNAL` when the database fails.
pub async fn admin(ctx: &Context<'_>) -> Result<Admin> {
    let user = viewer(ctx)?.user;
    if read(ctx, user, user::is_admin).await? {
        Ok(Admin { user })
    } else {
        Err(forbidden())
    }
}
