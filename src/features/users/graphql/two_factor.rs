use async_graphql::{Context, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;

use crate::features::schema::qr;
use crate::features::users::store::TwoFactorState;
use crate::features::users::two_factor::{TwoFactorError, TwoFactorSetup};
use crate::graphql::{UserError, UserErrorCode, internal};

/// Two-factor authentication of a user: logging in, and what could cost the user everything, ask for a code beside the
/// password.
#[derive(Debug, Clone, SimpleObject)]
pub(super) struct TwoFactor {
    /// True when a code is asked for.
    is_enabled: bool,
    /// Time at which it was turned on; null while it is off.
    enabled_at: Option<DateTime<Utc>>,
    /// Number of recovery codes that were not used yet; 0 while it is off. Offer `regenerateRecoveryCodes` when few are
    /// left.
    remaining_recovery_codes: i32,
}

impl From<TwoFactorState> for TwoFactor {
    fn from(state: TwoFactorState) -> Self {
        Self {
            is_enabled: state.enabled_at.is_some(),
            enabled_at: state.enabled_at,
            remaining_recovery_codes: i32::try_from(state.remaining_recovery_codes).unwrap_or(i32::MAX),
        }
    }
}

/// The refusal as clients see it.
pub(super) fn refused(refusal: TwoFactorError) -> UserError {
    match refusal {
        TwoFactorError::CodeRequired => UserError::authentication(
            UserErrorCode::TwoFactorCodeRequired,
            &["code"],
            "the user has two-factor authentication; pass the 6 digits that the authenticator app shows, or a recovery code",
        ),
        TwoFactorError::WrongCode => UserError::authentication(
            UserErrorCode::WrongTwoFactorCode,
            &["code"],
            "this code is wrong, expired, or was used before; pass the next one that the authenticator app shows, or a \
             recovery code",
        ),
        TwoFactorError::SetupExpired => UserError::conflict_of(
            UserErrorCode::TwoFactorSetupExpired,
            &[],
            "no setup waits for a code, or its 15 minutes are over; call `startTwoFactorSetup` and read its QR code",
        ),
        TwoFactorError::AlreadyEnabled => UserError::conflict(
            &[],
            "two-factor authentication is on already; call `disableTwoFactor` first to set it up anew",
        ),
        TwoFactorError::NotEnabled => UserError::conflict(
            &[],
            "two-factor authentication is off; call `startTwoFactorSetup` to turn it on",
        ),
    }
}

/// Secret for an authenticator app, which `confirmTwoFactorSetup` turns on with the first code that the app shows.
pub(super) struct TwoFactorSetupType(pub(super) TwoFactorSetup);

/// Secret for an authenticator app, which `confirmTwoFactorSetup` turns on with the first code that the app shows.
#[Object(name = "TwoFactorSetup")]
impl TwoFactorSetupType {
    /// Secret in base32, to be typed into an app that cannot read the QR code.
    async fn secret(&self) -> &str {
        self.0.secret.expose_secret()
    }

    /// `otpauth:` URI of the secret, for a link that opens the app on the same device. Codes have 6 digits and change every
    /// 30 seconds.
    async fn otpauth_uri(&self) -> &str {
        self.0.uri.expose_secret()
    }

    /// QR code of the URI as a PNG in a data URI, fit for an `<img src>`.
    async fn png_data_uri(&self, ctx: &Context<'_>) -> Result<String> {
        qr::png_data_uri(self.0.uri.expose_secret()).map_err(|e| internal(ctx, e))
    }

    /// QR code of the URI as an SVG document.
    async fn svg(&self, ctx: &Context<'_>) -> Result<String> {
        qr::svg(self.0.uri.expose_secret()).map_err(|e| internal(ctx, e))
    }

    /// Time until which the setup can be confirmed.
    async fn expires_at(&self) -> DateTime<Utc> {
        self.0.expires_at
    }
}
