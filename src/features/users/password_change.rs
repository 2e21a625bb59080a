use secrecy::SecretString;

use super::confirmation::{Confirmed, excess};
use super::error::UsersError;
use super::letters::{self, LetterKind};
use super::mail_token::Purpose;
use super::model::Mistake;
use super::passwords;
use super::service::UsersService;
use super::store::{self, UserRow};
use crate::graphql::{ClientInfo, Viewer};

impl UsersService {
    /// Changes the viewer's password, ends their other sessions, and tells them by mail.
    ///
    /// # Errors
    /// [`UsersError::WrongCurrentPassword`] when `current` is not the password; [`UsersError::Invalid`];
    /// [`UsersError::LimitReached`] and [`UsersError::RateLimited`], counted with the attempts to log in.
    pub async fn change_password(
        &self,
        viewer: Viewer,
        current: &SecretString,
        new: &SecretString,
        client: &ClientInfo,
    ) -> Result<UserRow, UsersError> {
        let fault = passwords::find_fault(new).map(|fault| Mistake::new("newPassword", fault));
        let mistakes: Vec<Mistake> = excess("currentPassword", current)
            .into_iter()
            .chain(fault)
            .collect();
        if !mistakes.is_empty() {
            return Err(UsersError::Invalid(mistakes));
        }
        let confirmed = self
            .confirm(viewer, current, client, "change of a password")
            .await?;
        let Confirmed { row, hash: old } = confirmed;
        let turn = self.passwords.turn(client, true).await?;
        let hash = self.passwords.hash(turn, new).await?;
        let mut work = self.core.begin(viewer.user).await?;
        let now = work.now;
        work.lock_user().await?;
        if !store::change_password(&mut work, viewer.user, &old, &hash).await? {
            return Err(UsersError::WrongCurrentPassword);
        }
        store::forget_mail_tokens(&mut work, Purpose::ResetPassword).await?;
        let ended = store::revoke_sessions(&mut work, viewer.user, Some(viewer.session), now).await?;
        letters::enqueue(&mut work, LetterKind::PasswordChanged).await?;
        work.commit().await?;
        self.tokens.revoke(&ended);
        Ok(row)
    }
}
