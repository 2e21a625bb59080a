//! The user's own decision to be deleted, and its withdrawal.

use super::confirmation::Proof;
use super::deletion::{self, CHANGE_OF_MIND};
use super::error::UsersError;
use super::letters::{self, LetterKind};
use super::mail_token::Purpose;
use super::service::UsersService;
use super::store::{self, UserRow};
use crate::graphql::{ClientInfo, Viewer};
use crate::hub::EventKind;
use crate::id::UserId;
use crate::work::Work;

impl UsersService {
    /// Plans the deletion of the viewer, seven days from now. One that is planned already stays as it is.
    ///
    /// # Errors
    /// [`UsersError::Invalid`]; [`UsersError::WrongCurrentPassword`]; [`UsersError::TwoFactor`];
    /// [`UsersError::LimitReached`] or [`UsersError::RateLimited`].
    pub async fn plan_deletion(
        &self,
        viewer: Viewer,
        proof: &Proof,
        client: &ClientInfo,
    ) -> Result<UserRow, UsersError> {
        let confirmed = self.confirm(viewer, proof, client, "deletion").await?;
        let mut work = self.begin_confirmed(&confirmed).await?;
        if store::planned_deletion(&mut work).await?.is_some() {
            // What was given for it is used up all the same.
            work.commit().await?;
            return Ok(confirmed.row);
        }
        let at = work.now + CHANGE_OF_MIND;
        let row = store::set_deletion(&mut work, Some(at)).await?;
        store::forget_pending_email_changes(&mut work).await?;
        deletion::plan(&mut work, at).await?;
        letters::enqueue(&mut work, LetterKind::DeletionPlanned).await?;
        work.emit(EventKind::ProfileChanged, None, viewer.user);
        work.commit().await?;
        tracing::info!(user.id = %viewer.user, "user {} is to be deleted", viewer.user);
        Ok(row)
    }

    /// Takes the deletion of the viewer back. Without one, nothing changes.
    ///
    /// # Errors
    /// [`UsersError::DeletionBegun`] once its time has come.
    pub async fn cancel_deletion(&self, viewer: Viewer) -> Result<UserId, UsersError> {
        let mut work = self.core.begin(viewer.user).await?;
        work.lock_user().await?;
        self.cancel(work).await
    }

    /// Takes the deletion of a token's user back; answers with the user.
    ///
    /// # Errors
    /// [`UsersError::InvalidMailToken`]; [`UsersError::LimitReached`]; [`UsersError::DeletionBegun`].
    pub async fn cancel_deletion_by_token(
        &self,
        token: &str,
        client: &ClientInfo,
    ) -> Result<UserId, UsersError> {
        let (work, _) = self.use_token(Purpose::CancelDeletion, token, client).await?;
        self.cancel(work).await
    }

    /// Takes the deletion of the user of `work` back, whose row is locked, and commits.
    async fn cancel(&self, mut work: Work) -> Result<UserId, UsersError> {
        let user = work.user;
        if self.require_not_begun(&mut work).await? {
            store::set_deletion(&mut work, None).await?;
            work.emit(EventKind::ProfileChanged, None, user);
        }
        store::forget_mail_tokens(&mut work, Purpose::CancelDeletion).await?;
        work.commit().await?;
        Ok(user)
    }

    /// Checks that the deletion of the user of `work`, whose row is locked, has not begun. Returns true when one is planned.
    ///
    /// Asks the clock, because `work` may have waited for the lock until after its own time: the job that deletes reads the
    /// plan under the same lock, so it sees what was taken back in time, and nothing is taken back that it saw.
    ///
    /// # Errors
    /// [`UsersError::DeletionBegun`].
    pub(super) async fn require_not_begun(&self, work: &mut Work) -> Result<bool, UsersError> {
        let planned = store::planned_deletion(work).await?;
        match planned {
            Some(at) if at <= self.core.clock.now() => Err(UsersError::DeletionBegun),
            planned => Ok(planned.is_some()),
        }
    }
}
