//! The question for proof before a signed-in user does what could cost them their user: their password and, if they have
//! one, their second factor.
//!
//! ```text
//! confirm (compares the password, slowly) -> begin_confirmed (opens the unit of work of the act; uses the code up in it)
//! ```

use secrecy::SecretString;

use super::error::UsersError;
use super::model::Mistake;
use super::passwords;
use super::service::UsersService;
use super::store::{self, UserRow};
use super::two_factor::Code;
use crate::graphql::{ClientInfo, Viewer};
use crate::work::Work;

/// What a viewer gives to prove that they are the user, and not somebody at their client.
#[derive(Debug, Clone)]
pub struct Proof {
    /// Their password; not looked at where they have none.
    pub password: Option<SecretString>,
    /// A code of their second factor, or a recovery code; not looked at without a second factor.
    pub code: Option<SecretString>,
}

/// A viewer who gave their password, or has none and signed in moments ago.
pub(super) struct Confirmed {
    pub(super) row: UserRow,
    /// The hash of the password that they gave. It may have been replaced since.
    hash: String,
    /// The code that they gave. Nobody looked at it yet.
    code: Option<Code>,
}

impl Proof {
    /// The mistakes in it, which are nobody's proof.
    pub(super) fn mistakes(&self) -> Vec<Mistake> {
        let password = self.password.as_ref();
        let excess = password.and_then(|password| excess("currentPassword", password));
        let code = self.code.as_ref().and_then(|code| Code::parse(code).err());
        excess.into_iter().chain(code).collect()
    }
}

impl UsersService {
    /// Asks for the viewer's password. A wrong one counts with the attempts to log in, and its refusal is logged as that
    /// of `what`. A viewer who has none is confirmed by a recent sign-in at their issuer instead. The act follows in the unit
    /// of work of [`Self::begin_confirmed`], which asks for the code.
    ///
    /// # Errors
    /// [`UsersError::Invalid`], [`UsersError::WrongCurrentPassword`], [`UsersError::SignInNotRecent`],
    /// [`UsersError::LimitReached`] or
    /// [`UsersError::RateLimited`].
    pub(super) async fn confirm(
        &self,
        viewer: Viewer,
        proof: &Proof,
        client: &ClientInfo,
        what: &str,
    ) -> Result<Confirmed, UsersError> {
        let confirmed = self.try_to_confirm(viewer, proof, client).await;
        confirmed.inspect_err(|error| self.log_refusal(what, error, client))
    }

    /// Opens the unit of work of an act of somebody who proved who they are: their password is still theirs, and the code
    /// of their second factor is used up when the act is committed. Those of one user wait for each other.
    ///
    /// # Errors
    /// [`UsersError::WrongCurrentPassword`] when the password was changed meanwhile; for a user with a second factor,
    /// [`UsersError::TwoFactor`] or [`UsersError::LimitReached`].
    pub(super) async fn begin_confirmed(&self, confirmed: &Confirmed) -> Result<Work, UsersError> {
        let mut work = self.begin_with_password(confirmed).await?;
        match self.require_code(&mut work, confirmed.code.as_ref()).await {
            Ok(()) => Ok(work),
            Err(error) => {
                work.rollback().await?;
                Err(error)
            }
        }
    }

    /// As [`Self::begin_confirmed`], for what no code is asked for.
    ///
    /// # Errors
    /// [`UsersError::WrongCurrentPassword`] when the password was changed meanwhile.
    pub(super) async fn begin_with_password(&self, confirmed: &Confirmed) -> Result<Work, UsersError> {
        let user = confirmed.row.id;
        let mut work = self.core.begin(user).await?;
        work.lock_user().await?;
        let present = store::find_password_hash(&mut work, user).await?;
        if present.as_ref() == Some(&confirmed.hash) {
            return Ok(work);
        }
        work.rollback().await?;
        Err(UsersError::WrongCurrentPassword)
    }

    async fn try_to_confirm(
        &self,
        viewer: Viewer,
        proof: &Proof,
        client: &ClientInfo,
    ) -> Result<Confirmed, UsersError> {
        let mistakes = proof.mistakes();
        if !mistakes.is_empty() {
            return Err(UsersError::Invalid(mistakes));
        }
        let code = proof.code.as_ref().and_then(|code| Code::parse(code).ok());
        let row = self.find(viewer.user).await?;
        let row = row.ok_or(UsersError::WrongCurrentPassword)?;
        if !row.has_password {
            self.require_recent_sign_in(viewer).await?;
            let hash = self.find_password_hash(viewer.user).await?;
            let hash = hash.ok_or(UsersError::WrongCurrentPassword)?;
            return Ok(Confirmed { row, hash, code });
        }
        let password = proof.password.as_ref().ok_or(UsersError::WrongCurrentPassword)?;
        if let Some(gates) = &self.gates {
            gates.guess_of_viewer(client, &row.email).await?;
        }
        let hash = self.find_password_hash(viewer.user).await?;
        let hash = hash.ok_or(UsersError::WrongCurrentPassword)?;
        let turn = self.passwords.turn(client, true).await;
        if turn.is_err() {
            self.was_no_guess_of_viewer(client, &row.email).await;
        }
        let turn = turn?;
        if !self.passwords.matches(turn, password, Some(hash.clone())).await? {
            return Err(UsersError::WrongCurrentPassword);
        }
        self.was_no_guess_of_viewer(client, &row.email).await;
        Ok(Confirmed { row, hash, code })
    }
}

/// The mistake of a password that nobody can have, in `field`.
pub(super) fn excess(field: &'static str, password: &SecretString) -> Option<Mistake> {
    passwords::find_excess(password).map(|fault| Mistake::new(field, fault))
}
