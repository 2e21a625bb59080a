//! Operations of users on their endpoints, each in one unit of work.

use std::sync::Arc;

use chrono::TimeDelta;
use url::Url;

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
use crate::idempotency::{self, Call};
use crate::limiter::{Limiter, Rate};
use crate::visible_text::{count_letters, visible_line};
use crate::work::{Core, Work};

/// Rate limit of a user's tests.
pub(super) const TESTS: Rate = Rate {
    burst: 10,
    per: TimeDelta::minutes(1),
};
/// The longest description, in letters as a reader counts them.
const LONGEST_DESCRIPTION: usize = 200;
/// Maximum number of accounts that an endpoint may name.
const MOST_ACCOUNTS: usize = 100;

/// Accounts as a client names them; none where an id is of no account.
pub type NamedAccounts = Vec<Option<AccountId>>;

/// Input of a new endpoint.
#[derive(Debug, Clone, Default)]
pub struct NewEndpoint {
    /// URL that is called.
    pub url: String,
    /// Kinds of events; none for all.
    pub kinds: Option<Vec<EventKind>>,
    /// Accounts; none for all.
    pub accounts: Option<NamedAccounts>,
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
    pub accounts: Option<Option<NamedAccounts>>,
    /// A note on it.
    pub description: Option<Option<String>>,
    /// True while it is enabled.
    pub is_enabled: Option<bool>,
}

/// Changes without a mistake; a field of none stays as it is.
struct CheckedChange {
    url: Option<Url>,
    kinds: Option<Option<Vec<EventKind>>>,
    accounts: Option<Option<Vec<AccountId>>>,
    description: Option<Option<String>>,
    is_enabled: Option<bool>,
}

impl CheckedChange {
    /// Makes the changes; the caller saves the endpoint.
    async fn apply(self, work: &mut Work, endpoint: &mut Endpoint) -> Result<(), WebhooksError> {
        if let Some(url) = self.url.filter(|url| *url != endpoint.url) {
            endpoint.url = url;
            endpoint.failing = None;
        }
        if let Some(kinds) = self.kinds {
            endpoint.wants.kinds = kinds;
        }
        if let Some(accounts) = self.accounts {
            endpoint.wants.accounts = accounts;
        }
        if let Some(description) = self.description {
            endpoint.description = description;
        }
        match self.is_enabled {
            Some(true) if endpoint.disabled.is_some() => {
                endpoint.disabled = None;
                endpoint.failing = None;
            }
            Some(false) if endpoint.disabled.is_none() => {
                disable(work, endpoint, DisabledReason::Owner).await?;
            }
            _ => {}
        }
        Ok(())
    }
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
            tests: Arc::new(core.limiters.limiter("webhook_tests", TESTS)),
            core,
            egress,
        }
    }

    /// The services.
    pub(super) const fn core(&self) -> &Core {
        &self.core
    }

    /// Makes an endpoint. Its secret is in it, and is not shown again but to the same `call`, which makes no other.
    ///
    /// # Errors
    /// [`WebhooksError`]; [`WebhooksError::Refused`] says what would be right.
    pub async fn create(
        &self,
        user: UserId,
        new: NewEndpoint,
        call: Option<&Call>,
    ) -> Result<Endpoint, WebhooksError> {
        let mut wrong = Vec::new();
        let mut work = self.core.begin(user).await?;
        work.lock_user().await?;
        let made = idempotency::find_made(&mut work, call, find).await?;
        if let Some(endpoint) = keep(&mut wrong, made.map_err(Refusal::Key)).flatten() {
            work.rollback().await?;
            return Ok(endpoint);
        }
        let url = keep(&mut wrong, self.egress.check(&new.url).map_err(Refusal::Url));
        let kinds = check_kinds(&mut wrong, new.kinds);
        let description = new.description.as_deref().map(parse_description);
        let description = description.and_then(|parsed| keep(&mut wrong, parsed));
        let accounts = check_accounts(&mut work, &mut wrong, new.accounts).await?;
        let Some(url) = url.filter(|_| wrong.is_empty()) else {
            return Err(WebhooksError::Refused(wrong));
        };
        let used = store::count_endpoints(&mut work, user).await?;
        if used >= i64::from(MAX_ENDPOINTS) {
            let used = i32::try_from(used).unwrap_or(i32::MAX);
            return Err(Refusal::TooMany { used }.into());
        }
        let endpoint = Endpoint {
            id: self.core.ids.next(),
            url,
            description,
            wants: Wants { kinds, accounts },
            secret: Secret::make(&self.core.ids),
            previous: None,
            disabled: None,
            failing: None,
            created_at: work.now,
        };
        store::insert_endpoint(&mut work, &endpoint).await?;
        idempotency::record_made(&mut work, call, endpoint.id).await?;
        work.emit(EventKind::WebhookEndpointChanged, None, endpoint.id);
        work.commit().await?;
        Ok(endpoint)
    }

    /// Changes an endpoint, none when its id is of none. Turned off, what waits for it is given up; turned on, it hears
    /// what happens from then on.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub async fn update(
        &self,
        user: UserId,
        id: Option<WebhookEndpointId>,
        change: Change,
    ) -> Result<Endpoint, WebhooksError> {
        let mut wrong = Vec::new();
        let mut work = self.core.begin(user).await?;
        let found = match id {
            Some(id) => find(&mut work, id).await?,
            None => None,
        };
        let endpoint = keep(&mut wrong, found.ok_or(Refusal::UnknownEndpoint));
        let checked = self.check(&mut work, &mut wrong, change).await?;
        let Some(mut endpoint) = endpoint.filter(|_| wrong.is_empty()) else {
            return Err(WebhooksError::Refused(wrong));
        };
        checked.apply(&mut work, &mut endpoint).await?;
        save(work, endpoint).await
    }

    /// The changes, with everything that is wrong with them added to `wrong`.
    async fn check(
        &self,
        work: &mut Work,
        wrong: &mut Vec<Refusal>,
        change: Change,
    ) -> Result<CheckedChange, WebhooksError> {
        let url = change
            .url
            .map(|url| self.egress.check(&url).map_err(Refusal::Url));
        let url = url.and_then(|url| keep(wrong, url));
        let kinds = change.kinds.map(|kinds| check_kinds(wrong, kinds));
        let accounts = match change.accounts {
            Some(accounts) => Some(check_accounts(work, wrong, accounts).await?),
            None => None,
        };
        let description = change.description.map(|text| {
            let parsed = text.as_deref().map(parse_description);
            parsed.and_then(|parsed| keep(wrong, parsed))
        });
        Ok(CheckedChange {
            url,
            kinds,
            accounts,
            description,
            is_enabled: change.is_enabled,
        })
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
        self.tests.spend(&user.to_string()).await?;
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
        let endpoint = find(&mut work, id).await?.ok_or(Refusal::UnknownEndpoint)?;
        Ok((work, endpoint))
    }
}

/// The user's endpoint, locked.
async fn find(work: &mut Work, id: WebhookEndpointId) -> Result<Option<Endpoint>, WebhooksError> {
    let row = store::lock_endpoint(work, id).await?;
    Ok(row.map(|row| row.open(&work.key)).transpose()?)
}

async fn save(mut work: Work, endpoint: Endpoint) -> Result<Endpoint, WebhooksError> {
    store::save_endpoint(&mut work, &endpoint).await?;
    work.emit(EventKind::WebhookEndpointChanged, None, endpoint.id);
    work.commit().await?;
    Ok(endpoint)
}

/// The value, or its refusal added to `wrong`.
fn keep<T>(wrong: &mut Vec<Refusal>, checked: Result<T, Refusal>) -> Option<T> {
    checked.map_err(|refusal| wrong.push(refusal)).ok()
}

/// The kinds, each once; what cannot be sent is added to `wrong`.
fn check_kinds(wrong: &mut Vec<Refusal>, kinds: Option<Vec<EventKind>>) -> Option<Vec<EventKind>> {
    let mut kinds = kinds?;
    if kinds.is_empty() {
        wrong.push(Refusal::Nothing("kinds"));
    }
    let untold = kinds.iter().enumerate().filter(|(_, kind)| !is_told(**kind));
    wrong.extend(untold.map(|(index, &kind)| Refusal::Untold { index, kind }));
    kinds.sort_unstable();
    kinds.dedup();
    Some(kinds)
}

/// The accounts; those that are not the user's are added to `wrong`.
async fn check_accounts(
    work: &mut Work,
    wrong: &mut Vec<Refusal>,
    named: Option<NamedAccounts>,
) -> Result<Option<Vec<AccountId>>, WebhooksError> {
    let Some(named) = named else { return Ok(None) };
    if named.is_empty() {
        wrong.push(Refusal::Nothing("accountIds"));
    }
    if named.len() > MOST_ACCOUNTS {
        wrong.push(Refusal::Accounts(named.len()));
        return Ok(None);
    }
    let accounts: Vec<AccountId> = named.iter().flatten().copied().collect();
    let own = store::own_accounts(work, &accounts).await?;
    let is_own = |id: &Option<AccountId>| id.is_some_and(|id| own.contains(&id));
    let unknown = named.iter().enumerate().filter(|(_, id)| !is_own(id));
    wrong.extend(unknown.map(|(index, _)| Refusal::UnknownAccount(index)));
    Ok(Some(accounts))
}

fn parse_description(text: &str) -> Result<String, Refusal> {
    visible_line(text, usize::MAX)
        .filter(|line| count_letters(line) <= LONGEST_DESCRIPTION)
        .ok_or(Refusal::Description)
}
