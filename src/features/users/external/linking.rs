//! Identities of users who were there before: linked when the user agrees, and unlinked.

use super::claims::Proven;
use super::error::{ExternalError, IdentityError};
use crate::features::users::access_tokens;
use crate::features::users::confirmation::Proof;
use crate::features::users::error::UsersError;
use crate::features::users::external::notices;
use crate::features::users::ids::ExternalIdentityId;
use crate::features::users::letters::{self, LetterKind};
use crate::features::users::mail_token::Purpose;
use crate::features::users::passwords::nobodys_hash;
use crate::features::users::service::UsersService;
use crate::features::users::store::{self, IdentityRow, NewIdentity, UserRow};
use crate::graphql::{ClientInfo, Viewer};
use crate::hub::EventKind;
use crate::id::{AccessTokenId, SessionId, UserId};
use crate::work::Work;

/// Maximum number of identities of one user.
pub(in crate::features::users) const MOST_IDENTITIES: usize = 20;

impl UsersService {
    /// Links the identity of `token` to the viewer, who proved who they are. One that is theirs already stays as it is.
    ///
    /// # Errors
    /// Those of a proof of who the viewer is; [`UsersError::Identity`].
    pub async fn link_external_identity(
        &self,
        viewer: Viewer,
        token: &str,
        proof: &Proof,
        client: &ClientInfo,
    ) -> Result<UserRow, UsersError> {
        let what = "link to an external identity";
        let confirmed = self.confirm(viewer, proof, client, what).await?;
        let proven = self.verify_external(token).await.map_err(told)?;
        let mut work = self.begin_confirmed(&confirmed).await?;
        let found = store::find_identity(&mut work, &proven.issuer, &proven.subject).await?;
        if found.is_some() {
            // With the code of the second factor used up.
            work.commit().await?;
            return Ok(confirmed.row);
        }
        link(&mut work, &Identity::of(&proven)).await?;
        work.commit().await?;
        tracing::info!(user.id = %viewer.user, "user {} linked an external identity", viewer.user);
        Ok(confirmed.row)
    }

    /// Links the identity of a token from a mail to its user. Where the user's own address was not proven before, somebody
    /// else may have registered it: their password, second factor, other identities and personal access tokens are void
    /// then, and all sessions end. Where it was, a mail is not enough to pass by a second factor.
    ///
    /// # Errors
    /// [`UsersError::InvalidMailToken`]; [`UsersError::Identity`]; [`UsersError::LimitReached`].
    pub async fn confirm_external_identity(
        &self,
        token: &str,
        client: &ClientInfo,
    ) -> Result<UserId, UsersError> {
        let (mut work, used) = self
            .use_token(Purpose::LinkExternalIdentity, token, client)
            .await?;
        let user = work.user;
        let id = used
            .external_link_request_id
            .ok_or(UsersError::InvalidMailToken)?;
        let request = store::take_link_request(&mut work, id).await?;
        let request = request.ok_or(UsersError::InvalidMailToken)?;
        let row = store::find(&mut work, user).await?;
        if row.is_none_or(|row| row.email != used.sent_to) {
            return Err(UsersError::InvalidMailToken);
        }
        let identity = Identity {
            issuer: &request.issuer,
            subject: &request.subject,
            email: Some(&request.email),
        };
        let (ended, revoked) = if store::verify_email(&mut work, &used.sent_to).await? {
            self.void_credentials(&mut work).await?
        } else if store::find_two_factor(&mut work).await?.is_some() {
            return Err(UsersError::InvalidMailToken);
        } else {
            (Vec::new(), Vec::new())
        };
        link(&mut work, &identity).await?;
        work.commit().await?;
        self.tokens.revoke(&ended);
        self.tokens.access_tokens.revoke(&revoked);
        tracing::info!(user.id = %user, "user {user} linked an external identity by mail");
        Ok(user)
    }

    /// Unlinks an identity of the viewer's, and ends its sessions.
    ///
    /// # Errors
    /// [`UsersError::Identity`].
    pub async fn unlink_external_identity(
        &self,
        viewer: Viewer,
        id: ExternalIdentityId,
    ) -> Result<UserRow, UsersError> {
        let mut work = self.core.begin(viewer.user).await?;
        let now = work.now;
        work.lock_user().await?;
        let row = store::find(&mut work, viewer.user).await?;
        let row = row.ok_or(diesel::result::Error::NotFound)?;
        let identities = store::list_identities(&mut work, viewer.user).await?;
        if !identities.iter().any(|identity| identity.id == id) {
            work.rollback().await?;
            return Err(IdentityError::Unknown.into());
        }
        if !row.has_password && !self.has_other_way_in(&identities, id) {
            work.rollback().await?;
            return Err(IdentityError::OnlyWayIn.into());
        }
        let ended = store::revoke_sessions_of_identity(&mut work, id, now).await?;
        store::delete_identity(&mut work, id).await?;
        work.emit(EventKind::ProfileChanged, None, viewer.user);
        work.commit().await?;
        self.tokens.revoke(&ended);
        tracing::info!(user.id = %viewer.user, "user {} unlinked an external identity", viewer.user);
        Ok(row)
    }

    /// True when another identity than `id` is of the issuer whose tokens are accepted now.
    fn has_other_way_in(&self, identities: &[IdentityRow], id: ExternalIdentityId) -> bool {
        let issuer = self.external.as_ref().map(|external| external.issuer());
        let is_other = |identity: &IdentityRow| identity.id != id && Some(identity.issuer.as_str()) == issuer;
        identities.iter().any(is_other)
    }

    async fn void_credentials(
        &self,
        work: &mut Work,
    ) -> Result<(Vec<SessionId>, Vec<AccessTokenId>), UsersError> {
        let (user, now) = (work.user, work.now);
        store::void_password(work, user, &nobodys_hash(self.config.password_cost)).await?;
        store::remove_two_factor(work).await?;
        store::delete_identities(work, user).await?;
        store::forget_pending_email_changes(work).await?;
        for purpose in [Purpose::VerifyEmail, Purpose::ResetPassword] {
            store::forget_mail_tokens(work, purpose).await?;
        }
        let ended = store::revoke_sessions(work, user, None, now).await?;
        Ok((ended, access_tokens::revoke_all(work).await?))
    }
}

/// An identity that is to be linked.
struct Identity<'a> {
    issuer: &'a str,
    subject: &'a str,
    email: Option<&'a str>,
}

impl<'a> Identity<'a> {
    fn of(proven: &'a Proven) -> Self {
        Self {
            issuer: &proven.issuer,
            subject: &proven.subject,
            email: proven.email.as_deref(),
        }
    }
}

/// Links an identity to the user of `work`, whose row is locked, and tells them.
async fn link(work: &mut Work, identity: &Identity<'_>) -> Result<(), UsersError> {
    let user = work.user;
    if store::list_identities(work, user).await?.len() >= MOST_IDENTITIES {
        return Err(IdentityError::TooMany.into());
    }
    let new = NewIdentity {
        id: work.ids.next(),
        issuer: identity.issuer,
        subject: identity.subject,
        email: identity.email,
    };
    let inserted = store::insert_identity(work, &new).await?;
    let id = inserted.ok_or(IdentityError::Taken)?;
    store::forget_link_request(work, identity.issuer, identity.subject).await?;
    letters::enqueue_about_identity(work, LetterKind::ExternalIdentityLinked, id).await?;
    notices::post(work, id, identity.issuer).await?;
    work.emit(EventKind::ProfileChanged, None, user);
    Ok(())
}

/// The error of a mutation that was given a token.
fn told(error: ExternalError) -> UsersError {
    match error {
        ExternalError::Users(error) => error,
        ExternalError::Unavailable => IdentityError::IssuerUnavailable.into(),
        other => IdentityError::InvalidToken(other.to_string()).into(),
    }
}
