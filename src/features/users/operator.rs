//! The operator's management of users. It works beside a running server, which a job tells of ended sessions, and without
//! one.

use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use secrecy::SecretString;

use super::administration;
use super::error::UsersError;
use super::model::Mistake;
use super::passwords::{self, Passwords};
use super::registration::{self, NewUser, Registration, Valid};
use super::service::find_by_email;
use super::store::{self, SessionRow};
use super::suspension;
use super::two_factor;
use crate::audit::{self, Act, Actor, AuditAction};
use crate::crypto::random_bytes;
use crate::db;
use crate::db::schema::{accounts, users};
use crate::graphql::ClientInfo;
use crate::hub::EventKind;
use crate::id::UserId;
use crate::plan::Plan;
use crate::user::{self, Role};
use crate::work::Core;

const MOST_SESSIONS: i64 = 1_000;
/// The state of an account that is no longer linked, as the database stores it.
const UNLINKED: &str = "UNLINKED";

/// A user, as the operator sees them.
#[derive(Debug, Clone)]
pub struct ListedUser {
    /// Their id.
    pub id: UserId,
    /// The address as the user wrote it.
    pub email: String,
    /// Their plan.
    pub plan: Plan,
    /// Time of the registration.
    pub created_at: DateTime<Utc>,
    /// Number of their accounts that are not unlinked.
    pub accounts: i64,
    /// Their role.
    pub role: Role,
    /// Time since which they are suspended.
    pub suspended_at: Option<DateTime<Utc>>,
}

/// Every user, the oldest first.
///
/// # Errors
/// [`UsersError::Db`] or [`UsersError::Work`].
pub async fn list(core: &Core) -> Result<Vec<ListedUser>, UsersError> {
    let (mut listed, mut behind) = (Vec::new(), None);
    loop {
        let users = core.users_after(behind).await?;
        let Some(last) = users.last() else {
            return Ok(listed);
        };
        behind = Some(*last);
        for user in users {
            // Deleted meanwhile, where there is none.
            listed.extend(load(core, user).await?);
        }
    }
}

/// The user with this e-mail address.
///
/// # Errors
/// [`UsersError::UnknownEmail`].
pub async fn describe(core: &Core, email: &str) -> Result<ListedUser, UsersError> {
    let user = require(core, email).await?;
    let listed = load(core, user).await?;
    listed.ok_or_else(|| UsersError::UnknownEmail(email.to_owned()))
}

/// Creates a user, whoever may register.
///
/// # Errors
/// [`UsersError::Invalid`] or [`UsersError::EmailTaken`].
pub async fn create(
    core: &Core,
    password_cost: u32,
    wanted: Registration,
    plan: Plan,
) -> Result<UserId, UsersError> {
    let wanted = Valid::check(wanted)?;
    let passwords = Passwords::new(password_cost, None);
    let new = NewUser {
        wanted: &wanted,
        plan,
        invitation: None,
    };
    let work = registration::create(core, &passwords, &new, &ClientInfo::default()).await?;
    let user = work.user;
    work.commit().await?;
    Ok(user)
}

/// Gives a user another password, ends all their sessions and revokes their personal access tokens; answers with the number
/// of sessions.
///
/// # Errors
/// [`UsersError::UnknownEmail`] or [`UsersError::Invalid`].
pub async fn reset_password(
    core: &Core,
    password_cost: u32,
    email: &str,
    password: &SecretString,
) -> Result<usize, UsersError> {
    let user = require(core, email).await?;
    if let Some(fault) = passwords::find_fault(password) {
        return Err(UsersError::Invalid(vec![Mistake::new("password", fault)]));
    }
    let passwords = Passwords::new(password_cost, None);
    let turn = passwords.turn(&ClientInfo::default(), true).await?;
    let hash = passwords.hash(turn, password).await?;
    let mut work = core.begin(user).await?;
    store::set_password(&mut work, user, &hash).await?;
    let ended = suspension::revoke_all(work, Actor::Operator, AuditAction::PasswordReset).await?;
    Ok(ended.sessions.len())
}

/// Turns the two-factor authentication of a user off, who lost their second factor and their recovery codes; false when
/// it is off already.
///
/// # Errors
/// [`UsersError::UnknownEmail`].
pub async fn disable_two_factor(core: &Core, email: &str) -> Result<bool, UsersError> {
    let user = require(core, email).await?;
    let mut work = core.begin(user).await?;
    work.lock_user().await?;
    let was_on = two_factor::turn_off(&mut work).await?;
    if was_on {
        let act = Act::new(Actor::Operator, AuditAction::TwoFactorDisabled);
        audit::record(&mut work, act).await?;
    }
    // The server, another process, tells the user's clients.
    db::notify_on_commit(&mut work).await?;
    work.commit().await?;
    Ok(was_on)
}

/// The open sessions of a user, the newest first, 1000 at most.
///
/// # Errors
/// [`UsersError::UnknownEmail`].
pub async fn list_sessions(core: &Core, email: &str) -> Result<Vec<SessionRow>, UsersError> {
    let user = require(core, email).await?;
    let mut tx = core.db.begin(user).await?;
    let sessions = store::list_sessions(&mut tx, user, core.clock.now(), MOST_SESSIONS).await?;
    tx.commit().await?;
    Ok(sessions)
}

/// Ends all sessions of a user and revokes their personal access tokens; answers with the number of sessions.
///
/// # Errors
/// [`UsersError::UnknownEmail`].
pub async fn end_sessions(core: &Core, email: &str) -> Result<usize, UsersError> {
    let user = require(core, email).await?;
    let ended = suspension::end_sessions(core, Actor::Operator, user).await?;
    Ok(ended.sessions.len())
}

/// Suspends the user with this e-mail address; answers with the number of sessions that ended.
///
/// # Errors
/// [`UsersError::UnknownEmail`], [`UsersError::Invalid`] or [`UsersError::LastAdmin`].
pub async fn suspend(core: &Core, email: &str, reason: Option<&str>) -> Result<usize, UsersError> {
    let reason = suspension::parse_reason(reason.unwrap_or_default());
    let reason = reason.map_err(|fault| UsersError::Invalid(vec![Mistake::new("reason", fault)]))?;
    let user = require(core, email).await?;
    let ended = suspension::suspend(core, Actor::Operator, user, reason.as_deref()).await?;
    Ok(ended.sessions.len())
}

/// Takes the suspension of the user with this e-mail address back.
///
/// # Errors
/// [`UsersError::UnknownEmail`].
pub async fn unsuspend(core: &Core, email: &str) -> Result<(), UsersError> {
    let user = require(core, email).await?;
    suspension::unsuspend(core, Actor::Operator, user).await
}

/// Gives the user with this e-mail address a role; false when they have it already. Nothing but a command of the operator
/// does so.
///
/// # Errors
/// [`UsersError::UnknownEmail`].
pub async fn set_role(core: &Core, email: &str, role: Role) -> Result<bool, UsersError> {
    let user = require(core, email).await?;
    let mut is_new = false;
    let mut work = core
        .begin_after(user, async |conn| {
            is_new = user::set_role(conn, user, role).await?;
            Ok::<(), UsersError>(())
        })
        .await?;
    if !is_new {
        work.rollback().await?;
        return Ok(false);
    }
    let action = match role {
        Role::Admin => AuditAction::AdminGranted,
        Role::User => AuditAction::AdminRevoked,
    };
    audit::record(&mut work, Act::new(Actor::Operator, action)).await?;
    work.emit(EventKind::ProfileChanged, None, user);
    db::notify_on_commit(&mut work).await?;
    work.commit().await?;
    Ok(true)
}

/// Changes the plan of the user with this e-mail address to `plan`.
///
/// # Errors
/// [`UsersError::UnknownEmail`].
pub async fn set_plan(core: &Core, email: &str, plan: Plan) -> Result<UserId, UsersError> {
    let user = require(core, email).await?;
    administration::set_plan(core, Actor::Operator, user, plan).await?;
    Ok(user)
}

/// A password that nobody guesses: 120 bits of chance.
pub fn generate_password() -> SecretString {
    BASE64URL_NOPAD.encode(&random_bytes::<15>()).into()
}

async fn require(core: &Core, email: &str) -> Result<UserId, UsersError> {
    let user = find_by_email(&core.db, email).await?;
    user.ok_or_else(|| UsersError::UnknownEmail(email.to_owned()))
}

async fn load(core: &Core, user: UserId) -> Result<Option<ListedUser>, UsersError> {
    let mut tx = core.db.begin(user).await?;
    let row = users::table
        .find(user)
        .select((
            users::email,
            users::plan,
            users::created_at,
            users::role,
            users::suspended_at,
        ))
        .first::<(String, Plan, DateTime<Utc>, Role, Option<DateTime<Utc>>)>(&mut *tx)
        .await
        .optional()?;
    let accounts = accounts::table
        .filter(accounts::user_id.eq(user).and(accounts::state.ne(UNLINKED)))
        .count()
        .get_result(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(
        row.map(|(email, plan, created_at, role, suspended_at)| ListedUser {
            id: user,
            email,
            plan,
            created_at,
            accounts,
            role,
            suspended_at,
        }),
    )
}
