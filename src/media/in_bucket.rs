use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, RunQueryDsl as _};
use thiserror::Error;

use super::objects_error::ObjectsError;
use crate::db::{Db, DbError};

/// Error of [`require_none_in_bucket`].
#[derive(Debug, Error)]
pub enum InBucketError {
    /// The database failed.
    #[error("it cannot be told whether media lie in a bucket")]
    Db(#[from] DbError),
    /// Some do.
    #[error(transparent)]
    Objects(#[from] ObjectsError),
}

diesel::define_sql_function! {
    /// True when a file of any user lies in a bucket.
    #[sql_name = "amda_has_media_in_bucket"]
    fn has_media_in_bucket() -> Bool;
}

/// True when a file of any user lies in a bucket.
pub(super) async fn is_any_in_bucket(conn: &mut AsyncPgConnection) -> QueryResult<bool> {
    diesel::select(has_media_in_bucket()).get_result(conn).await
}

/// Checks that no file of any user lies in a bucket, for a server that has none.
///
/// # Errors
/// [`ObjectsError::NoBucket`], or the database's.
pub async fn require_none_in_bucket(db: &Db) -> Result<(), InBucketError> {
    let mut tx = db.begin_without_user().await?;
    let is_some = is_any_in_bucket(&mut tx).await.map_err(DbError::from)?;
    tx.commit().await?;
    if is_some {
        return Err(ObjectsError::NoBucket.into());
    }
    Ok(())
}
