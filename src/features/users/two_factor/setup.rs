//! The way to a second factor: a secret for the app, and its first code, which proves that the app has it.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::check::open;
use super::code::parse_digits;
use super::error::TwoFactorError;
use super::management::give_recovery_codes;
use super::notices;
use super::totp::TotpSecret;
use super::{TwoFactorKind, TwoFactorMethodId};
use crate::features::users::confirmation::Proof;
use crate::features::users::error::UsersError;
use crate::features::users::letters::{self, LetterKind};
use crate::features::users::service::UsersService;
use crate::features::users::store::{self, NewTwoFactor};
use crate::graphql::{ClientInfo, Viewer};
use crate::hub::EventKind;
use crate::notices::NoticeKind;
use crate::work::Work;

/// Time within which a setup is confirmed.
pub(in crate::features::users) const SETUP_LIFE: TimeDelta = TimeDelta::minutes(15);

/// A second factor that waits for its first code.
#[derive(Debug)]
pub struct TwoFactorSetup {
    /// The secret as it is typed into an authenticator app, in base32.
    pub secret: SecretString,
    /// The URI that an app reads from a QR code. It holds the secret.
    pub uri: SecretString,
    /// Time until which it can be confirmed.
    pub expires_at: DateTime<Utc>,
}

impl UsersService {
    /// Makes a secret for the viewer's authenticator app, in the place of one that is not confirmed. Nothing is asked for
    /// before [`Self::confirm_two_factor_setup`].
    ///
    /// # Errors
    /// [`UsersError::Invalid`]; [`UsersError::WrongCurrentPassword`]; [`TwoFactorError::AlreadyEnabled`];
    /// [`UsersError::LimitReached`] or [`UsersError::RateLimited`].
    pub async fn start_two_factor_setup(
        &self,
        viewer: Viewer,
        proof: &Proof,
        client: &ClientInfo,
    ) -> Result<TwoFactorSetup, UsersError> {
        let what = "setup of two-factor authentication";
        let confirmed = self.confirm(viewer, proof, client, what).await?;
        let mut work = self.begin_with_password(&confirmed).await?;
        if store::find_two_factor(&mut work).await?.is_some() {
            work.rollback().await?;
            return Err(TwoFactorError::AlreadyEnabled.into());
        }
        let (id, secret): (TwoFactorMethodId, _) = (work.ids.next(), TotpSecret::generate());
        let new = NewTwoFactor {
            id,
            kind: TwoFactorKind::Totp,
            sealed_secret: secret.seal(&work.key, id),
        };
        store::begin_two_factor(&mut work, &new).await?;
        let expires_at = work.now + SETUP_LIFE;
        work.commit().await?;
        Ok(TwoFactorSetup {
            secret: secret.to_base32().into(),
            uri: secret.uri(&confirmed.row.email).into(),
            expires_at,
        })
    }

    /// Turns the second factor on whose secret the viewer's app has, as `code` proves; answers with their recovery codes,
    /// which are told this once. Sessions go on: their list is the viewer's to look at.
    ///
    /// # Errors
    /// [`UsersError::Invalid`]; [`TwoFactorError::WrongCode`]; [`TwoFactorError::SetupExpired`], also when none
    /// was started; [`TwoFactorError::AlreadyEnabled`]; [`UsersError::LimitReached`].
    pub async fn confirm_two_factor_setup(
        &self,
        viewer: Viewer,
        code: &SecretString,
    ) -> Result<Vec<SecretString>, UsersError> {
        let digits = parse_digits(code).map_err(|mistake| UsersError::Invalid(vec![mistake]))?;
        let mut work = self.core.begin(viewer.user).await?;
        work.lock_user().await?;
        match self.confirm_setup(&mut work, &digits).await {
            Ok(codes) => {
                work.commit().await?;
                tracing::info!(user.id = %viewer.user, "user {} turned two-factor authentication on", viewer.user);
                Ok(codes)
            }
            Err(error) => {
                work.rollback().await?;
                Err(error)
            }
        }
    }

    /// Turns the second factor of `work` on that waits for these digits.
    async fn confirm_setup(
        &self,
        work: &mut Work,
        digits: &SecretString,
    ) -> Result<Vec<SecretString>, UsersError> {
        if store::find_two_factor(work).await?.is_some() {
            return Err(TwoFactorError::AlreadyEnabled.into());
        }
        let pending = store::find_pending_two_factor(work).await?;
        let method = pending.ok_or(TwoFactorError::SetupExpired)?;
        self.count_code(work).await?;
        let step = open(work, &method)?.find_step(digits.expose_secret(), work.now);
        let step = step.ok_or(TwoFactorError::WrongCode)?;
        self.was_no_guess_of_code(work).await;
        store::enable_two_factor(work, method.id, step).await?;
        let codes = give_recovery_codes(work).await?;
        notices::post(work, NoticeKind::TwoFactorEnabled).await?;
        letters::enqueue(work, LetterKind::TwoFactorEnabled).await?;
        let user = work.user;
        work.emit(EventKind::ProfileChanged, None, user);
        Ok(codes)
    }
}
