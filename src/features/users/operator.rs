//! The operator's management of users. It works beside a running server, which a job tells of ended sessions, and without
//! one.

use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use secrecy::SecretString;

use super::access_tokens;
use super::error::UsersError;
use super::model::Mistake;
use super::passwords::{self, Passwords};
use super::recall;
use super::registration::{self, NewUser, Registration, Valid};
use super::service::find_by_email;
use super::store::{self, SessionRow};
use super::two_factor;
use crate::crypto::random_bytes;
use crate::db;
use crate::db::schema::{accounts, users};
use crate::graphql::ClientInfo;
use crate::id::UserId;
use crate::plan::{self, Plan};
use crate::work::{Core, Work};

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
    revoke_all(work).await
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
    revoke_all(core.begin(user).await?).await
}

/// Ends all sessions of the user of `work`, revokes their personal access tokens, and commits; returns the number of
/// sessions.
async fn revoke_all(mut work: Work) -> Result<usize, UsersError> {
    let (user, now) = (work.user, work.now);
    let ended = store::revoke_sessions(&mut work, user, None, now).await?;
    access_tokens::revoke_all(&mut work).await?;
    recall::request(&mut work).await?;
    work.commit().await?;
    Ok(ended.len())
}

/// Changes the plan of the user with this e-mail address to `plan`.
///
/// # Errors
/// [`UsersError::UnknownEmail`].
pub async fn set_plan(core: &Core, email: &str, plan: Plan) -> Result<UserId, UsersError> {
    let user = require(core, email).await?;
    let mut work = core.begin(user).await?;
    plan::set(&mut work, plan).await?;
    // The server, another process, tells the user's clients.
    db::notify_on_commit(&mut work).await?;
    work.commit().await?;
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
        .select((users::email, users::plan, users::created_at))
        .first::<(String, Plan, DateTime<Utc>)>(&mut *tx)
        .await
        .optional()?;
    let accounts = accounts::table
        .filter(accounts::user_id.eq(user).and(accounts::state.ne(UNLINKED)))
        .count()
        .get_result(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(row.map(|(email, plan, created_at)| ListedUser {
        id: user,
        email,
        plan,
        created_at,
        accounts,
    }))
}
