//! Operations of users on their endpoints, each in one unit of work.

use std::sync::Arc;

use chrono::TimeDelta;

use super::error::{Refusal, WebhooksError};
use super::model::{Attempt, DisabledReason, Endpoint, MAX_ENDPOINTS, OVERLAP, Wants, is_told};
use super::outcome::disable;
use super::request::EndpointClient;
use super::signature::Secret;
use super::store;
use crate::egress::Egress;
use crate::features::Parts;
use crate::features::webhooks::WebhookEndpointId;
use crate::hub::EventKind;
use crate::id::{AccountId, UserId};
use crate::limiter::{Limiter, Rate};
use crate::visible_text::{count_letters, visible_line};
use crate::work::{Core, Work};

/// Rate limit of a user's tests.
const TESTS: Rate = Rate {
    burst: 10,
    per: TimeDelta::minutes(1),
};
/// The longest description, in letters as a reader counts them.
const LONGEST_DESCRIPTION: usize = 200;
/// Maximum number of accounts that an endpoint may name.
const MOST_ACCOUNTS: usize = 100;

/// Input of a new endpoint.
#[derive(Debug, Clone, Default)]
pub struct NewEndpoint {
    /// URL that is called.
    pub url: String,
    /// Kinds of events; none for all.
    pub kinds: Option<Vec<EventKind>>,
    /// Accounts; none for all.
    pub accounts: Option<Vec<AccountId>>,
    /// A note on it.
    pub description: Option<String>,
}

/// Changes of an endpoint; a field of none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// URL that is called.
    pub url: Option<String>,
    /// Kinds of events.
    pub kinds: Option<Option<Vec<EventKind>>>,
    /// Accounts.
    pub accounts: Option<Option<Vec<AccountId>>>,
    /// A note on it.
    pub description: Option<Option<String>>,
    /// True while it is enabled.
    pub is_enabled: Option<bool>,
}

/// Endpoints and their deliveries.
#[derive(Debug, Clone)]
pub struct WebhooksService {
    core: Core,
    egress: Egress,
    caller: EndpointClient,
    tests: Arc<Limiter>,
}

impl From<&Parts> for WebhooksService {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.core.clone(), parts.egress.clone())
    }
}

impl WebhooksService {
    /// A service on `core` that calls endpoints through `egress`.
    pub fn new(core: Core, egress: Egress) -> Self {
        Self {
            caller: EndpointClient::new(core.clone(), egress.clone()),
            tests: Arc::new(Limiter::new(Arc::clone(&core.clock), TESTS)),
            core,
            egress,
        }
    }

    /// Endpoint to create.
    pub(super) const fn core(&self) -> &Core {
        &self.core
    }

    /// Makes an endpoint. Its secret is in it, and is not shown again.
    ///
    /// # Errors
    /// [`WebhooksError`]; [`WebhooksError::Refused`] says what would be right.
    pub async fn create(&self, user: UserId, new: NewEndpoint) -> Result<Endpoint, WebhooksError> {
        let url = self.egress.check(&new.url).map_err(Refusal::Url)?;
        let description = new.description.as_deref().map(parse_description).transpose()?;
        let wants = Wants {
            kinds: check_kinds(new.kinds)?,
            accounts: new.accounts,
        };
        let mut work = self.core.begin(user).await?;
        work.lock_user().await?;
        let used = store::count_endpoints(&mut work, user).await?;
        if used >= i64::from(MAX_ENDPOINTS) {
            let used = i32::try_from(used).unwrap_or(i32::MAX);
            return Err(Refusal::TooMany { used }.into());
        }
        check_accounts(&mut work, wants.accounts.as_deref()).await?;
        let endpoint = Endpoint {
            id: self.core.ids.next(),
            url,
            description,
            wants,
            secret: Secret::make(&self.core.ids),
            previous: None,
            disabled: None,
            failing: None,
            created_at: work.now,
        };
        store::insert_endpoint(&mut work, &endpoint).await?;
        work.emit(EventKind::WebhookEndpointChanged, None, endpoint.id);
        work.commit().await?;
        Ok(endpoint)
    }

    /// Changes an endpoint. Turned off, what waits for it is given up; turned on, it hears what happens from then on.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub async fn update(
        &self,
        user: UserId,
        id: WebhookEndpointId,
        change: Change,
    ) -> Result<Endpoint, WebhooksError> {
        let url = change
            .url
            .map(|url| self.egress.check(&url))
            .transpose()
            .map_err(Refusal::Url)?;
        let (mut work, mut endpoint) = self.open(user, id).await?;
        if let Some(url) = url.filter(|url| *url != endpoint.url) {
            endpoint.url = url;
            endpoint.failing = None;
        }
        if let Some(kinds) = change.kinds {
            endpoint.wants.kinds = check_kinds(kinds)?;
        }
        if let Some(accounts) = change.accounts {
            check_accounts(&mut work, accounts.as_deref()).await?;
            endpoint.wants.accounts = accounts;
        }
        if let Some(description) = change.description {
            endpoint.description = description.as_deref().map(parse_description).transpose()?;
        }
        match change.is_enabled {
            Some(true) if endpoint.disabled.is_some() => {
                endpoint.disabled = None;
                endpoint.failing = None;
            }
            Some(false) if endpoint.disabled.is_none() => {
                disable(&mut work, &mut endpoint, DisabledReason::Owner).await?;
            }
            _ => {}
        }
        save(work, endpoint).await
    }

    /// Gives an endpoint a new secret, which is in the answer. The one before signs too for a day.
    ///
    /// # Errors
    /// [`WebhooksError`]; [`Refusal::UnknownEndpoint`] among them.
    pub async fn rotate(&self, user: UserId, id: WebhookEndpointId) -> Result<Endpoint, WebhooksError> {
        let (work, mut endpoint) = self.open(user, id).await?;
        let before = std::mem::replace(&mut endpoint.secret, Secret::make(&self.core.ids));
        endpoint.previous = Some((before, work.now + OVERLAP));
        save(work, endpoint).await
    }

    /// Deletes an endpoint and its log.
    ///
    /// # Errors
    /// As [`Self::rotate`].
    pub async fn delete(&self, user: UserId, id: WebhookEndpointId) -> Result<(), WebhooksError> {
        let mut work = self.core.begin(user).await?;
        if !store::delete_endpoint(&mut work, id).await? {
            return Err(Refusal::UnknownEndpoint.into());
        }
        work.emit(EventKind::WebhookEndpointChanged, None, id);
        Ok(work.commit().await?)
    }

    /// Calls an endpoint with a test, also one that is turned off. Nothing of it is kept.
    ///
    /// # Errors
    /// As [`Self::rotate`]; [`WebhooksError::TooOften`].
    pub async fn test(&self, user: UserId, id: WebhookEndpointId) -> Result<Attempt, WebhooksError> {
        let (work, endpoint) = self.open(user, id).await?;
        work.rollback().await?;
        self.tests.spend(&user.to_string())?;
        Ok(self.caller.test(&endpoint).await)
    }

    /// The user's endpoints, the oldest first.
    ///
    /// # Errors
    /// [`WebhooksError::Work`] or [`WebhooksError::Unreadable`].
    pub async fn list(&self, user: UserId) -> Result<Vec<Endpoint>, WebhooksError> {
        self.core
            .read(user, async |work| {
                let rows = store::list_endpoints(work, user).await?;
                let endpoints: Result<_, _> = rows.into_iter().map(|row| row.open(&work.key)).collect();
                Ok(endpoints?)
            })
            .await
    }

    /// An open unit of work with the user's endpoint, locked.
    async fn open(&self, user: UserId, id: WebhookEndpointId) -> Result<(Work, Endpoint), WebhooksError> {
        let mut work = self.core.begin(user).await?;
        let row = store::lock_endpoint(&mut work, id).await?;
        let endpoint = row.ok_or(Refusal::UnknownEndpoint)?.open(&work.key)?;
        Ok((work, endpoint))
    }
}

async fn save(mut work: Work, endpoint: Endpoint) -> Result<Endpoint, WebhooksError> {
    store::save_endpoint(&mut work, &endpoint).await?;
    work.emit(EventKind::WebhookEndpointChanged, None, endpoint.id);
    work.commit().await?;
    Ok(endpoint)
}

fn check_kinds(kinds: Option<Vec<EventKind>>) -> Result<Option<Vec<EventKind>>, Refusal> {
    let Some(mut kinds) = kinds else { return Ok(None) };
    if kinds.is_empty() {
        return Err(Refusal::Nothing("kinds"));
    }
    if let Some(untold) = kinds.iter().find(|kind| !is_told(**kind)) {
        return Err(Refusal::Untold(*untold));
    }
    kinds.sort_unstable();
    kinds.dedup();
    Ok(Some(kinds))
}

async fn check_accounts(work: &mut Work, accounts: Option<&[AccountId]>) -> Result<(), WebhooksError> {
    let Some(accounts) = accounts else { return Ok(()) };
    if accounts.is_empty() {
        return Err(Refusal::Nothing("accountIds").into());
    }
    if accounts.len() > MOST_ACCOUNTS {
        return Err(Refusal::Accounts(accounts.len()).into());
    }
    let own = store::own_accounts(work, accounts).await?;
    if accounts.iter().all(|id| own.contains(id)) {
        Ok(())
    } else {
        Err(Refusal::UnknownAccount.into())
    }
}

fn parse_description(text: &str) -> Result<String, Refusal> {
    visible_line(text, usize::MAX)
        .filter(|line| count_letters(line) <= LONGEST_DESCRIPTION)
        .ok_or(Refusal::Description)
}
