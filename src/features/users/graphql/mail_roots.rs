use async_graphql::{Context, Object, Result};

use super::mail_input::{
    CancelUserDeletionInput, ConfirmEmailChangeInput, DeleteUserInput, RequestEmailChangeInput,
    RequestPasswordResetInput, ResetPasswordInput, RevertEmailChangeInput, VerifyEmailInput,
};
use super::mail_payload::{
    CancelUserDeletionPayload, ConfirmEmailChangePayload, DeleteUserPayload, RequestEmailChangePayload,
    RequestPasswordResetPayload, ResetPasswordPayload, RevertEmailChangePayload,
    SendVerificationEmailPayload, VerifyEmailPayload,
};
use super::{client, judge, proof, service};
use crate::features::schema;
use crate::graphql::{UserError, Viewer, viewer};
use crate::id::UserId;

/// Mutations that mail a user, and those that take a token of such a mail.
#[derive(Debug, Clone, Copy, Default)]
pub struct MailMutation;

#[Object(name = "UsersMailMutation")]
impl MailMutation {
    /// Mails the viewer another link that proves that their e-mail address is theirs. `register` mails the first one. The
    /// sixth mail in an hour is a `LimitExceeded` in the payload.
    async fn send_verification_email(&self, ctx: &Context<'_>) -> Result<SendVerificationEmailPayload> {
        let sent = service(ctx).send_verification_email(viewer(ctx)?).await;
        Ok(SendVerificationEmailPayload::of(judge(ctx, sent)?))
    }

    /// Proves by the token of a mail that an e-mail address is its user's. The token is good for 24 hours and for one use,
    /// and needs no sign-in. Notifications are mailed to proven addresses only. Too many wrong tokens in an hour, from one
    /// network address or for one user, are a `LimitExceeded` in the payload.
    async fn verify_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Token of the mail.")] input: VerifyEmailInput,
    ) -> Result<VerifyEmailPayload> {
        let verified = service(ctx).verify_email(&input.token, &client(ctx)).await;
        let (viewer, errors) = own(ctx, judge(ctx, verified)?).await?;
        Ok(VerifyEmailPayload { viewer, errors })
    }

    /// Mails a link that lets the user with this e-mail address choose another password. An address that nobody has gets
    /// the same answer in the same time. The fourth request in an hour for one e-mail address from one network address is a
    /// `LimitExceeded` in the payload; `RATE_LIMITED` at the top of the answer means that the network address asks for too
    /// many users.
    async fn request_password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Address of the user.")] input: RequestPasswordResetInput,
    ) -> Result<RequestPasswordResetPayload> {
        let requested = service(ctx)
            .request_password_reset(&input.email, &client(ctx))
            .await;
        Ok(RequestPasswordResetPayload {
            errors: judge(ctx, requested)?.err().unwrap_or_default(),
        })
    }

    /// Gives a user another password by the token of a mail, and ends all their sessions. The token is good for 30 minutes
    /// and for one use. Nobody is signed in by it: `logIn` follows, which asks for a code of two-factor authentication as before. The
    /// limits on wrong tokens are those of `verifyEmail`.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Token of the mail, and new password.")] input: ResetPasswordInput,
    ) -> Result<ResetPasswordPayload> {
        let new = input.new_password.into();
        let reset = service(ctx)
            .reset_password(&input.token, &new, &client(ctx))
            .await;
        let (ended_sessions, errors) = split(judge(ctx, reset)?);
        Ok(ResetPasswordPayload {
            ended_sessions,
            errors,
        })
    }

    /// Mails the new address a link that makes it the viewer's. The viewer's address stays as it is until
    /// `confirmEmailChange`, within 24 hours; a second request takes the place of the first. An address that another user
    /// has gets the same answer in the same time, and no mail. A wrong password or code counts with those of `logIn`. The sixth
    /// request in an hour is a `LimitExceeded` in the payload.
    async fn request_email_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "New address, and proof that it is the viewer who asks.")]
        input: RequestEmailChangeInput,
    ) -> Result<RequestEmailChangePayload> {
        let proof = proof(input.current_password, input.code);
        let requested = service(ctx)
            .request_email_change(viewer(ctx)?, &input.new_email, &proof, &client(ctx))
            .await;
        Ok(RequestEmailChangePayload::of(judge(ctx, requested)?))
    }

    /// Makes the new address that of the token's user, proven. The old address is mailed a link for
    /// `revertEmailChange`. The token is good for 24 hours and for one use, and needs no sign-in. The limits on wrong
    /// tokens are those of `verifyEmail`.
    async fn confirm_email_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Token of the mail to the new address.")] input: ConfirmEmailChangeInput,
    ) -> Result<ConfirmEmailChangePayload> {
        let confirmed = service(ctx)
            .confirm_email_change(&input.token, &client(ctx))
            .await;
        let (viewer, errors) = own(ctx, judge(ctx, confirmed)?).await?;
        Ok(ConfirmEmailChangePayload { viewer, errors })
    }

    /// Takes a change of the e-mail address back: the user has the old address again, another password, and no session.
    /// Changes of the address that followed are undone as well. The token is good for 7 days after the change and for one
    /// use. Nobody is signed in by it: `logIn` follows. The limits on wrong tokens are those of `verifyEmail`.
    async fn revert_email_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Token of the mail to the old address, and new password.")]
        input: RevertEmailChangeInput,
    ) -> Result<RevertEmailChangePayload> {
        let new = input.new_password.into();
        let reverted = service(ctx)
            .revert_email_change(&input.token, &new, &client(ctx))
            .await;
        let (ended_sessions, errors) = split(judge(ctx, reverted)?);
        Ok(RevertEmailChangePayload {
            ended_sessions,
            errors,
        })
    }

    /// Plans the deletion of the viewer with everything of theirs, 7 days from now: their accounts are logged out of
    /// WhatsApp then, and what AMDA keeps of them is made unreadable and removed. Until then all goes on, and
    /// `cancelUserDeletion` takes it back. A deletion that is planned already stays as it is. A wrong password or code
    /// counts with those of `logIn`.
    async fn delete_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Proof that it is the viewer who asks.")] input: DeleteUserInput,
    ) -> Result<DeleteUserPayload> {
        let proof = proof(input.current_password, input.code);
        let planned = service(ctx)
            .plan_deletion(viewer(ctx)?, &proof, &client(ctx))
            .await;
        Ok(DeleteUserPayload::of(judge(ctx, planned)?))
    }

    /// Takes a planned deletion back: that of the viewer, or that of the user of a token, who need not be signed in.
    /// Without a planned deletion nothing changes. One whose time has come is not taken back: a `Conflict`. The limits on wrong tokens are those of `verifyEmail`.
    async fn cancel_user_deletion(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Deletion to take back.")] input: CancelUserDeletionInput,
    ) -> Result<CancelUserDeletionPayload> {
        let cancelled = match &input.token {
            Some(token) => service(ctx).cancel_deletion_by_token(token, &client(ctx)).await,
            None => service(ctx).cancel_deletion(viewer(ctx)?).await,
        };
        let (viewer, errors) = own(ctx, judge(ctx, cancelled)?).await?;
        Ok(CancelUserDeletionPayload { viewer, errors })
    }
}

/// The number of ended sessions, and the errors.
fn split(ended: Result<usize, Vec<UserError>>) -> (i32, Vec<UserError>) {
    match ended {
        Ok(ended) => (i32::try_from(ended).unwrap_or(i32::MAX), Vec::new()),
        Err(errors) => (0, errors),
    }
}

/// The viewer, if they are the user whom a token changed, and the errors. A token shows nobody's data.
pub(super) async fn own(
    ctx: &Context<'_>,
    changed: Result<UserId, Vec<UserError>>,
) -> Result<(Option<schema::Viewer>, Vec<UserError>)> {
    let user = match changed {
        Ok(user) => user,
        Err(errors) => return Ok((None, errors)),
    };
    let is_own = ctx.data_opt::<Viewer>().is_some_and(|viewer| viewer.user == user);
    let viewer = if is_own {
        schema::Viewer::find(ctx, user).await?
    } else {
        None
    };
    Ok((viewer, Vec::new()))
}
