//! The beginning of a session, with a password and, for a user who has one, a second factor.

use std::net::IpAddr;

use secrecy::SecretString;

use super::confirmation::excess;
use super::error::UsersError;
use super::guesses::Origin;
use super::model::Mistake;
use super::service::{UsersService, collect_mistake, find_by_email};
use super::sessions::{IssuedSession, Opened, hash_token};
use super::store::{self, UserRow};
use super::two_factor::Code;
use crate::graphql::ClientInfo;
use crate::id::UserId;
use crate::limiter::{neighbourhood, network};
use crate::work::{Work, WorkError};

/// The number of a user's latest addresses among which a client's is looked for.
const MOST_ADDRESSES: i64 = 200;

impl UsersService {
    /// Lets somebody in who gives the right password and, if they have a second factor, a code of it.
    ///
    /// # Errors
    /// [`UsersError::WrongCredentials`], after the same work whether the address is known or not;
    /// [`UsersError::Invalid`] for a password longer than any can be and a text that is no code, for every address;
    /// [`UsersError::LimitReached`]; [`UsersError::RateLimited`]. Behind the right password,
    /// [`UsersError::TwoFactor`], and behind both [`UsersError::Suspended`].
    pub async fn log_in(
        &self,
        email: &str,
        password: &SecretString,
        code: Option<&SecretString>,
        client: &ClientInfo,
    ) -> Result<IssuedSession, UsersError> {
        let session = self.try_to_log_in(email, password, code, client).await;
        session.inspect_err(|error| self.log_refusal("log-in", error, client))
    }

    async fn try_to_log_in(
        &self,
        email: &str,
        password: &SecretString,
        code: Option<&SecretString>,
        client: &ClientInfo,
    ) -> Result<IssuedSession, UsersError> {
        let mut mistakes: Vec<Mistake> = excess("password", password).into_iter().collect();
        let code = code.and_then(|code| collect_mistake(&mut mistakes, Code::parse(code)));
        if !mistakes.is_empty() {
            return Err(UsersError::Invalid(mistakes));
        }
        if let Some(gates) = &self.gates {
            gates.log_in(client).await?;
        }
        let Credentials {
            user,
            hash,
            origin,
            is_regular,
        } = self.find_credentials(email, client).await?;
        let guess = match &self.gates {
            Some(gates) => Some(gates.guess(client, email, origin).await?),
            None => None,
        };
        let turn = self.passwords.turn(client, is_regular).await;
        if turn.is_err() {
            self.was_no_guess(guess.as_ref()).await;
        }
        let turn = turn?;
        if !self.passwords.matches(turn, password, hash.clone()).await? {
            return Err(UsersError::WrongCredentials);
        }
        self.was_no_guess(guess.as_ref()).await;
        let mut work = self.core.begin(user).await.map_err(gone)?;
        match self
            .begin_session(&mut work, hash.as_deref(), code.as_ref(), client)
            .await
        {
            Ok((row, opened)) => {
                let now = work.now;
                work.commit().await?;
                self.issue(row, opened, now)
            }
            Err(error) => {
                work.rollback().await?;
                Err(error)
            }
        }
    }

    /// Begins a session of the user of `work`, who gave the password that `hash` is of.
    async fn begin_session(
        &self,
        work: &mut Work,
        hash: Option<&str>,
        code: Option<&Code>,
        client: &ClientInfo,
    ) -> Result<(UserRow, Opened), UsersError> {
        let (user, now) = (work.user, work.now);
        work.lock_user().await.map_err(gone)?;
        // The password may have been changed while it was compared.
        if store::find_password_hash(work, user).await?.as_deref() != hash {
            return Err(UsersError::WrongCredentials);
        }
        self.require_code(work, code).await?;
        let opened = self.open_session(work, user, client, now).await?;
        let row = store::find(work, user).await?;
        Ok((row.ok_or(UsersError::WrongCredentials)?, opened))
    }

    /// The user with this address and their password's hash. For an address that nobody has: somebody who does not
    /// exist, found by the same queries.
    async fn find_credentials(&self, email: &str, client: &ClientInfo) -> Result<Credentials, UsersError> {
        let user = find_by_email(&self.core.db, email).await?;
        let user = user.unwrap_or_else(|| self.core.ids.next());
        let mut tx = self.core.db.begin(user).await?;
        let hash = store::find_password_hash(&mut tx, user).await?;
        let addresses = store::list_session_addresses(&mut tx, user, MOST_ADDRESSES).await?;
        // Row-level security shows the tokens of this user alone.
        let device = match &client.refresh_cookie {
            Some(token) => store::find_refresh_token(&mut tx, &hash_token(token)).await?,
            None => None,
        };
        tx.commit().await?;
        let known: Vec<IpAddr> = addresses.iter().filter_map(|text| text.parse().ok()).collect();
        let here = client.ip.map(neighbourhood);
        let here = here.filter(|here| known.iter().any(|ip| neighbourhood(*ip) == *here));
        let is_known_network = client
            .ip
            .is_some_and(|here| known.iter().any(|ip| network(*ip) == network(here)));
        Ok(Credentials {
            user,
            hash,
            is_regular: is_known_network || device.is_some(),
            origin: match (device, here) {
                (Some(token), _) => Origin::Device(token.session),
                (None, Some(network)) => Origin::Neighbourhood(network),
                (None, None) => Origin::Strange,
            },
        })
    }
}

/// The error of a unit of work of a user who was deleted while their password was compared.
fn gone(error: WorkError) -> UsersError {
    if error.is_of_nobody() {
        UsersError::WrongCredentials
    } else {
        error.into()
    }
}

/// A user as their password is compared.
struct Credentials {
    user: UserId,
    hash: Option<String>,
    /// The client, as they know it.
    origin: Origin,
    /// They logged in from the client's network before, or on its device.
    is_regular: bool,
}
