//! The question for the password before a signed-in user does what could cost them their user.

use secrecy::SecretString;

use super::error::UsersError;
use super::model::Mistake;
use super::passwords;
use super::service::UsersService;
use super::store::{self, UserRow};
use crate::graphql::{ClientInfo, Viewer};
use crate::id::UserId;
use crate::work::Work;

/// A viewer who gave their password.
pub(super) struct Confirmed {
    pub(super) row: UserRow,
    /// The hash of the password that they gave. It may have been replaced since.
    pub(super) hash: String,
}

impl UsersService {
    /// Asks for the viewer's password. A wrong one counts with the attempts to log in, and its refusal is logged as that
    /// of `what`.
    ///
    /// # Errors
    /// [`UsersError::WrongCurrentPassword`], [`UsersError::LimitReached`] or [`UsersError::RateLimited`].
    pub(super) async fn confirm(
        &self,
        viewer: Viewer,
        password: &SecretString,
        client: &ClientInfo,
        what: &str,
    ) -> Result<Confirmed, UsersError> {
        let confirmed = self.try_to_confirm(viewer, password, client).await;
        confirmed.inspect_err(|error| self.log_refusal(what, error, client))
    }

    /// Opens a unit of work of somebody who gave the password that `hash` is of, which stays theirs until it ends. Those
    /// of one user wait for each other.
    ///
    /// # Errors
    /// [`UsersError::WrongCurrentPassword`] when the password was changed meanwhile.
    pub(super) async fn begin_confirmed(&self, user: UserId, hash: &str) -> Result<Work, UsersError> {
        let mut work = self.core.begin(user).await?;
        work.lock_user().await?;
        let present = store::find_password_hash(&mut work, user).await?;
        if present.as_deref() == Some(hash) {
            Ok(work)
        } else {
            Err(UsersError::WrongCurrentPassword)
        }
    }

    async fn try_to_confirm(
        &self,
        viewer: Viewer,
        password: &SecretString,
        client: &ClientInfo,
    ) -> Result<Confirmed, UsersError> {
        let row = self.find(viewer.user).await?;
        let row = row.ok_or(UsersError::WrongCurrentPassword)?;
        if let Some(gates) = &self.gates {
            gates.log_in(client, &row.email)?;
        }
        let hash = self.find_password_hash(viewer.user).await?;
        let hash = hash.ok_or(UsersError::WrongCurrentPassword)?;
        let turn = self.passwords.turn(client, true).await;
        let turn = turn.inspect_err(|_| self.was_no_guess(client, &row.email))?;
        if !self.passwords.matches(turn, password, Some(hash.clone())).await? {
            return Err(UsersError::WrongCurrentPassword);
        }
        self.was_no_guess(client, &row.email);
        Ok(Confirmed { row, hash })
    }
}

/// The mistake of a password that nobody can have, in `field`.
pub(super) fn excess(field: &'static str, password: &SecretString) -> Option<Mistake> {
    passwords::find_excess(password).map(|fault| Mistake::new(field, fault))
}
