//! The question for a code, in the unit of work of what it is given for.

use secrecy::ExposeSecret;

use super::code::Code;
use super::error::TwoFactorError;
use super::notices;
use super::totp::TotpSecret;
use crate::features::users::error::UsersError;
use crate::features::users::letters::{self, LetterKind};
use crate::features::users::service::UsersService;
use crate::features::users::store::{self, TwoFactorRow};
use crate::hub::EventKind;
use crate::work::{Work, WorkError};

impl UsersService {
    /// Uses `code` up, if the user of `work` has a second factor; without one, none is needed and none is looked at. The
    /// caller holds the lock on the user, gave the right password, and commits the use with what the code was given for.
    ///
    /// # Errors
    /// [`TwoFactorError::CodeRequired`]; [`TwoFactorError::WrongCode`], also for one that was used before;
    /// [`UsersError::LimitReached`].
    pub(in crate::features::users) async fn require_code(
        &self,
        work: &mut Work,
        code: Option<&Code>,
    ) -> Result<(), UsersError> {
        let Some(method) = store::find_two_factor(work).await? else {
            return Ok(());
        };
        let code = code.ok_or(TwoFactorError::CodeRequired)?;
        // Before it is looked at, so that many at once count as many.
        self.count_code(work).await?;
        let is_right = match code {
            Code::Totp(digits) => {
                let secret = open(work, &method)?;
                match secret.find_step(digits.expose_secret(), work.now) {
                    Some(step) => store::accept_step(work, method.id, step).await?,
                    None => false,
                }
            }
            Code::Recovery(code) => {
                let was_there = store::use_recovery_code(work, &code.hash()).await?;
                if was_there {
                    tell_of_recovery(work).await?;
                }
                was_there
            }
        };
        if !is_right {
            return Err(TwoFactorError::WrongCode.into());
        }
        self.was_no_guess_of_code(work).await;
        Ok(())
    }

    /// Counts a code as wrong before it is looked at.
    pub(super) async fn count_code(&self, work: &Work) -> Result<(), UsersError> {
        match &self.gates {
            Some(gates) => Ok(gates.two_factor_code(work.user).await?),
            None => Ok(()),
        }
    }

    /// The code was right, and does not count.
    pub(super) async fn was_no_guess_of_code(&self, work: &Work) {
        if let Some(gates) = &self.gates {
            gates.was_no_guess_of_code(work.user).await;
        }
    }
}

/// The secret of a second factor.
pub(super) fn open(work: &Work, method: &TwoFactorRow) -> Result<TotpSecret, WorkError> {
    Ok(TotpSecret::open(&work.key, method.id, &method.sealed_secret)?)
}

/// Tells the user that a recovery code was used, and how many are left.
async fn tell_of_recovery(work: &mut Work) -> Result<(), UsersError> {
    let user = work.user;
    let left = store::count_recovery_codes(work, user).await?;
    notices::post_recovery_code_used(work, left).await?;
    letters::enqueue(work, LetterKind::RecoveryCodeUsed).await?;
    work.emit(EventKind::ProfileChanged, None, user);
    Ok(())
}
