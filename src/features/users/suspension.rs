//! Suspension: the user stays, with everything of theirs, and is kept out until it is taken back.
//!
//! ```text
//! suspend:   lock -> suspended_at, sessions and access tokens ended, audit entry, SUSPENSION_CHANGED -> COMMIT
//!                 '-> accounts paused; what is due to webhooks waits, and no notification is mailed or pushed
//! unsuspend: the same backwards; the accounts connect again, and the user signs in anew
//! ```
//!
//! Only somebody who gives the right password, or a refresh token that was good until the suspension, is told of it.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use super::access_tokens;
use super::error::UsersError;
use super::recall;
use super::service::UsersService;
use super::store;
use crate::audit::{self, Act, Actor, AuditAction, Details};
use crate::db;
use crate::graphql::Admin;
use crate::hub::EventKind;
use crate::id::{AccessTokenId, SessionId, UserId};
use crate::user::{self, Role};
use crate::work::{Core, Work, WorkError};

/// Most characters of a reason.
const LONGEST_REASON: usize = 500;

/// Reads the reason of a suspension; none when there is nothing in it.
///
/// # Errors
/// The fault, in words.
pub(super) fn parse_reason(text: &str) -> Result<Option<String>, String> {
    let reason = text.trim();
    match reason.chars().count() {
        0 => Ok(None),
        length if length <= LONGEST_REASON => Ok(Some(reason.to_owned())),
        length => Err(format!(
            "the reason has {length} characters; at most {LONGEST_REASON} are possible"
        )),
    }
}

/// Suspends `user`, and ends every way in that they have; answers with those. One who is suspended already stays as they
/// are.
///
/// # Errors
/// [`UsersError::UnknownUser`], [`UsersError::OwnSuspension`] or [`UsersError::LastAdmin`].
pub(super) async fn suspend(
    core: &Core,
    actor: Actor,
    user: UserId,
    reason: Option<&str>,
) -> Result<Ended, UsersError> {
    if actor.admin() == Some(user) {
        return Err(UsersError::OwnSuspension);
    }
    let mut work = begin(core, user).await?;
    let row = store::find(&mut work, user)
        .await?
        .ok_or(UsersError::UnknownUser)?;
    if row.suspended_at.is_some() {
        work.rollback().await?;
        return Ok(Ended::default());
    }
    if row.role == Role::Admin && !user::has_other_admin(&mut work, user).await? {
        return Err(UsersError::LastAdmin);
    }
    store::suspend(&mut work, reason).await?;
    let ended = Ended::of(&mut work).await?;
    let act = Act {
        details: ended.details(),
        reason,
        ..Act::new(actor, AuditAction::Suspended)
    };
    audit::record(&mut work, act).await?;
    work.emit(EventKind::SuspensionChanged, None, user);
    work.commit().await?;
    tracing::info!(user.id = %user, "suspended user {user}");
    Ok(ended)
}

/// Takes the suspension of `user` back; without one, nothing changes.
///
/// # Errors
/// [`UsersError::UnknownUser`].
pub(super) async fn unsuspend(core: &Core, actor: Actor, user: UserId) -> Result<(), UsersError> {
    let mut work = begin(core, user).await?;
    if !store::unsuspend(&mut work).await? {
        return Ok(work.rollback().await?);
    }
    audit::record(&mut work, Act::new(actor, AuditAction::Unsuspended)).await?;
    work.emit(EventKind::SuspensionChanged, None, user);
    // The server may be another process.
    db::notify_on_commit(&mut work).await?;
    work.commit().await?;
    tracing::info!(user.id = %user, "took the suspension of user {user} back");
    Ok(())
}

/// Ends all sessions of `user`, and revokes their personal access tokens; answers with those.
///
/// # Errors
/// [`UsersError::UnknownUser`].
pub(super) async fn end_sessions(core: &Core, actor: Actor, user: UserId) -> Result<Ended, UsersError> {
    let work = begin(core, user).await?;
    revoke_all(work, actor, AuditAction::SessionsEnded).await
}

/// Ends all sessions of the user of `work` and revokes their personal access tokens, which is a part of `action`, and
/// commits; answers with those. When nothing ended and that was all of it, nothing is recorded.
pub(super) async fn revoke_all(
    mut work: Work,
    actor: Actor,
    action: AuditAction,
) -> Result<Ended, UsersError> {
    let ended = Ended::of(&mut work).await?;
    if !ended.is_empty() || action != AuditAction::SessionsEnded {
        let act = Act {
            details: ended.details(),
            ..Act::new(actor, action)
        };
        audit::record(&mut work, act).await?;
    }
    work.commit().await?;
    Ok(ended)
}

/// Sessions and personal access tokens that ended.
#[derive(Debug, Default)]
pub(super) struct Ended {
    pub(super) sessions: Vec<SessionId>,
    access_tokens: Vec<AccessTokenId>,
}

impl Ended {
    /// Ends the sessions and the personal access tokens of the user of `work`. The running server learns of it after the
    /// commit.
    async fn of(work: &mut Work) -> QueryResult<Self> {
        let (user, now) = (work.user, work.now);
        let sessions = store::revoke_sessions(work, user, None, now).await?;
        let access_tokens = access_tokens::revoke_all(work).await?;
        recall::request(work).await?;
        Ok(Self {
            sessions,
            access_tokens,
        })
    }

    fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.access_tokens.is_empty()
    }

    /// The details of an act that ended these.
    fn details(&self) -> Details {
        Details {
            ended_sessions: Some(i32::try_from(self.sessions.len()).unwrap_or(i32::MAX)),
            ..Details::default()
        }
    }
}

impl UsersService {
    /// Suspends `user`, as an admin decided; see [`suspend`].
    ///
    /// # Errors
    /// Those of [`suspend`].
    pub(super) async fn suspend(
        &self,
        admin: Admin,
        user: UserId,
        reason: Option<&str>,
    ) -> Result<(), UsersError> {
        let ended = suspend(&self.core, Actor::Admin(admin), user, reason).await?;
        self.refuse(&ended);
        Ok(())
    }

    /// Ends all sessions of `user` and revokes their personal access tokens, as an admin decided; answers with the number of
    /// sessions.
    ///
    /// # Errors
    /// [`UsersError::UnknownUser`].
    pub(super) async fn end_sessions_of(&self, admin: Admin, user: UserId) -> Result<usize, UsersError> {
        let ended = end_sessions(&self.core, Actor::Admin(admin), user).await?;
        self.refuse(&ended);
        Ok(ended.sessions.len())
    }

    /// Refuses at once what ended.
    fn refuse(&self, ended: &Ended) {
        self.tokens.revoke(&ended.sessions);
        self.tokens.access_tokens.revoke(&ended.access_tokens);
    }
}

/// Refuses a suspended user, who has proved by now who they are.
///
/// # Errors
/// [`UsersError::Suspended`].
pub(super) async fn refuse_suspended(conn: &mut AsyncPgConnection, user: UserId) -> Result<(), UsersError> {
    match store::find_suspension(conn, user).await? {
        Some(suspension) => Err(UsersError::Suspended(suspension.reason)),
        None => Ok(()),
    }
}

/// Opens a unit of work of somebody else, alone with their row.
pub(super) async fn begin(core: &Core, user: UserId) -> Result<Work, UsersError> {
    let work = async {
        let mut work = core.begin(user).await?;
        work.lock_user().await?;
        Ok(work)
    };
    work.await.map_err(|error: WorkError| {
        if error.is_of_nobody() {
            UsersError::UnknownUser
        } else {
            error.into()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_trimmed_and_at_most_500_characters_long() {
        assert_eq!(parse_reason(" spam \n"), Ok(Some("spam".to_owned())));
        assert_eq!(parse_reason("  "), Ok(None));
        assert_eq!(parse_reason(&"é".repeat(500)), Ok(Some("é".repeat(500))));
        let long = parse_reason(&"x".repeat(501)).unwrap_err();
        assert_eq!(long, "the reason has 501 characters; at most 500 are possible");
    }
}
