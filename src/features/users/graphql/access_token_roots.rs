use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::access_token::AccessToken;
use super::{client, judge, proof, service};
use crate::features::schema;
use crate::features::users::access_tokens::{AccessTokenWish, CreatedAccessToken};
use crate::features::users::confirmation::Proof;
use crate::graphql::{AccessTokenScope, UserError, viewer};
use crate::id::{AccessTokenId, AccountId, UserId};

/// Input of `createAccessToken`.
#[derive(InputObject)]
pub(super) struct CreateAccessTokenInput {
    /// Name by which the viewer knows the token, such as that of the program it is for: 1 to 100 letters.
    name: String,
    /// Classes of operations that the token may be used for; one at least.
    scopes: Vec<AccessTokenScope>,
    /// Time at which the token expires, 1 to 365 days from now; 90 days from now when absent.
    expires_at: Option<DateTime<Utc>>,
    /// Ids of the accounts that the token is limited to, 1 to 100: it sees nothing of the others. When absent, it is for all
    /// accounts of the viewer, those of the future too.
    account_ids: Option<Vec<ID>>,
    /// Password of the viewer.
    current_password: String,
    /// Code of two-factor authentication: the 6 digits that the authenticator app shows now, or a recovery code. Spaces and
    /// dashes are ignored. Needed when `user.twoFactor.isEnabled`, and ignored otherwise.
    code: Option<String>,
}

impl CreateAccessTokenInput {
    fn parse(self) -> (AccessTokenWish, Proof) {
        let parse = |id: ID| AccountId::from_global(&id).ok();
        let wish = AccessTokenWish {
            name: self.name,
            scopes: self.scopes,
            expires_at: self.expires_at,
            accounts: self.account_ids.map(|ids| ids.into_iter().map(parse).collect()),
        };
        (wish, proof(self.current_password, self.code))
    }
}

/// Input of `revokeAccessToken`.
#[derive(InputObject)]
pub(super) struct RevokeAccessTokenInput {
    /// Id of a personal access token of the viewer's.
    access_token_id: ID,
}

/// Payload of `createAccessToken`.
#[derive(SimpleObject, Default)]
pub(super) struct CreateAccessTokenPayload {
    /// Personal access token that was created; null when there are errors.
    access_token: Option<AccessToken>,
    /// The token itself: `amda_` and 48 characters, the last six of which are a checksum. Keep it: it is not shown again.
    /// Null when there are errors.
    token: Option<String>,
    /// The viewer, with their new `accessTokens`; null when there are errors.
    viewer: Option<schema::Viewer>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

impl CreateAccessTokenPayload {
    async fn of(
        ctx: &Context<'_>,
        user: UserId,
        done: Result<CreatedAccessToken, Vec<UserError>>,
    ) -> Result<Self> {
        Ok(match done {
            Ok(created) => Self {
                token: Some(created.text.reveal().to_owned()),
                access_token: Some(AccessToken(created.row)),
                viewer: schema::Viewer::find(ctx, user).await?,
                errors: Vec::new(),
            },
            Err(errors) => Self {
                errors,
                ..Self::default()
            },
        })
    }
}

/// Payload of `revokeAccessToken`.
#[derive(SimpleObject, Default)]
pub(super) struct RevokeAccessTokenPayload {
    /// Former id of the personal access token, for clients to remove it from lists and caches; null when there are errors.
    revoked_access_token_id: Option<ID>,
    /// The viewer, whose `accessTokens` no longer hold the revoked one; null when there are errors.
    viewer: Option<schema::Viewer>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

/// Mutations of personal access tokens.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccessTokenMutation;

#[Object]
impl AccessTokenMutation {
    /// Creates a personal access token, a credential for a program, and mails the viewer that it exists. The payload holds
    /// the token, which is not shown again. A user may have 50 that have not expired. A changed or reset password revokes
    /// them all. A wrong password counts with those of `logIn`.
    async fn create_access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Token to create, and proof that it is the viewer who asks.")]
        input: CreateAccessTokenInput,
    ) -> Result<CreateAccessTokenPayload> {
        let viewer = viewer(ctx)?;
        let (wish, proof) = input.parse();
        let created = service(ctx)
            .create_access_token(viewer, wish, &proof, &client(ctx))
            .await;
        CreateAccessTokenPayload::of(ctx, viewer.user, judge(ctx, created)?).await
    }

    /// Revokes a personal access token: it is refused at once, and its sockets close with 4403.
    async fn revoke_access_token(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Token to revoke.")] input: RevokeAccessTokenInput,
    ) -> Result<RevokeAccessTokenPayload> {
        let viewer = viewer(ctx)?;
        let revoked = match AccessTokenId::from_global(&input.access_token_id) {
            Ok(id) => judge(ctx, service(ctx).revoke_access_token(viewer, id).await)?.map(|()| id),
            Err(error) => Err(vec![UserError::no_id(&["accessTokenId"], &error)]),
        };
        Ok(match revoked {
            Ok(id) => RevokeAccessTokenPayload {
                revoked_access_token_id: Some(ID(id.to_global())),
                viewer: schema::Viewer::find(ctx, viewer.user).await?,
                errors: Vec::new(),
            },
            Err(errors) => RevokeAccessTokenPayload {
                errors,
                ..RevokeAccessTokenPayload::default()
            },
        })
    }
}
