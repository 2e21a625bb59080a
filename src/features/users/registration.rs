use secrecy::SecretString;

use super::error::UsersError;
use super::invitations::InvitationHash;
use super::letters::{self, LetterKind};
use super::model::{self, Mistake};
use super::operator::set_plan;
use super::passwords::{self, Passwords};
use super::service::{UsersService, collect_mistake, find_by_email};
use super::sessions::IssuedSession;
use super::store::{self, NewUserRow};
use crate::graphql::ClientInfo;
use crate::id::UserId;
use crate::plan::Plan;
use crate::work::{Core, Work};

/// Input of a registration.
#[derive(Debug, Clone)]
pub struct Registration {
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: SecretString,
    /// Display name.
    pub display_name: Option<String>,
    /// A language tag of BCP 47; English when absent.
    pub locale: Option<String>,
    /// A zone of the IANA database; UTC when absent.
    pub time_zone: Option<String>,
    /// The code of an invitation, for a server that needs one.
    pub invitation: Option<SecretString>,
}

impl UsersService {
    /// Registers a user on the operator's default plan, logs them in, and mails them to prove their address.
    ///
    /// # Errors
    /// [`UsersError::Invalid`], also without an invitation where one is needed; [`UsersError::EmailTaken`];
    /// [`UsersError::LimitReached`], which counts what was valid and, so that nobody guesses codes, a wrong invitation;
    /// [`UsersError::RateLimited`]; [`UsersError::RegistrationClosed`] or [`UsersError::InvalidInvitation`] for somebody
    /// who may not register.
    pub async fn register(
        &self,
        wanted: Registration,
        client: &ClientInfo,
    ) -> Result<IssuedSession, UsersError> {
        let invitation = self.needed_invitation(wanted.invitation.as_ref())?;
        let (invitation, wanted) = all_valid(invitation, Valid::check(wanted))?;
        if let Some(gates) = &self.gates {
            gates.register(client).await?;
        }
        if let Some(invitation) = &invitation {
            self.check_invitation(invitation).await?;
        }
        let new = NewUser {
            wanted: &wanted,
            plan: self.config.default_plan,
            invitation: invitation.as_ref(),
        };
        let created = create(&self.core, &self.passwords, &new, client).await;
        if let (Err(UsersError::RateLimited(_) | UsersError::ClientGone), Some(gates)) =
            (&created, &self.gates)
        {
            gates.was_no_registration(client).await;
        }
        let mut work = created?;
        let (user, now) = (work.user, work.now);
        let opened = self.open_session(&mut work, user, client, now).await?;
        letters::enqueue(&mut work, LetterKind::VerifyEmail).await?;
        let row = store::find(&mut work, user).await?;
        let row = row.ok_or(diesel::result::Error::NotFound)?;
        work.commit().await?;
        tracing::info!(user.id = %user, "registered user {user}");
        self.issue(row, opened, now)
    }

    /// Makes sure that there is a user with this e-mail address on `plan`. One who is there already keeps their
    /// password and profile.
    ///
    /// # Errors
    /// [`UsersError::Invalid`].
    pub async fn ensure_user(&self, wanted: Registration, plan: Plan) -> Result<UserId, UsersError> {
        let wanted = Valid::check(wanted)?;
        let new = NewUser {
            wanted: &wanted,
            plan,
            invitation: None,
        };
        match create(&self.core, &self.passwords, &new, &ClientInfo::default()).await {
            Ok(work) => {
                let user = work.user;
                work.commit().await?;
                Ok(user)
            }
            Err(UsersError::EmailTaken) => set_plan(&self.core, &wanted.email, plan).await,
            Err(error) => Err(error),
        }
    }
}

/// Both, or the mistakes of both.
fn all_valid(
    invitation: Result<Option<InvitationHash>, Mistake>,
    wanted: Result<Valid, UsersError>,
) -> Result<(Option<InvitationHash>, Valid), UsersError> {
    match (invitation, wanted) {
        (Ok(invitation), wanted) => Ok((invitation, wanted?)),
        (Err(missing), Err(UsersError::Invalid(mut mistakes))) => {
            mistakes.push(missing);
            Err(UsersError::Invalid(mistakes))
        }
        (Err(missing), _) => Err(UsersError::Invalid(vec![missing])),
    }
}

/// A user who may be created.
pub(super) struct NewUser<'a> {
    pub(super) wanted: &'a Valid,
    pub(super) plan: Plan,
    /// The invitation that they use up; none where none is needed.
    pub(super) invitation: Option<&'a InvitationHash>,
}

/// Opens the unit of work that creates a user, and uses up their invitation.
pub(super) async fn create(
    core: &Core,
    passwords: &Passwords,
    new: &NewUser<'_>,
    client: &ClientInfo,
) -> Result<Work, UsersError> {
    let NewUser {
        wanted,
        plan,
        invitation,
    } = new;
    if find_by_email(&core.db, &wanted.email).await?.is_some() {
        return Err(UsersError::EmailTaken);
    }
    let turn = passwords.turn(client, false).await?;
    let password_hash = passwords.hash(turn, &wanted.password).await?;
    let row = NewUserRow {
        id: core.ids.next(),
        email: &wanted.email,
        password_hash: &password_hash,
        display_name: wanted.display_name.as_deref(),
        locale: &wanted.locale,
        time_zone: &wanted.time_zone,
        plan: plan.as_str(),
        granted_plan: plan.as_str(),
        email_verified_at: None,
        created_at: core.clock.now(),
        has_password: true,
    };
    begin(core, &row, *invitation).await
}

/// Opens the unit of work that creates the user of `row`, and uses up their invitation.
pub(super) async fn begin(
    core: &Core,
    row: &NewUserRow<'_>,
    invitation: Option<&InvitationHash>,
) -> Result<Work, UsersError> {
    // Another request may register the same address meanwhile; then the unique index refuses.
    let taken = |error| match error {
        error if store::is_email_taken(&error) => UsersError::EmailTaken,
        error => error.into(),
    };
    core.begin_new(row.id, async |conn| {
        if let Some(invitation) = invitation {
            invitation.use_up(conn, row.created_at).await?;
        }
        store::insert(conn, row).await.map_err(taken)?;
        // After the insertion, which waits for whoever is just giving the address up.
        if store::is_email_reserved(conn, &model::email_key(row.email), row.created_at, row.id).await? {
            return Err(UsersError::EmailTaken);
        }
        Ok(())
    })
    .await
}

/// A registration without a mistake.
pub(super) struct Valid {
    email: String,
    password: SecretString,
    display_name: Option<String>,
    locale: String,
    time_zone: String,
}

impl Valid {
    pub(super) fn check(wanted: Registration) -> Result<Self, UsersError> {
        let mut mistakes = Vec::new();
        let email = collect_mistake(&mut mistakes, model::parse_email(&wanted.email));
        if let Some(fault) = passwords::find_fault(&wanted.password) {
            mistakes.push(Mistake::new("password", fault));
        }
        let name = wanted.display_name.as_deref().unwrap_or_default();
        let display_name = collect_mistake(&mut mistakes, model::parse_display_name(name));
        let locale = wanted.locale.as_deref().unwrap_or("en");
        let locale = collect_mistake(&mut mistakes, model::parse_locale(locale));
        let time_zone = wanted.time_zone.as_deref().unwrap_or("UTC");
        let time_zone = collect_mistake(&mut mistakes, model::parse_time_zone(time_zone));
        match (email, display_name, locale, time_zone) {
            (Some(email), Some(display_name), Some(locale), Some(time_zone)) if mistakes.is_empty() => {
                Ok(Self {
                    email,
                    password: wanted.password,
                    display_name,
                    locale,
                    time_zone,
                })
            }
            _ => Err(UsersError::Invalid(mistakes)),
        }
    }
}
