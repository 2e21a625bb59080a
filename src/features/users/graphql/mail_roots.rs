use async_graphql::{Context, Object, Result};

use super::mail_input::{RequestPasswordResetInput, ResetPasswordInput, VerifyEmailInput};
use super::mail_payload::{
    RequestPasswordResetPayload, ResetPasswordPayload, SendVerificationEmailPayload, VerifyEmailPayload,
};
use super::{client, judge, service};
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
        let (viewer, errors) = match judge(ctx, verified)? {
            Ok(user) => (own(ctx, user).await?, Vec::new()),
            Err(errors) => (None, errors),
        };
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
    /// and for one use. Nobody is signed in by it: `logIn` follows. The limits on wrong tokens are those of `verifyEmail`.
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Token of the mail, and new password.")] input: ResetPasswordInput,
    ) -> Result<ResetPasswordPayload> {
        let new = input.new_password.into();
        let reset = service(ctx)
            .reset_password(&input.token, &new, &client(ctx))
            .await;
        let (ended, errors) = split(judge(ctx, reset)?);
        Ok(ResetPasswordPayload {
            ended_sessions: ended,
            errors,
        })
    }
}

/// The number of ended sessions, and the errors.
fn split(ended: Result<usize, Vec<UserError>>) -> (i32, Vec<UserError>) {
    match ended {
        Ok(ended) => (i32::try_from(ended).unwrap_or(i32::MAX), Vec::new()),
        Err(errors) => (0, errors),
    }
}

/// The viewer, if they are `user`: a token shows nobody's data.
async fn own(ctx: &Context<'_>, user: UserId) -> Result<Option<schema::Viewer>> {
    let is_own = ctx.data_opt::<Viewer>().is_some_and(|viewer| viewer.user == user);
    if is_own {
        schema::Viewer::find(ctx, user).await
    } else {
        Ok(None)
    }
}
