use async_graphql::{Context, Object, Result};

use super::external_input::{
    ConfirmExternalIdentityInput, LinkExternalIdentityInput, UnlinkExternalIdentityInput,
};
use super::external_payload::{
    ConfirmExternalIdentityPayload, LinkExternalIdentityPayload, UnlinkExternalIdentityPayload,
};
use super::mail_roots::own;
use super::{client, judge, proof, service};
use crate::features::users::ids::ExternalIdentityId;
use crate::graphql::{UserError, viewer};

/// Mutations of external identities.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExternalMutation;

#[Object(name = "UsersExternalMutation")]
impl ExternalMutation {
    /// Links an identity at the issuer of external tokens to the viewer, who can sign in by its tokens from now on, and mails
    /// the viewer that it was linked. An identity that is the viewer's already stays as it is. A wrong password counts with
    /// those of `logIn`.
    async fn link_external_identity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identity to link, and proof that it is the viewer who asks.")]
        input: LinkExternalIdentityInput,
    ) -> Result<LinkExternalIdentityPayload> {
        let proof = proof(input.current_password, input.code);
        let linked = service(ctx)
            .link_external_identity(viewer(ctx)?, &input.token, &proof, &client(ctx))
            .await;
        Ok(LinkExternalIdentityPayload::of(judge(ctx, linked)?))
    }

    /// Links by the token of a mail an identity that has the e-mail address of its user. Such a mail is sent when a token of
    /// the issuer is refused with the code `IDENTITY_NOT_LINKED`. The token is good for 30 minutes and for one use, and needs
    /// no sign-in. Where the user had not proven their address before, their password, second factor and personal access
    /// tokens become void and all their sessions end. The limits on wrong tokens are those of `verifyEmail`.
    async fn confirm_external_identity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Token of the mail.")] input: ConfirmExternalIdentityInput,
    ) -> Result<ConfirmExternalIdentityPayload> {
        let confirmed = service(ctx)
            .confirm_external_identity(&input.token, &client(ctx))
            .await;
        let (viewer, errors) = own(ctx, judge(ctx, confirmed)?).await?;
        Ok(ConfirmExternalIdentityPayload { viewer, errors })
    }

    /// Unlinks an identity from the viewer, and ends its sessions. The only way in of a viewer without a password stays.
    async fn unlink_external_identity(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Identity to unlink.")] input: UnlinkExternalIdentityInput,
    ) -> Result<UnlinkExternalIdentityPayload> {
        let viewer = viewer(ctx)?;
        let unlinked = match ExternalIdentityId::from_global(&input.external_identity_id) {
            Ok(id) => judge(ctx, service(ctx).unlink_external_identity(viewer, id).await)?,
            Err(error) => Err(vec![UserError::no_id(&["externalIdentityId"], &error)]),
        };
        Ok(UnlinkExternalIdentityPayload::of(unlinked))
    }
}
