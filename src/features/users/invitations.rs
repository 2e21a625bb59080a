//! Registration by invitation: the operator gives out codes, each of which lets one person register until it expires.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use secrecy::{ExposeSecret, SecretString};

use super::error::UsersError;
use super::model::{INVITATION, Mistake};
use super::service::UsersService;
use super::sessions::{hash_token, new_token};
use crate::db::Db;
use crate::db::schema::invitations;

/// People who may register on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
pub enum RegistrationMode {
    /// Anybody may register.
    Open,
    /// People with an invitation from the server's operator may register.
    Invite,
    /// Nobody may register: the server's operator adds users.
    Closed,
}

/// An invitation, as its receiver needs it.
#[derive(Debug)]
pub struct Invitation {
    /// The code, good for one registration.
    pub code: SecretString,
    /// Time at which the code expires.
    pub expires_at: DateTime<Utc>,
}

/// Makes an invitation that is good for `life`, and forgets the expired ones.
///
/// # Errors
/// [`UsersError::Db`].
pub async fn invite(db: &Db, now: DateTime<Utc>, life: TimeDelta) -> Result<Invitation, UsersError> {
    let invitation = Invitation {
        code: new_token(),
        expires_at: now + life,
    };
    let mut tx = db.begin_without_user().await?;
    diesel::delete(invitations::table.filter(invitations::expires_at.le(now)))
        .execute(&mut *tx)
        .await?;
    diesel::insert_into(invitations::table)
        .values((
            invitations::code_hash.eq(hash_token(&invitation.code)),
            invitations::created_at.eq(now),
            invitations::expires_at.eq(invitation.expires_at),
        ))
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(invitation)
}

/// The message of a registration without the invitation that it needs.
const MISSING: &str = "registration needs an invitation on this server; ask its operator for one, and pass its code as `invitation`";

/// The hash of an invitation that a registration has to use up.
#[derive(Debug)]
pub(super) struct InvitationHash(Vec<u8>);

impl InvitationHash {
    /// Deletes the invitation's row.
    ///
    /// # Errors
    /// [`UsersError::InvalidInvitation`] when there is none that is good.
    pub(super) async fn use_up(
        &self,
        conn: &mut AsyncPgConnection,
        now: DateTime<Utc>,
    ) -> Result<(), UsersError> {
        let good = invitations::table
            .find(self.0.as_slice())
            .filter(invitations::expires_at.gt(now));
        match diesel::delete(good).execute(conn).await? {
            0 => Err(UsersError::InvalidInvitation),
            _ => Ok(()),
        }
    }
}

impl UsersService {
    /// The invitation that a registration needs; none while anybody may register. The mistake of not giving one is told
    /// together with the others of the input.
    ///
    /// # Errors
    /// [`UsersError::RegistrationClosed`].
    pub(super) fn needed_invitation(
        &self,
        given: Option<&SecretString>,
    ) -> Result<Result<Option<InvitationHash>, Mistake>, UsersError> {
        let code = given.map(|code| code.expose_secret().trim());
        match (self.config.registration, code) {
            (RegistrationMode::Open, _) => Ok(Ok(None)),
            (RegistrationMode::Closed, _) => Err(UsersError::RegistrationClosed),
            (RegistrationMode::Invite, None | Some("")) => Ok(Err(Mistake::new(INVITATION, MISSING))),
            (RegistrationMode::Invite, Some(code)) => Ok(Ok(Some(InvitationHash(hash_token(&code.into()))))),
        }
    }

    /// Refuses a registration whose invitation is not good, before its password costs anything. Registering decides.
    pub(super) async fn check_invitation(&self, invitation: &InvitationHash) -> Result<(), UsersError> {
        let mut tx = self.core.db.begin_without_user().await?;
        let checked = invitation.use_up(&mut tx, self.core.clock.now()).await;
        tx.rollback().await?;
        checked
    }
}
