use async_graphql::{Context, Object, Result};

use crate::features::schema::Administration;
use crate::graphql::admin;

/// Query of administration.
#[derive(Debug, Clone, Copy, Default)]
pub struct Query;

#[Object(name = "AdminQuery")]
impl Query {
    /// Administration of the whole server; null with the error `FORBIDDEN` for a viewer who is no admin. The role is
    /// read for each request, so one that was revoked is gone at once.
    async fn admin(&self, ctx: &Context<'_>) -> Result<Option<Administration>> {
        let admin = admin(ctx).await?;
        Ok(Some(Administration::of(admin)))
    }
}
