//! The end of a second factor, and other recovery codes for it.

use diesel::QueryResult;
use secrecy::SecretString;

use super::error::TwoFactorError;
use super::notices;
use super::recovery_codes::{COUNT, RecoveryCode};
use crate::features::users::confirmation::Proof;
use crate::features::users::error::UsersError;
use crate::features::users::letters::{self, LetterKind};
use crate::features::users::service::UsersService;
use crate::features::users::store::{self, UserRow};
use crate::graphql::{ClientInfo, Viewer};
use crate::hub::EventKind;
use crate::notices::NoticeKind;
use crate::work::Work;

impl UsersService {
    /// Turns the viewer's second factor off, and forgets its secret and their recovery codes.
    ///
    /// # Errors
    /// [`UsersError::Invalid`]; [`UsersError::WrongCurrentPassword`]; [`UsersError::TwoFactor`];
    /// [`UsersError::LimitReached`] or [`UsersError::RateLimited`]; [`TwoFactorError::NotEnabled`] when it is
    /// off.
    pub async fn disable_two_factor(
        &self,
        viewer: Viewer,
        proof: &Proof,
        client: &ClientInfo,
    ) -> Result<UserRow, UsersError> {
        let what = "removal of two-factor authentication";
        let confirmed = self.confirm(viewer, proof, client, what).await?;
        let mut work = self.begin_confirmed(&confirmed).await?;
        if !turn_off(&mut work).await? {
            work.rollback().await?;
            return Err(TwoFactorError::NotEnabled.into());
        }
        work.commit().await?;
        tracing::info!(user.id = %viewer.user, "user {} turned two-factor authentication off", viewer.user);
        Ok(confirmed.row)
    }

    /// Gives the viewer other recovery codes, which are told this once; those that they had are good no more.
    ///
    /// # Errors
    /// [`UsersError::Invalid`]; [`UsersError::WrongCurrentPassword`]; [`UsersError::TwoFactor`];
    /// [`UsersError::LimitReached`] or [`UsersError::RateLimited`]; [`TwoFactorError::NotEnabled`] when
    /// there is nothing to recover.
    pub async fn regenerate_recovery_codes(
        &self,
        viewer: Viewer,
        proof: &Proof,
        client: &ClientInfo,
    ) -> Result<Vec<SecretString>, UsersError> {
        let what = "change of recovery codes";
        let confirmed = self.confirm(viewer, proof, client, what).await?;
        let mut work = self.begin_confirmed(&confirmed).await?;
        if store::find_two_factor(&mut work).await?.is_none() {
            work.rollback().await?;
            return Err(TwoFactorError::NotEnabled.into());
        }
        let codes = give_recovery_codes(&mut work).await?;
        work.emit(EventKind::ProfileChanged, None, viewer.user);
        work.commit().await?;
        Ok(codes)
    }
}

/// Turns the second factor of the user of `work` off, and tells them; false when it is off already.
pub(in crate::features::users) async fn turn_off(work: &mut Work) -> QueryResult<bool> {
    if !store::remove_two_factor(work).await? {
        return Ok(false);
    }
    notices::post(work, NoticeKind::TwoFactorDisabled).await?;
    letters::enqueue(work, LetterKind::TwoFactorDisabled).await?;
    let user = work.user;
    work.emit(EventKind::ProfileChanged, None, user);
    Ok(true)
}

/// Gives the user of `work` new recovery codes in the place of those that they have.
pub(super) async fn give_recovery_codes(work: &mut Work) -> QueryResult<Vec<SecretString>> {
    let codes: Vec<RecoveryCode> = (0..COUNT).map(|_| RecoveryCode::generate()).collect();
    let hashes: Vec<Vec<u8>> = codes.iter().map(RecoveryCode::hash).collect();
    store::replace_recovery_codes(work, &hashes).await?;
    Ok(codes.iter().map(RecoveryCode::to_text).collect())
}
