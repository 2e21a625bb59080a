use diesel::QueryResult;

use super::error::AccessTokenRefusal;
use crate::features::users::error::UsersError;
use crate::features::users::service::UsersService;
use crate::features::users::store;
use crate::graphql::Viewer;
use crate::hub::EventKind;
use crate::id::AccessTokenId;
use crate::work::Work;

impl UsersService {
    /// Revokes a personal access token of the viewer: it is refused at once, and its sockets close.
    ///
    /// # Errors
    /// [`AccessTokenRefusal::Unknown`] when the viewer has no such token.
    pub async fn revoke_access_token(&self, viewer: Viewer, id: AccessTokenId) -> Result<(), UsersError> {
        let mut work = self.core.begin(viewer.user).await?;
        if !store::delete_access_token(&mut work, id).await? {
            work.rollback().await?;
            return Err(UsersError::AccessToken(vec![AccessTokenRefusal::Unknown]));
        }
        work.emit(EventKind::AccessTokenChanged, None, id);
        work.commit().await?;
        self.tokens.access_tokens.revoke(&[id]);
        Ok(())
    }
}

/// Revokes every personal access token of the user of `work`. The caller tells the cache of them after the commit.
pub(in crate::features::users) async fn revoke_all(work: &mut Work) -> QueryResult<Vec<AccessTokenId>> {
    let user = work.user;
    let revoked = store::delete_access_tokens(work, user).await?;
    for id in &revoked {
        work.emit(EventKind::AccessTokenChanged, None, *id);
    }
    Ok(revoked)
}
