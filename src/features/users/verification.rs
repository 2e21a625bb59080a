//! Proof that an e-mail address is its user's.

use super::error::UsersError;
use super::letters::{self, LetterKind};
use super::mail_token::Purpose;
use super::service::UsersService;
use super::store::{self, UserRow};
use crate::graphql::{ClientInfo, Viewer};
use crate::hub::EventKind;
use crate::id::UserId;

impl UsersService {
    /// Sends the viewer another mail that asks them to prove their address.
    ///
    /// # Errors
    /// [`UsersError::EmailVerified`], [`UsersError::NoMailServer`] or [`UsersError::LimitReached`].
    pub async fn send_verification_email(&self, viewer: Viewer) -> Result<UserRow, UsersError> {
        self.require_mail_server()?;
        let mut work = self.core.begin(viewer.user).await?;
        let row = store::find(&mut work, viewer.user).await?;
        let row = row.ok_or(diesel::result::Error::NotFound)?;
        if row.email_verified_at.is_some() {
            work.rollback().await?;
            return Err(UsersError::EmailVerified);
        }
        if let Some(gates) = &self.gates {
            gates.verification_mail(viewer.user).await?;
        }
        letters::enqueue(&mut work, LetterKind::VerifyEmail).await?;
        work.commit().await?;
        Ok(row)
    }

    /// Notes that the address of a token's user is theirs; answers with the user.
    ///
    /// # Errors
    /// [`UsersError::InvalidMailToken`], also for a token of an address that the user no longer has;
    /// [`UsersError::LimitReached`].
    pub async fn verify_email(&self, token: &str, client: &ClientInfo) -> Result<UserId, UsersError> {
        let (mut work, used) = self.use_token(Purpose::VerifyEmail, token, client).await?;
        let user = work.user;
        if !store::verify_email(&mut work, &used.sent_to).await? {
            return Err(UsersError::InvalidMailToken);
        }
        store::forget_mail_tokens(&mut work, Purpose::VerifyEmail).await?;
        work.emit(EventKind::ProfileChanged, None, user);
        work.commit().await?;
        Ok(user)
    }

    pub(super) fn require_mail_server(&self) -> Result<(), UsersError> {
        if self.config.has_mail_server {
            Ok(())
        } else {
            Err(UsersError::NoMailServer)
        }
    }
}
