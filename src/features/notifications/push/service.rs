//! Operations of users on their push subscriptions.

use std::iter;
use std::sync::Arc;

use url::Url;

use super::super::store::pushes::{self, NewPush, PushRow};
use super::error::{PushError, WrongBrowser};
use super::target::{Browser, Target};
use super::vapid::Vapid;
use crate::egress::Egress;
use crate::features::Parts;
use crate::features::notifications::PushSubscriptionId;
use crate::hub::EventKind;
use crate::id::{SessionId, UserId};
use crate::work::{Core, Work};

/// Maximum number of push subscriptions of a user.
const MAX_BROWSERS: usize = 20;
/// Maximum length of a stored browser name.
const LONGEST_USER_AGENT: usize = 500;

/// A browser as it says that it is.
#[derive(Clone)]
pub struct NewBrowser {
    /// Its address at its push service.
    pub endpoint: String,
    /// Its public key.
    pub p256dh: String,
    /// The secret that it shares with the servers that may push.
    pub auth: String,
    /// Name of the browser.
    pub user_agent: Option<String>,
}

/// Names a browser of the user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushSubscriptionRef {
    /// Id of the subscription.
    Id(PushSubscriptionId),
    /// Endpoint at its push service, as the browser itself knows it.
    Endpoint(String),
}

/// The browsers that users are told by.
#[derive(Debug, Clone)]
pub struct PushService {
    core: Core,
    egress: Egress,
    vapid: Arc<Vapid>,
}

impl From<&Parts> for PushService {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.core.clone(), parts.egress.clone(), Arc::clone(&parts.vapid))
    }
}

impl PushService {
    /// A service on `core` that takes the addresses that `egress` would call.
    pub const fn new(core: Core, egress: Egress, vapid: Arc<Vapid>) -> Self {
        Self { core, egress, vapid }
    }

    /// Our public key, as a browser takes it as `applicationServerKey`.
    pub fn public_key(&self) -> String {
        self.vapid.public_key()
    }

    /// The user's browsers, the newest first.
    ///
    /// # Errors
    /// [`PushError::Work`] or [`PushError::Kept`].
    pub async fn browsers(&self, user: UserId) -> Result<Vec<Browser>, PushError> {
        self.core
            .read(user, async |work| {
                let now = work.now;
                let rows = pushes::list(work, user, now).await?;
                let browsers: Result<_, _> = rows.into_iter().map(|row| row.browser(&work.key)).collect();
                Ok(browsers?)
            })
            .await
    }

    /// Subscribes a browser, on behalf of a session of the user and for as long as that goes on. One that is subscribed
    /// already stays the same one, with its new keys.
    ///
    /// # Errors
    /// [`PushError`].
    pub async fn add(&self, user: UserId, session: SessionId, new: NewBrowser) -> Result<Browser, PushError> {
        let target = self.check(&new)?;
        let mut work = self.core.begin(user).await?;
        work.lock_user().await?;
        let now = work.now;
        pushes::delete_ended(&mut work).await?;
        let id = match by_endpoint(&mut work, target.endpoint()).await? {
            Some(known) => {
                let known = known.id();
                pushes::delete(&mut work, known).await?;
                known
            }
            None => {
                require_room(&mut work).await?;
                work.ids.next()
            }
        };
        let user_agent: Option<String> = new
            .user_agent
            .map(|name| name.chars().take(LONGEST_USER_AGENT).collect());
        let row = NewPush {
            id,
            user,
            session,
            target: &target,
            user_agent: user_agent.as_deref(),
            now,
        };
        pushes::insert(&mut work, row).await?;
        let browser = pushes::find_live(&mut work, id, now).await?;
        let browser = browser.ok_or(PushError::Unknown)?.browser(&work.key)?;
        work.emit(EventKind::NotificationSettingsChanged, None, user);
        work.commit().await?;
        Ok(browser)
    }

    /// The target of a browser's pushes, or everything that is wrong with it.
    fn check(&self, new: &NewBrowser) -> Result<Target, PushError> {
        let keys = Target::wrong_keys(&new.p256dh, &new.auth).into_iter();
        let keys = keys.map(WrongBrowser::from);
        let endpoint = match self.egress.check(&new.endpoint) {
            Ok(endpoint) => endpoint,
            Err(refusal) => return Err(PushError::Wrong(iter::once(refusal.into()).chain(keys).collect())),
        };
        let wrong: Vec<WrongBrowser> = keys.collect();
        if !wrong.is_empty() {
            return Err(PushError::Wrong(wrong));
        }
        Target::new(endpoint, &new.p256dh, &new.auth).map_err(|wrong| PushError::Wrong(vec![wrong.into()]))
    }

    /// Deletes a push subscription and returns it.
    ///
    /// # Errors
    /// [`PushError::Unknown`], [`PushError::Work`] or [`PushError::Kept`].
    pub async fn remove(&self, user: UserId, which: PushSubscriptionRef) -> Result<Browser, PushError> {
        let mut work = self.core.begin(user).await?;
        let now = work.now;
        let row = match which {
            PushSubscriptionRef::Id(id) => pushes::find_live(&mut work, id, now).await?,
            PushSubscriptionRef::Endpoint(text) => match Url::parse(text.trim()) {
                Ok(endpoint) => by_endpoint(&mut work, &endpoint).await?,
                Err(_) => None,
            },
        };
        let browser = row.ok_or(PushError::Unknown)?.browser(&work.key)?;
        pushes::delete(&mut work, browser.id).await?;
        work.emit(EventKind::NotificationSettingsChanged, None, user);
        work.commit().await?;
        Ok(browser)
    }
}

async fn by_endpoint(work: &mut Work, endpoint: &Url) -> Result<Option<PushRow>, PushError> {
    let fingerprint = pushes::fingerprint(&work.key, endpoint.as_str());
    let user = work.user;
    Ok(pushes::find_by_fingerprint(work, user, fingerprint).await?)
}

async fn require_room(work: &mut Work) -> Result<(), PushError> {
    let (user, now) = (work.user, work.now);
    let used = pushes::live(work, user, now).await?.len();
    if used >= MAX_BROWSERS {
        return Err(PushError::TooMany {
            limit: MAX_BROWSERS,
            used,
        });
    }
    Ok(())
}
