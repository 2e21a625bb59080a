//! Change of a user's e-mail address: asked for with the password and the second factor, confirmed at the new address, and announced at the old
//! one, which can take it back for [`REVERT_LIFE`].
//!
//! ```text
//! request (proof) -> mail to the new address -> confirm: the address is another -> mail to the old address
//!                                                                       '-> revert: the old address, a new password
//! ```
//!
//! Whoever reads the mail to the old address may not know the password any more, so taking a change back chooses another
//! and ends all sessions. Until then nobody else can register the old address.

use chrono::TimeDelta;
use secrecy::SecretString;

use super::access_tokens;
use super::confirmation::Proof;
use super::error::UsersError;
use super::ids::EmailChangeId;
use super::letters::{self, LetterKind};
use super::mail_token::Purpose;
use super::model::{self, Mistake, email_key};
use super::service::{UsersService, collect_mistake};
use super::store::{self, NewEmailChange, UserRow};
use crate::graphql::{ClientInfo, Viewer};
use crate::hub::EventKind;
use crate::id::UserId;
use crate::work::Work;

/// Time for which the old address can take a change back.
pub(super) const REVERT_LIFE: TimeDelta = TimeDelta::days(7);
/// Time for which a change can be confirmed.
pub(super) const CONFIRM_LIFE: TimeDelta = TimeDelta::hours(24);

impl UsersService {
    /// Mails `new_email` a link that makes it the viewer's address. An address of another user gets no mail, and neither
    /// the answer nor the work before it is another.
    ///
    /// # Errors
    /// [`UsersError::NoMailServer`]; [`UsersError::DeletionPlanned`]; [`UsersError::Invalid`];
    /// [`UsersError::WrongCurrentPassword`]; [`UsersError::TwoFactor`]; [`UsersError::LimitReached`] or
    /// [`UsersError::RateLimited`].
    pub async fn request_email_change(
        &self,
        viewer: Viewer,
        new_email: &str,
        proof: &Proof,
        client: &ClientInfo,
    ) -> Result<UserRow, UsersError> {
        self.require_mail_server()?;
        let new_email = check(new_email, proof)?;
        let what = "change of an e-mail address";
        let confirmed = self.confirm(viewer, proof, client, what).await?;
        if email_key(&new_email) == email_key(&confirmed.row.email) {
            let message = "this is the e-mail address already; write another one";
            return Err(UsersError::Invalid(vec![Mistake::new("newEmail", message)]));
        }
        let mut work = self.begin_confirmed(&confirmed).await?;
        if store::planned_deletion(&mut work).await?.is_some() {
            work.rollback().await?;
            return Err(UsersError::DeletionPlanned);
        }
        if let Some(gates) = &self.gates
            && let Err(reached) = gates.email_change(viewer.user).await
        {
            work.rollback().await?;
            return Err(reached.into());
        }
        let change = NewEmailChange {
            id: work.ids.next(),
            old_email: &confirmed.row.email,
            new_email: &new_email,
        };
        store::begin_email_change(&mut work, &change).await?;
        letters::enqueue_about(&mut work, LetterKind::ConfirmEmailChange, change.id).await?;
        work.emit(EventKind::ProfileChanged, None, viewer.user);
        work.commit().await?;
        Ok(confirmed.row)
    }

    /// Makes the new address that of a token's user; answers with the user.
    ///
    /// # Errors
    /// [`UsersError::InvalidMailToken`]; [`UsersError::NewEmailTaken`] when somebody else registered it meanwhile;
    /// [`UsersError::LimitReached`].
    pub async fn confirm_email_change(&self, token: &str, client: &ClientInfo) -> Result<UserId, UsersError> {
        let (mut work, used) = self.use_token(Purpose::ConfirmEmailChange, token, client).await?;
        let user = work.user;
        let change = pending(&mut work, used.email_change_id).await?;
        set_email(&mut work, &change.new_email).await?;
        store::confirm_email_change(&mut work, change.id, REVERT_LIFE).await?;
        for purpose in [Purpose::VerifyEmail, Purpose::ResetPassword] {
            store::forget_mail_tokens(&mut work, purpose).await?;
        }
        letters::enqueue_about(&mut work, LetterKind::EmailChanged, change.id).await?;
        work.emit(EventKind::ProfileChanged, None, user);
        work.commit().await?;
        tracing::info!(user.id = %user, "user {user} changed their e-mail address");
        Ok(user)
    }

    /// Gives a token's user the address back that they had before a change, with another password, ends all their sessions
    /// and revokes their personal access tokens; answers with the number of sessions. What was changed or asked for since
    /// that change is undone with it.
    ///
    /// # Errors
    /// [`UsersError::Invalid`]; [`UsersError::InvalidMailToken`]; [`UsersError::LimitReached`];
    /// [`UsersError::RateLimited`]; [`UsersError::DeletionBegun`].
    pub async fn revert_email_change(
        &self,
        token: &str,
        new: &SecretString,
        client: &ClientInfo,
    ) -> Result<usize, UsersError> {
        let purpose = Purpose::RevertEmailChange;
        let hash = self.hash_for_token(purpose, token, new, client).await?;
        let (mut work, used) = self.use_token(purpose, token, client).await?;
        let (user, now) = (work.user, work.now);
        let id = used.email_change_id.ok_or(UsersError::InvalidMailToken)?;
        let change = store::find_revertible_change(&mut work, id).await?;
        let change = change.ok_or(UsersError::InvalidMailToken)?;
        self.require_not_begun(&mut work).await?;
        set_email(&mut work, &change.old_email).await?;
        store::set_password(&mut work, user, &hash).await?;
        // Whoever changed the address may have planned it, too.
        store::set_deletion(&mut work, None).await?;
        store::forget_email_changes_since(&mut work, change.id).await?;
        for purpose in [
            Purpose::VerifyEmail,
            Purpose::ResetPassword,
            Purpose::CancelDeletion,
        ] {
            store::forget_mail_tokens(&mut work, purpose).await?;
        }
        let ended = store::revoke_sessions(&mut work, user, None, now).await?;
        let revoked = access_tokens::revoke_all(&mut work).await?;
        store::delete_identities_since(&mut work, change.id).await?;
        store::remove_two_factor_since(&mut work, change.id).await?;
        letters::enqueue(&mut work, LetterKind::PasswordChanged).await?;
        work.emit(EventKind::ProfileChanged, None, user);
        work.commit().await?;
        self.tokens.revoke(&ended);
        self.tokens.access_tokens.revoke(&revoked);
        tracing::warn!(user.id = %user, "the change of the e-mail address of user {user} was taken back");
        Ok(ended.len())
    }
}

/// The new address, or the mistakes of the input.
fn check(new_email: &str, proof: &Proof) -> Result<String, UsersError> {
    let email = model::parse_email(new_email).map_err(|mistake| Mistake {
        field: "newEmail",
        ..mistake
    });
    let mut mistakes = Vec::new();
    let email = collect_mistake(&mut mistakes, email);
    mistakes.extend(proof.mistakes());
    match email {
        Some(email) if mistakes.is_empty() => Ok(email),
        _ => Err(UsersError::Invalid(mistakes)),
    }
}

/// The change that a token confirms, unless the user's address is another than when they asked for it.
async fn pending(work: &mut Work, id: Option<EmailChangeId>) -> Result<store::EmailChangeRow, UsersError> {
    let id = id.ok_or(UsersError::InvalidMailToken)?;
    let user = work.user;
    let change = store::find_pending_change(work, id).await?;
    let row = store::find(work, user).await?;
    match (change, row) {
        (Some(change), Some(row)) if row.email == change.old_email => Ok(change),
        _ => Err(UsersError::InvalidMailToken),
    }
}

/// Makes `email` the proven address of the user of `work`, if nobody else has it or may take it back.
async fn set_email(work: &mut Work, email: &str) -> Result<(), UsersError> {
    let (user, now) = (work.user, work.now);
    let set = store::set_email(work, email).await;
    set.map_err(|error| match error {
        error if store::is_email_taken(&error) => UsersError::NewEmailTaken,
        error => error.into(),
    })?;
    // After the write, which waits for whoever is just giving the address up.
    if store::is_email_reserved(work, &email_key(email), now, user).await? {
        return Err(UsersError::NewEmailTaken);
    }
    Ok(())
}
