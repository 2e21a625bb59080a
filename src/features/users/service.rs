use std::sync::Arc;

use super::error::UsersError;
use super::external::ExternalTokens;
use super::invitations::RegistrationMode;
use super::limits::{Gates, Guess, Limits};
use super::model::{self, Mistake};
use super::passwords::Passwords;
use super::store::{self, ProfileChange, UserRow};
use super::tokens::TokenService;
use super::two_factor::TwoFactorError;
use crate::db::Db;
use crate::features::Parts;
use crate::graphql::{ClientInfo, Viewer};
use crate::hub::EventKind;
use crate::id::UserId;
use crate::limiter::LogLimit;
use crate::plan::Plan;
use crate::work::Core;

/// Operator's settings of users.
#[derive(Debug, Clone, Copy)]
pub struct UsersConfig {
    /// The people who may register.
    pub registration: RegistrationMode,
    /// The plan of new users.
    pub default_plan: Plan,
    /// The cost of bcrypt: 12 in service, 4 in tests.
    pub password_cost: u32,
    /// True when browsers reach the server by https, so that its cookies can require it.
    pub is_https: bool,
    /// True when there is a mail server, so that users can be written to.
    pub has_mail_server: bool,
    /// Rate limits of one address; none means unlimited, for tests.
    pub limits: Option<Limits>,
}

/// Input of a profile change; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ProfileEdit {
    /// Display name; `Some(None)` removes it.
    pub display_name: Option<Option<String>>,
    /// A language tag of BCP 47.
    pub locale: Option<String>,
    /// A zone of the IANA database.
    pub time_zone: Option<String>,
}

/// Registers users, lets them in, and changes what they are called.
#[derive(Debug, Clone)]
pub struct UsersService {
    pub(super) core: Core,
    pub(super) tokens: Arc<TokenService>,
    pub(super) config: UsersConfig,
    pub(super) passwords: Passwords,
    pub(super) gates: Option<Arc<Gates>>,
    /// The operator's issuer of tokens, if there is one.
    pub(super) external: Option<Arc<ExternalTokens>>,
    /// The limit on lines in the log about refused passwords.
    refusals: Arc<LogLimit>,
}

impl From<&Parts> for UsersService {
    fn from(parts: &Parts) -> Self {
        Self {
            external: parts.external.clone(),
            ..Self::new(parts.core.clone(), Arc::clone(&parts.tokens), parts.users)
        }
    }
}

impl UsersService {
    /// A service that issues `tokens`, and accepts those of no issuer beside.
    pub fn new(core: Core, tokens: Arc<TokenService>, config: UsersConfig) -> Self {
        let gates = config
            .limits
            .map(|limits| Arc::new(Gates::new(&core.limiters, &limits)));
        let refusals = Arc::new(LogLimit::new(&core.clock));
        let passwords = Passwords::new(config.password_cost, config.limits.map(|limits| limits.line));
        Self {
            core,
            tokens,
            config,
            passwords,
            gates,
            external: None,
            refusals,
        }
    }

    /// Number of password hashes computed since the start: half a second of a core each.
    pub fn password_computations(&self) -> u64 {
        self.passwords.computed()
    }

    /// The user's row; none when they were deleted.
    ///
    /// # Errors
    /// [`UsersError::Db`].
    pub async fn find(&self, user: UserId) -> Result<Option<UserRow>, UsersError> {
        let mut tx = self.core.db.begin(user).await?;
        let row = store::find(&mut tx, user).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Changes what the viewer is called, and in which language and zone.
    ///
    /// # Errors
    /// [`UsersError::Invalid`].
    pub async fn update_profile(&self, viewer: Viewer, edit: ProfileEdit) -> Result<UserRow, UsersError> {
        let change = check_profile(edit)?;
        let is_empty = change.display_name.is_none() && change.locale.is_none() && change.time_zone.is_none();
        let mut work = self.core.begin(viewer.user).await?;
        let row = if is_empty {
            store::find(&mut work, viewer.user)
                .await?
                .ok_or(diesel::result::Error::NotFound)?
        } else {
            work.emit(EventKind::ProfileChanged, None, viewer.user);
            store::change_profile(&mut work, viewer.user, &change).await?
        };
        work.commit().await?;
        Ok(row)
    }

    /// The hash of the user's password; none when they were deleted.
    pub(super) async fn find_password_hash(&self, user: UserId) -> Result<Option<String>, UsersError> {
        let mut tx = self.core.db.begin(user).await?;
        let hash = store::find_password_hash(&mut tx, user).await?;
        tx.commit().await?;
        Ok(hash)
    }

    /// Logs that a password or a code was refused, for tools that shut addresses out.
    pub(super) fn log_refusal(&self, what: &str, error: &UsersError, client: &ClientInfo) {
        let is_refusal = matches!(
            error,
            UsersError::WrongCredentials
                | UsersError::WrongCurrentPassword
                | UsersError::TwoFactor(TwoFactorError::WrongCode)
                | UsersError::LimitReached(_)
                | UsersError::RateLimited(_)
        );
        if is_refusal && self.refusals.allows(client.ip) {
            let from = client
                .ip
                .map_or_else(|| "an unknown address".to_owned(), |ip| ip.to_string());
            tracing::warn!(client.address = %from, "refused a {what} from {from}: {error}");
        }
    }

    pub(super) async fn was_no_guess(&self, guess: Option<&Guess>) {
        if let (Some(gates), Some(guess)) = (&self.gates, guess) {
            gates.was_no_guess(guess).await;
        }
    }

    pub(super) async fn was_no_guess_of_viewer(&self, client: &ClientInfo, email: &str) {
        if let Some(gates) = &self.gates {
            gates.was_no_guess_of_viewer(client, email).await;
        }
    }
}

/// The user with this e-mail address, in any case of its ASCII letters.
///
/// # Errors
/// [`UsersError::Work`].
pub async fn find_by_email(db: &Db, email: &str) -> Result<Option<UserId>, UsersError> {
    let Ok(email) = model::parse_email(email) else {
        return Ok(None);
    };
    let mut tx = db.begin_without_user().await?;
    let user = store::find_by_email(&mut tx, &model::email_key(&email)).await?;
    tx.commit().await?;
    Ok(user)
}

fn check_profile(edit: ProfileEdit) -> Result<ProfileChange, UsersError> {
    let mut mistakes = Vec::new();
    let name = edit
        .display_name
        .map(|name| model::parse_display_name(&name.unwrap_or_default()));
    let locale = edit.locale.map(|locale| model::parse_locale(&locale));
    let time_zone = edit.time_zone.map(|zone| model::parse_time_zone(&zone));
    let change = ProfileChange {
        display_name: name.and_then(|name| collect_mistake(&mut mistakes, name)),
        locale: locale.and_then(|locale| collect_mistake(&mut mistakes, locale)),
        time_zone: time_zone.and_then(|zone| collect_mistake(&mut mistakes, zone)),
    };
    if mistakes.is_empty() {
        Ok(change)
    } else {
        Err(UsersError::Invalid(mistakes))
    }
}

/// Returns the parsed value, or adds the mistake to `mistakes`.
pub(super) fn collect_mistake<T>(mistakes: &mut Vec<Mistake>, parsed: Result<T, Mistake>) -> Option<T> {
    parsed.map_err(|mistake| mistakes.push(mistake)).ok()
}
