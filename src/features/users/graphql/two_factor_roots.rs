use async_graphql::{Context, Object, Result};
use secrecy::{ExposeSecret, SecretString};

use super::two_factor::TwoFactorSetupType;
use super::two_factor_input::{
    ConfirmTwoFactorSetupInput, DisableTwoFactorInput, RegenerateRecoveryCodesInput, StartTwoFactorSetupInput,
};
use super::two_factor_payload::{
    ConfirmTwoFactorSetupPayload, DisableTwoFactorPayload, RegenerateRecoveryCodesPayload,
    StartTwoFactorSetupPayload,
};
use super::{client, judge, proof, service};
use crate::features::schema;
use crate::graphql::{UserError, viewer};
use crate::id::UserId;

/// Mutations of two-factor authentication.
#[derive(Debug, Clone, Copy, Default)]
pub struct TwoFactorMutation;

#[Object(name = "UsersTwoFactorMutation")]
impl TwoFactorMutation {
    /// Makes a secret for the viewer's authenticator app. Nothing changes for the viewer before `confirmTwoFactorSetup`,
    /// within 15 minutes; a second setup takes the place of the first. A wrong password counts with those of `logIn`.
    async fn start_two_factor_setup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Password of the viewer.")] input: StartTwoFactorSetupInput,
    ) -> Result<StartTwoFactorSetupPayload> {
        let proof = proof(input.current_password, None);
        let started = service(ctx)
            .start_two_factor_setup(viewer(ctx)?, &proof, &client(ctx))
            .await;
        Ok(match judge(ctx, started)? {
            Ok(setup) => StartTwoFactorSetupPayload {
                setup: Some(TwoFactorSetupType(setup)),
                errors: Vec::new(),
            },
            Err(errors) => StartTwoFactorSetupPayload { setup: None, errors },
        })
    }

    /// Turns two-factor authentication on, with a code that proves that the app has the secret, and mails the viewer that
    /// it was turned on. From then on `logIn` asks for a code, and so do `changePassword`, `requestEmailChange` and
    /// `deleteUser`. Sessions go on: show `viewer.sessions`, so that the viewer ends those that are not theirs. The limit on
    /// wrong codes is that of `logIn`.
    async fn confirm_two_factor_setup(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Code of the app.")] input: ConfirmTwoFactorSetupInput,
    ) -> Result<ConfirmTwoFactorSetupPayload> {
        let viewer = viewer(ctx)?;
        let confirmed = service(ctx)
            .confirm_two_factor_setup(viewer, &input.code.into())
            .await;
        let (viewer, recovery_codes, errors) = told(ctx, viewer.user, judge(ctx, confirmed)?).await?;
        Ok(ConfirmTwoFactorSetupPayload {
            viewer,
            recovery_codes,
            errors,
        })
    }

    /// Turns two-factor authentication off, and mails the viewer that it was turned off. The limits on wrong passwords and
    /// codes are those of `logIn`.
    async fn disable_two_factor(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Password and code of the viewer.")] input: DisableTwoFactorInput,
    ) -> Result<DisableTwoFactorPayload> {
        let proof = proof(input.current_password, Some(input.code));
        let disabled = service(ctx)
            .disable_two_factor(viewer(ctx)?, &proof, &client(ctx))
            .await;
        Ok(DisableTwoFactorPayload::of(judge(ctx, disabled)?))
    }

    /// Gives the viewer ten other recovery codes; those that they have are good no more. The limits on wrong passwords and
    /// codes are those of `logIn`.
    async fn regenerate_recovery_codes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Password and code of the viewer.")] input: RegenerateRecoveryCodesInput,
    ) -> Result<RegenerateRecoveryCodesPayload> {
        let viewer = viewer(ctx)?;
        let proof = proof(input.current_password, Some(input.code));
        let regenerated = service(ctx)
            .regenerate_recovery_codes(viewer, &proof, &client(ctx))
            .await;
        let (viewer, recovery_codes, errors) = told(ctx, viewer.user, judge(ctx, regenerated)?).await?;
        Ok(RegenerateRecoveryCodesPayload {
            viewer,
            recovery_codes,
            errors,
        })
    }
}

/// The viewer and their new recovery codes, or the errors.
async fn told(
    ctx: &Context<'_>,
    user: UserId,
    given: Result<Vec<SecretString>, Vec<UserError>>,
) -> Result<(Option<schema::Viewer>, Option<Vec<String>>, Vec<UserError>)> {
    Ok(match given {
        Ok(codes) => {
            let codes = codes.iter().map(|code| code.expose_secret().to_owned());
            let viewer = schema::Viewer::find(ctx, user).await?;
            (viewer, Some(codes.collect()), Vec::new())
        }
        Err(errors) => (None, None, errors),
    })
}
