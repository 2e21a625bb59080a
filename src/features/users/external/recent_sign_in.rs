//! What proves that it is a user who has no password: a sign-in at the issuer moments ago.

use chrono::TimeDelta;

use crate::features::users::error::UsersError;
use crate::features::users::service::UsersService;
use crate::features::users::store;
use crate::graphql::Viewer;

/// Time for which a sign-in is as good as a password.
const RECENT: TimeDelta = TimeDelta::minutes(10);

impl UsersService {
    /// Lets a viewer go on who signed in moments ago.
    ///
    /// # Errors
    /// [`UsersError::SignInNotRecent`].
    pub(in crate::features::users) async fn require_recent_sign_in(
        &self,
        viewer: Viewer,
    ) -> Result<(), UsersError> {
        let session = viewer.session().ok_or(UsersError::SignInNotRecent)?;
        let mut tx = self.core.db.begin(viewer.user).await?;
        let authenticated_at = store::find_authentication(&mut tx, session).await?;
        tx.commit().await?;
        let now = self.core.clock.now();
        match authenticated_at {
            Some(at) if now - at <= RECENT => Ok(()),
            Some(_) | None => Err(UsersError::SignInNotRecent),
        }
    }
}
