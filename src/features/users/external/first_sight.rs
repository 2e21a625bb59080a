//! Identities that have no user yet.

use super::claims::Proven;
use super::error::ExternalError;
use crate::features::users::error::UsersError;
use crate::features::users::invitations::RegistrationMode;
use crate::features::users::letters::{self, LetterKind};
use crate::features::users::model;
use crate::features::users::passwords::nobodys_hash;
use crate::features::users::registration;
use crate::features::users::service::{UsersService, find_by_email};
use crate::features::users::store::{self, NewIdentity, NewUserRow};
use crate::graphql::{ClientInfo, Viewer};
use crate::work::Work;

impl UsersService {
    /// Makes a user of an identity that has none, unless the operator or a user with its e-mail address is in the way.
    pub(super) async fn sign_in_first(
        &self,
        proven: &Proven,
        client: &ClientInfo,
    ) -> Result<Viewer, ExternalError> {
        self.require_not_deleted(proven).await?;
        let email = proven.email.as_deref().map(model::parse_email);
        let Some(Ok(email)) = email else {
            return Err(ExternalError::NoEmail);
        };
        let is_open = match self.config.registration {
            RegistrationMode::Open => true,
            RegistrationMode::Invite | RegistrationMode::Closed => false,
        };
        if !is_open && !proven.is_email_verified {
            // Whether a user has the address is nobody's to ask who only wrote it.
            return Err(ExternalError::RegistrationRefused);
        }
        if find_by_email(&self.core.db, &email).await?.is_some() {
            return self.come_second(proven, &email, client).await;
        }
        if !is_open {
            return Err(ExternalError::RegistrationRefused);
        }
        match self.register_identity(proven, &email, client).await {
            Err(ExternalError::Users(UsersError::EmailTaken)) => {
                self.come_second(proven, &email, client).await
            }
            registered => registered,
        }
    }

    /// The outcome when somebody has the address: a user who must agree, or a request with a token of the same session that
    /// came a moment before.
    async fn come_second(
        &self,
        proven: &Proven,
        email: &str,
        client: &ClientInfo,
    ) -> Result<Viewer, ExternalError> {
        if let Some(viewer) = self.find_external_viewer(proven, client).await? {
            return Ok(viewer);
        }
        Err(match find_by_email(&self.core.db, email).await? {
            Some(user) => self.ask_to_link(user, proven, email).await?,
            None => ExternalError::NotLinked { is_mailed: false },
        })
    }

    async fn register_identity(
        &self,
        proven: &Proven,
        email: &str,
        client: &ClientInfo,
    ) -> Result<Viewer, ExternalError> {
        let mut work = self.begin_user(proven, email).await?;
        let user = work.user;
        let new = NewIdentity {
            id: work.ids.next(),
            issuer: &proven.issuer,
            subject: &proven.subject,
            email: Some(email),
        };
        let Some(identity) = store::insert_identity(&mut work, &new).await? else {
            return Err(UsersError::EmailTaken.into());
        };
        let session = self
            .continue_session(&mut work, user, identity, proven, client)
            .await?;
        if !proven.is_email_verified {
            letters::enqueue(&mut work, LetterKind::VerifyEmail).await?;
        }
        work.commit().await.map_err(UsersError::from)?;
        tracing::info!(user.id = %user, "registered user {user} by an external token");
        Ok(proven.viewer(user, session))
    }

    /// Opens the unit of work of a new user without a password. What else the token says of them is a proposal: what cannot
    /// be used is left out.
    async fn begin_user(&self, proven: &Proven, email: &str) -> Result<Work, UsersError> {
        let now = self.core.clock.now();
        let name = proven.name.as_deref().map(model::parse_display_name);
        let locale = proven.locale.as_deref().map(|locale| locale.replace('_', "-"));
        let locale = locale.and_then(|locale| model::parse_locale(&locale).ok());
        let zone = proven.time_zone.as_deref().map(model::parse_time_zone);
        let zone = zone.and_then(Result::ok);
        let display_name = name.and_then(Result::ok).flatten();
        let row = NewUserRow {
            id: self.core.ids.next(),
            email,
            password_hash: &nobodys_hash(self.config.password_cost),
            display_name: display_name.as_deref(),
            locale: locale.as_deref().unwrap_or("en"),
            time_zone: zone.as_deref().unwrap_or("UTC"),
            plan: self.config.default_plan.as_str(),
            granted_plan: self.config.default_plan.as_str(),
            email_verified_at: proven.is_email_verified.then_some(now),
            created_at: now,
            has_password: false,
        };
        registration::begin(&self.core, &row, None).await
    }
}
