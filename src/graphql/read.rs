use async_graphql::{Context, Result};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::error::internal;
use crate::db::Db;
use crate::id::UserId;

/// Runs one query in a transaction of `user`.
///
/// # Errors
/// `INTERNAL` when the database fails.
pub async fn read<T>(
    ctx: &Context<'_>,
    user: UserId,
    query: impl AsyncFnOnce(&mut AsyncPgConnection) -> QueryResult<T>,
) -> Result<T> {
    let mut tx = ctx
        .data_unchecked::<Db>()
        .begin(user)
        .await
        .map_err(|e| internal(ctx, e))?;
    let answer = query(&mut tx).await.map_err(|e| internal(ctx, e))?;
    tx.commit().await.map_err(|e| internal(ctx, e))?;
    Ok(answer)
}
