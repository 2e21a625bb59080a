use secrecy::SecretString;

use super::access_tokens;
use super::confirmation::Proof;
use super::error::UsersError;
use super::letters::{self, LetterKind};
use super::mail_token::Purpose;
use super::model::Mistake;
use super::passwords;
use super::service::UsersService;
use super::store::{self, UserRow};
use crate::graphql::{ClientInfo, Viewer};

impl UsersService {
    /// Changes the viewer's password, ends their other sessions, revokes their personal access tokens, and tells them by
    /// mail.
    ///
    /// # Errors
    /// [`UsersError::Invalid`]; [`UsersError::WrongCurrentPassword`]; [`UsersError::SignInNotRecent`];
    /// [`UsersError::NoPassword`]; [`UsersError::TwoFactor`]; [`UsersError::LimitReached`] or [`UsersError::RateLimited`].
    pub async fn change_password(
        &self,
        viewer: Viewer,
        proof: &Proof,
        new: &SecretString,
        client: &ClientInfo,
    ) -> Result<UserRow, UsersError> {
        let fault = passwords::find_fault(new).map(|fault| Mistake::new("newPassword", fault));
        let mistakes: Vec<Mistake> = proof.mistakes().into_iter().chain(fault).collect();
        if !mistakes.is_empty() {
            return Err(UsersError::Invalid(mistakes));
        }
        let confirmed = self
            .confirm(viewer, proof, client, "change of a password")
            .await?;
        if !confirmed.row.has_password {
            // Whoever reads their mail sets one: `request_password_reset`.
            return Err(UsersError::NoPassword);
        }
        let turn = self.passwords.turn(client, true).await?;
        let hash = self.passwords.hash(turn, new).await?;
        let mut work = self.begin_confirmed(&confirmed).await?;
        let now = work.now;
        store::set_password(&mut work, viewer.user, &hash).await?;
        store::forget_mail_tokens(&mut work, Purpose::ResetPassword).await?;
        let ended = store::revoke_sessions(&mut work, viewer.user, viewer.session(), now).await?;
        let revoked = access_tokens::revoke_all(&mut work).await?;
        letters::enqueue(&mut work, LetterKind::PasswordChanged).await?;
        work.commit().await?;
        self.tokens.revoke(&ended);
        self.tokens.access_tokens.revoke(&revoked);
        Ok(confirmed.row)
    }
}
