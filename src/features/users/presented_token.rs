//! The use of tokens from mails, by whoever presents one. Nobody signs in by it.

use secrecy::SecretString;

use super::error::UsersError;
use super::mail_token::{MailToken, Purpose};
use super::service::UsersService;
use super::store::{self, MailTokenRow};
use crate::graphql::ClientInfo;
use crate::notices::Language;
use crate::work::{Work, WorkError};

impl UsersService {
    /// Does what the link is for, with `new_password` where its page asks for one.
    ///
    /// # Errors
    /// [`UsersError::InvalidMailToken`], [`UsersError::LimitReached`], and those of the purpose.
    pub async fn act_on_link(
        &self,
        purpose: Purpose,
        token: &str,
        new_password: &SecretString,
        client: &ClientInfo,
    ) -> Result<(), UsersError> {
        match purpose {
            Purpose::VerifyEmail => self.verify_email(token, client).await.map(drop),
            Purpose::ResetPassword => self.reset_password(token, new_password, client).await.map(drop),
            Purpose::ConfirmEmailChange => self.confirm_email_change(token, client).await.map(drop),
            Purpose::CancelDeletion => self.cancel_deletion_by_token(token, client).await.map(drop),
            Purpose::LinkExternalIdentity => self.confirm_external_identity(token, client).await.map(drop),
            Purpose::RevertEmailChange => self
                .revert_email_change(token, new_password, client)
                .await
                .map(drop),
        }
    }

    /// The language of the user whose token this is, which stays good.
    ///
    /// # Errors
    /// [`UsersError::InvalidMailToken`] or [`UsersError::LimitReached`].
    pub async fn inspect_token(
        &self,
        purpose: Purpose,
        token: &str,
        client: &ClientInfo,
    ) -> Result<Language, UsersError> {
        let (token, language) = self.require_good(purpose, token, client).await?;
        self.was_no_guess_of_token(&token, client).await;
        Ok(language)
    }

    /// Uses a token up in the unit of work of its user, which the caller commits with what the token stands for. Units
    /// of work that do so for one user wait for each other.
    ///
    /// # Errors
    /// [`UsersError::InvalidMailToken`] or [`UsersError::LimitReached`].
    pub(super) async fn use_token(
        &self,
        purpose: Purpose,
        token: &str,
        client: &ClientInfo,
    ) -> Result<(Work, MailTokenRow), UsersError> {
        let (token, _) = self.require_good(purpose, token, client).await?;
        // Before the transaction, in which nothing else is waited for.
        self.was_no_guess_of_token(&token, client).await;
        let mut work = self.core.begin(token.user).await.map_err(gone)?;
        work.lock_user().await.map_err(gone)?;
        let used = store::use_mail_token(&mut work, &token, purpose).await?;
        let used = used.ok_or(UsersError::InvalidMailToken)?;
        Ok((work, used))
    }

    /// Reads a token and looks whether it is good. It counts as a guess until [`Self::was_no_guess_of_token`].
    async fn require_good(
        &self,
        purpose: Purpose,
        token: &str,
        client: &ClientInfo,
    ) -> Result<(MailToken, Language), UsersError> {
        let token = MailToken::parse(token);
        if let Some(gates) = &self.gates {
            gates
                .mail_token(client, token.as_ref().map(|token| token.user))
                .await?;
        }
        let token = token.ok_or(UsersError::InvalidMailToken)?;
        let now = self.core.clock.now();
        let mut tx = self.core.db.begin(token.user).await?;
        let is_good = store::is_mail_token_good(&mut tx, &token, purpose, now).await?;
        let row = store::find(&mut tx, token.user).await?;
        tx.rollback().await?;
        let row = row.filter(|_| is_good).ok_or(UsersError::InvalidMailToken)?;
        Ok((token, Language::of(&row.locale)))
    }

    async fn was_no_guess_of_token(&self, token: &MailToken, client: &ClientInfo) {
        if let Some(gates) = &self.gates {
            gates.was_no_guess_of_token(client, token.user).await;
        }
    }
}

/// The error of a unit of work of a user who was deleted meanwhile: their token is good no more.
fn gone(error: WorkError) -> UsersError {
    if error.is_of_nobody() {
        UsersError::InvalidMailToken
    } else {
        error.into()
    }
}
