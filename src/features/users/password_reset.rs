//! Another password for somebody who forgot theirs, by a mail to their address.

use ring::hmac;
use secrecy::SecretString;
use uuid::Uuid;

use super::access_tokens;
use super::error::UsersError;
use super::letters::{self, LetterKind};
use super::mail_token::Purpose;
use super::model::{self, Mistake, email_key};
use super::passwords;
use super::service::UsersService;
use super::store;
use crate::graphql::ClientInfo;
use crate::hub::EventKind;
use crate::id::UserId;

impl UsersService {
    /// Sends a mail to the user with this address that lets them choose another password. When there is none, nothing
    /// is sent, and neither the answer nor the work before it is another: a job finds out.
    ///
    /// # Errors
    /// [`UsersError::Invalid`] for a text that is no address; [`UsersError::NoMailServer`];
    /// [`UsersError::LimitReached`] and [`UsersError::RateLimited`], by the address as it was written.
    pub async fn request_password_reset(&self, email: &str, client: &ClientInfo) -> Result<(), UsersError> {
        self.require_mail_server()?;
        let email = model::parse_email(email).map_err(|mistake| UsersError::Invalid(vec![mistake]))?;
        if let Some(gates) = &self.gates {
            gates.password_reset(client, &email).await?;
            if !gates.password_reset_mail(&email).await {
                // The mails before, which others asked for, are as good.
                return Ok(());
            }
        }
        let now = self.core.clock.now();
        let mut tx = self.core.db.begin_without_user().await?;
        let user = store::find_by_email(&mut tx, &email_key(&email)).await?;
        let user = user.unwrap_or_else(|| self.nobody(&email));
        letters::request(&mut tx, &self.core.ids, user, LetterKind::ResetPassword, now).await?;
        tx.wake_on_commit();
        tx.commit().await?;
        Ok(())
    }

    /// Gives the user of a token another password, ends all their sessions and revokes their personal access tokens; answers
    /// with the number of sessions. Their address is proven by the token; where it was not before, their external identities
    /// are unlinked and their second factor is removed. Nobody is signed in.
    ///
    /// # Errors
    /// [`UsersError::Invalid`]; [`UsersError::InvalidMailToken`]; [`UsersError::LimitReached`];
    /// [`UsersError::RateLimited`].
    pub async fn reset_password(
        &self,
        token: &str,
        new: &SecretString,
        client: &ClientInfo,
    ) -> Result<usize, UsersError> {
        let purpose = Purpose::ResetPassword;
        let hash = self.hash_for_token(purpose, token, new, client).await?;
        let (mut work, used) = self.use_token(purpose, token, client).await?;
        let (user, now) = (work.user, work.now);
        store::set_password(&mut work, user, &hash).await?;
        store::forget_mail_tokens(&mut work, purpose).await?;
        store::forget_pending_email_changes(&mut work).await?;
        let ended = store::revoke_sessions(&mut work, user, None, now).await?;
        let revoked = access_tokens::revoke_all(&mut work).await?;
        if store::verify_email(&mut work, &used.sent_to).await? {
            // Until now the user may have been somebody's who only wrote this address.
            store::delete_identities(&mut work, user).await?;
            store::remove_two_factor(&mut work).await?;
        }
        letters::enqueue(&mut work, LetterKind::PasswordChanged).await?;
        work.emit(EventKind::ProfileChanged, None, user);
        work.commit().await?;
        self.tokens.revoke(&ended);
        self.tokens.access_tokens.revoke(&revoked);
        tracing::info!(user.id = %user, "user {user} reset their password");
        Ok(ended.len())
    }

    /// Hashes a password that is chosen with a token. Nobody has one hashed without a token that is good.
    ///
    /// # Errors
    /// [`UsersError::Invalid`]; [`UsersError::InvalidMailToken`]; [`UsersError::LimitReached`];
    /// [`UsersError::RateLimited`].
    pub(super) async fn hash_for_token(
        &self,
        purpose: Purpose,
        token: &str,
        new: &SecretString,
        client: &ClientInfo,
    ) -> Result<String, UsersError> {
        if let Some(fault) = passwords::find_fault(new) {
            return Err(UsersError::Invalid(vec![Mistake::new("newPassword", fault)]));
        }
        self.inspect_token(purpose, token, client).await?;
        let turn = self.passwords.turn(client, false).await?;
        Ok(self.passwords.hash(turn, new).await?)
    }

    /// An id that no user has, always the same for one address.
    fn nobody(&self, email: &str) -> UserId {
        let secret = self.core.vault.secret().derive("ids of nobody");
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*secret);
        let tag = hmac::sign(&key, email_key(email).as_bytes());
        let (id, _) = tag.as_ref().split_at(size_of::<Uuid>());
        Uuid::from_slice(id).unwrap_or_default().into()
    }
}
