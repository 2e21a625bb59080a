//! The question, by mail, whether an identity with a user's e-mail address is that user's.

use chrono::TimeDelta;

use super::claims::Proven;
use super::error::ExternalError;
use crate::features::users::error::UsersError;
use crate::features::users::letters::{self, LetterKind};
use crate::features::users::service::UsersService;
use crate::features::users::store::{self, NewLinkRequest};
use crate::id::UserId;
use crate::work::Work;

/// Time for which a link in such a mail is good.
pub(in crate::features::users) const LINK_LIFE: TimeDelta = TimeDelta::minutes(30);
/// Maximum number of identities that a user is asked about in that time.
const MOST_REQUESTS: i64 = 5;

impl UsersService {
    /// Asks `user`, whose address the identity has, by mail; answers with the refusal until they agree. One mail about an
    /// identity is enough until its link is over. An address that the issuer did not verify may be anybody's, so a mail
    /// about it would only be an invitation to a mistake. Nor is a user asked by mail who has a second factor.
    pub(super) async fn ask_to_link(
        &self,
        user: UserId,
        proven: &Proven,
        email: &str,
    ) -> Result<ExternalError, UsersError> {
        let refusal = |is_mailed| Ok(ExternalError::NotLinked { is_mailed });
        if !proven.is_email_verified || !self.config.has_mail_server {
            return refusal(false);
        }
        let mut work = match self.core.begin(user).await {
            Ok(work) => work,
            // They are being deleted.
            Err(error) if error.is_of_nobody() => return refusal(false),
            Err(error) => return Err(error.into()),
        };
        work.lock_user().await?;
        if must_be_signed_in(&mut work).await? {
            work.rollback().await?;
            return refusal(false);
        }
        if store::has_link_request(&mut work, &proven.issuer, &proven.subject).await? {
            work.rollback().await?;
            return refusal(true);
        }
        if store::count_link_requests(&mut work).await? >= MOST_REQUESTS {
            work.rollback().await?;
            return refusal(false);
        }
        let new = NewLinkRequest {
            id: work.ids.next(),
            issuer: &proven.issuer,
            subject: &proven.subject,
            email,
        };
        store::insert_link_request(&mut work, &new).await?;
        letters::enqueue_about_link(&mut work, LetterKind::LinkExternalIdentity, new.id).await?;
        work.commit().await?;
        refusal(true)
    }
}

/// True for a user whose proven address has a second factor beside it, which a link in a mail would pass by.
async fn must_be_signed_in(work: &mut Work) -> Result<bool, UsersError> {
    let user = work.user;
    let row = store::find(work, user).await?;
    let is_proven = row.is_some_and(|row| row.email_verified_at.is_some());
    Ok(is_proven && store::find_two_factor(work).await?.is_some())
}
