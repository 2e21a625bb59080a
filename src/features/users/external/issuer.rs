//! The issuer's keys: fetched when they are needed, kept in memory, and renewed.
//!
//! A name that is not among the keys has them fetched again, so that a new key works at once; however many tokens with
//! made-up names come, that happens once in [`BACK_OFF`], and one at a time. After [`REFRESH_AFTER`] they are fetched
//! anyway, so that a key which the issuer gave up is refused. An issuer that is away is no reason to shut everybody out:
//! known keys go on for [`KEPT_WITHOUT_ISSUER`].

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::Algorithm;
use parking_lot::Mutex;
use serde::Deserialize;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use url::Url;

use super::error::ExternalError;
use super::keys::{Found, Key, KeySet};
use crate::clock::SharedClock;
use crate::egress::{Egress, MAX_BODY_BYTES, Reply};

/// Age at which keys are fetched again.
const REFRESH_AFTER: TimeDelta = TimeDelta::minutes(10);
/// Time between two fetches.
const BACK_OFF: TimeDelta = TimeDelta::seconds(30);
/// Age until which keys are used while the issuer does not answer.
const KEPT_WITHOUT_ISSUER: TimeDelta = TimeDelta::hours(24);

/// An issuer and its keys.
pub(super) struct Issuer {
    name: String,
    jwks_url: Option<Url>,
    egress: Egress,
    clock: SharedClock,
    state: Mutex<State>,
    /// Held by whoever fetches.
    fetching: Arc<AsyncMutex<()>>,
}

#[derive(Default)]
struct State {
    keys: KeySet,
    /// The time at which `keys` were fetched.
    fetched_at: Option<DateTime<Utc>>,
    /// The time of the last try to fetch them.
    tried_at: Option<DateTime<Utc>>,
    is_away: bool,
}

/// The key of a token, as far as it is known.
enum Known {
    /// Fetched lately.
    Fresh(Answer),
    /// Fetched some time ago, and good while there is nothing newer.
    Stale(Answer),
    /// Not known.
    Nothing,
}

enum Answer {
    Key(Key),
    OfAnotherAlgorithm,
}

impl From<Answer> for Result<Key, ExternalError> {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Key(key) => Ok(key),
            Answer::OfAnotherAlgorithm => Err(ExternalError::Invalid("its key is one for another algorithm")),
        }
    }
}

/// The part of the discovery document that is read.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl Issuer {
    pub(super) fn new(name: String, jwks_url: Option<Url>, egress: Egress, clock: SharedClock) -> Self {
        Self {
            name,
            jwks_url,
            egress,
            clock,
            state: Mutex::default(),
            fetching: Arc::default(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The key `id` for `algorithm`, or the only one for it where no id is given.
    ///
    /// # Errors
    /// [`ExternalError::Invalid`] when the issuer has no such key, [`ExternalError::Unavailable`] when it cannot be asked.
    pub(super) async fn key(
        self: &Arc<Self>,
        id: Option<&str>,
        algorithm: Algorithm,
    ) -> Result<Key, ExternalError> {
        let now = self.clock.now();
        match self.look(id, algorithm, now) {
            Known::Fresh(answer) => return answer.into(),
            // With a key that was good, nobody waits for somebody else's fetch.
            Known::Stale(answer) => match Arc::clone(&self.fetching).try_lock_owned() {
                Ok(turn) => self.renew(turn, now).await,
                Err(_) => return answer.into(),
            },
            Known::Nothing => {
                let turn = Arc::clone(&self.fetching).lock_owned().await;
                self.renew(turn, now).await;
            }
        }
        match self.look(id, algorithm, now) {
            Known::Fresh(answer) | Known::Stale(answer) => answer.into(),
            Known::Nothing if self.state.lock().is_away => Err(ExternalError::Unavailable),
            Known::Nothing => Err(ExternalError::Invalid("the issuer has no such key")),
        }
    }

    fn look(&self, id: Option<&str>, algorithm: Algorithm, now: DateTime<Utc>) -> Known {
        let state = self.state.lock();
        let Some(age) = state.fetched_at.map(|at| now - at) else {
            return Known::Nothing;
        };
        let answer = match state.keys.find(id, algorithm) {
            _ if age >= KEPT_WITHOUT_ISSUER => return Known::Nothing,
            Found::Key(key) => Answer::Key(key.clone()),
            Found::OfAnotherAlgorithm => Answer::OfAnotherAlgorithm,
            Found::Nothing => return Known::Nothing,
        };
        if age < REFRESH_AFTER {
            Known::Fresh(answer)
        } else {
            Known::Stale(answer)
        }
    }

    /// Fetches the keys unless that was tried a moment ago. It goes on when the caller leaves: nobody can begin fetches and
    /// leave others waiting for the next.
    async fn renew(self: &Arc<Self>, turn: OwnedMutexGuard<()>, now: DateTime<Utc>) {
        let issuer = Arc::clone(self);
        let renewal = tokio::spawn(async move {
            if issuer.may_fetch(now) {
                issuer.fetch(now).await;
            }
            drop(turn);
        });
        if let Err(error) = renewal.await {
            tracing::error!("the keys of the issuer of external tokens were not fetched: {error}");
        }
    }

    fn may_fetch(&self, now: DateTime<Utc>) -> bool {
        self.state
            .lock()
            .tried_at
            .is_none_or(|tried_at| now - tried_at >= BACK_OFF)
    }

    async fn fetch(&self, now: DateTime<Utc>) {
        self.state.lock().tried_at = Some(now);
        let fetched = self.fetch_keys().await;
        let mut state = self.state.lock();
        match fetched {
            Ok(keys) => {
                tracing::info!("fetched {} keys of the issuer of external tokens", keys.len());
                *state = State {
                    keys,
                    fetched_at: Some(now),
                    tried_at: Some(now),
                    is_away: false,
                };
            }
            Err(why) => {
                tracing::warn!("the keys of the issuer of external tokens could not be fetched: {why}");
                state.is_away = true;
            }
        }
    }

    /// The keys as the issuer publishes them now, or the reason why there are none.
    pub(super) async fn fetch_keys(&self) -> Result<KeySet, String> {
        let url = match &self.jwks_url {
            Some(url) => url.clone(),
            None => self.discover().await?,
        };
        let document = self.get(&url).await?;
        KeySet::parse(&document)
            .filter(|keys| keys.len() > 0)
            .ok_or_else(|| format!("{url} holds no keys that sign by RS256, ES256 or EdDSA"))
    }

    async fn discover(&self) -> Result<Url, String> {
        let text = format!(
            "{}/.well-known/openid-configuration",
            self.name.trim_end_matches('/')
        );
        let url = Url::parse(&text).map_err(|error| error.to_string())?;
        let document = self.get(&url).await?;
        let discovery: Discovery = serde_json::from_slice(&document)
            .map_err(|error| format!("{url} is no discovery document: {error}"))?;
        if discovery.issuer != self.name {
            return Err(format!("{url} names another issuer, {}", discovery.issuer));
        }
        Url::parse(&discovery.jwks_uri).map_err(|_| format!("{url} names no address of keys"))
    }

    async fn get(&self, url: &Url) -> Result<Vec<u8>, String> {
        let reply = self.egress.get(url).await;
        match reply.map_err(|error| format!("{url}: {error}"))? {
            Reply {
                status: 200, body, ..
            } if body.len() < MAX_BODY_BYTES => Ok(body),
            Reply { status: 200, .. } => Err(format!("{url} has {MAX_BODY_BYTES} bytes or more")),
            Reply {
                status: 300..=399, ..
            } => Err(format!(
                "{url} leads elsewhere, which is not followed; configure the address that it leads to"
            )),
            Reply { status, .. } => Err(format!("{url} answered {status}")),
        }
    }
}
