use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::checks::{link_method, lock_with_room, require_link, require_other_phone, require_room};
use super::error::AccountError;
use super::model::{AccountState, AccountStateReason, Label, LinkKind, NewAccount, number_of};
use super::store::{self, AccountRow, ChatFilter, ContactFilter, NewState, OpenAccount, StateCause};
use crate::account::{self, AccountRef};
use crate::features::schema::{ChatRow, ContactRow};
use crate::features::{FEATURES, Parts};
use crate::graphql::Page;
use crate::hub::EventKind;
use crate::id::{AccountId, UserId};
use crate::idempotency::{self, Call};
use crate::limiter::{Limiter, Rate};
use crate::media;
use crate::whatsapp::{LinkMethod, Supervisor};
use crate::work::{Core, Work, WorkError};

/// Rate limit of a user's new sessions with WhatsApp: linking, linking again, restarting.
pub const LINK_RATE: Rate = Rate {
    burst: 5,
    per: TimeDelta::hours(1),
};

/// Message of an account that was restarted, until it is connected again.
const RESTARTED: &str = "it was restarted by its owner";

/// Links, restarts, renames, unlinks and removes accounts.
#[derive(Debug, Clone)]
pub struct AccountsService {
    core: Core,
    supervisor: Arc<Supervisor>,
    link_limiter: Option<(Rate, Arc<Limiter>)>,
}

impl From<&Parts> for AccountsService {
    fn from(parts: &Parts) -> Self {
        Self::new(parts.core.clone(), Arc::clone(&parts.supervisor), parts.link_rate)
    }
}

impl AccountsService {
    /// A service over the sessions of `supervisor`, of which each user begins at most `link_rate`; none means unlimited,
    /// for tests.
    pub fn new(core: Core, supervisor: Arc<Supervisor>, link_rate: Option<Rate>) -> Self {
        let limiter = |rate| (rate, Arc::new(core.limiters.limiter("links", rate)));
        Self {
            link_limiter: link_rate.map(limiter),
            core,
            supervisor,
        }
    }

    /// Current time.
    pub fn now(&self) -> DateTime<Utc> {
        self.core.clock.now()
    }

    /// Makes an account and begins to link it; the codes come as events. A `call` that made one before makes no other.
    ///
    /// # Errors
    /// [`AccountError`].
    pub async fn link(
        &self,
        user: UserId,
        new: &NewAccount,
        call: Option<&Call>,
    ) -> Result<AccountId, AccountError> {
        let account = AccountRef {
            id: self.core.ids.next(),
            user,
        };
        // Outside of the transaction, in which nothing else is waited for.
        let spent = self.spend(user).await;
        let is_spent = spent.is_ok();
        let made = self.make(account, new, call, spent).await;
        if !matches!(made, Ok(made) if made == account.id) {
            if is_spent {
                self.give_back(user).await;
            }
            return made;
        }
        tracing::info!(account.id = %account.id, "linking account {}", account.id);
        self.supervisor.link(account, new.method.clone()).await?;
        self.end_if_unwanted(account).await?;
        Ok(account.id)
    }

    /// Makes the row of `account`, unless `call` made one before, and returns its id. `spent` is refused last: what cannot
    /// be made at all is not a matter of time.
    async fn make(
        &self,
        account: AccountRef,
        new: &NewAccount,
        call: Option<&Call>,
        spent: Result<(), AccountError>,
    ) -> Result<AccountId, AccountError> {
        let mut work = self.core.begin(account.user).await?;
        if let Some(made) = idempotency::find_made(&mut work, call, find_id).await?? {
            work.rollback().await?;
            return Ok(made);
        }
        require_room(&mut work, account.user).await?;
        require_other_phone(&mut work, account, number_of(&new.method)).await?;
        spent?;
        store::insert(&mut work, account, new).await?;
        idempotency::record_made(&mut work, call, account.id).await?;
        work.emit(EventKind::AccountChanged, Some(account.id), account.id);
        work.commit().await?;
        Ok(account.id)
    }

    /// Begins to link an account again that lost its link, or never had one; by the method that was used last when
    /// `method` is none.
    ///
    /// # Errors
    /// [`AccountError`]; [`AccountError::Conflict`] while the link works.
    pub async fn relink(
        &self,
        user: UserId,
        id: AccountId,
        method: Option<LinkMethod>,
    ) -> Result<(), AccountError> {
        let OpenAccount { row, names, .. } = self.find_open(user, id).await?;
        let state = row.state();
        if row.is_linked() {
            return Err(AccountError::Conflict {
                state,
                advice: "unlink it before linking it again",
            });
        }
        let how = match method {
            Some(how) => how,
            None => link_method(row.link_method, names.phone_number.as_deref())?,
        };
        self.check_room(&row).await?;
        self.spend(user).await?;
        self.begin_again(&row, how).await
    }

    /// Starts an account's session anew: with new codes while it is not linked, with the same link otherwise. Resumes a
    /// paused account, if the plan has a place for it.
    ///
    /// # Errors
    /// [`AccountError`]; [`AccountError::Conflict`] when the link is gone.
    pub async fn restart(&self, user: UserId, id: AccountId) -> Result<(), AccountError> {
        let row = self.find(user, id).await?;
        require_link(&row)?;
        if row.linked_at.is_none() {
            return self.relink(user, id, None).await;
        }
        self.check_room(&row).await?;
        self.spend(user).await?;
        // First, so that nothing which the old session reports follows the new state.
        self.supervisor.stop(row.reference()).await?;
        let mut work = self.core.begin(user).await?;
        let row = lock_with_room(&mut work, &row).await?;
        // It may have been unlinked or logged out until it was locked.
        require_link(&row)?;
        let now = work.now;
        let why = StateCause::new(AccountStateReason::Restarted, RESTARTED);
        store::open_gap(&mut work, row.reference(), now, &why).await?;
        let new = NewState {
            why: Some(why),
            ..NewState::default()
        };
        change(&mut work, id, AccountState::Reconnecting, new).await?;
        work.commit().await?;
        self.supervisor.start(row.reference()).await?;
        self.end_if_unwanted(row.reference()).await
    }

    /// Writes the user's name for an account.
    ///
    /// # Errors
    /// [`AccountError::Unknown`], [`AccountError::Work`].
    pub async fn rename(&self, user: UserId, id: AccountId, label: &Label) -> Result<(), AccountError> {
        let mut work = self.core.begin(user).await?;
        if store::find(&mut work, id).await?.is_none() {
            return Err(AccountError::Unknown);
        }
        store::set_label(&mut work, id, label).await?;
        work.emit(EventKind::AccountChanged, Some(id), id);
        work.commit().await?;
        Ok(())
    }

    /// Removes the link at WhatsApp, as far as it can be reached, and erases the keys. What was kept stays. When scheduled
    /// statuses wait for the account, the user must have confirmed it.
    ///
    /// # Errors
    /// [`AccountError`]; [`AccountError::UnlinkUnconfirmed`] when it must be confirmed.
    pub async fn unlink(&self, user: UserId, id: AccountId, is_confirmed: bool) -> Result<(), AccountError> {
        let row = self.find(user, id).await?;
        if row.state() == AccountState::Unlinked {
            return Ok(());
        }
        if !is_confirmed && let Some(waiting) = self.waiting(&row).await? {
            return Err(AccountError::UnlinkUnconfirmed(waiting));
        }
        self.supervisor.unlink(row.reference()).await?;
        let mut work = self.core.begin(user).await?;
        store::close_gap(&mut work, id).await?;
        store::set_relinking(&mut work, id, row.link_method, None).await?;
        change(&mut work, id, AccountState::Unlinked, NewState::default()).await?;
        work.commit().await?;
        tracing::info!(account.id = %id, "unlinked account {id}");
        Ok(())
    }

    /// Unlinks an account, as [`Self::unlink`] does, and deletes it with everything that was kept of it. The user must
    /// have confirmed it.
    ///
    /// # Errors
    /// [`AccountError`]; [`AccountError::RemovalUnconfirmed`] says what would be lost.
    pub async fn remove(&self, user: UserId, id: AccountId, is_confirmed: bool) -> Result<(), AccountError> {
        let row = self.find(user, id).await?;
        if !is_confirmed {
            return Err(AccountError::RemovalUnconfirmed(self.waiting(&row).await?));
        }
        self.supervisor.unlink(row.reference()).await?;
        let mut work = self.core.begin(user).await?;
        // Whoever records for the account has ended by now, or waits and finds it gone.
        if !account::lock(&mut work, id).await? {
            return Err(AccountError::Unknown);
        }
        media::delete_of_account(&mut work, row.reference()).await?;
        store::delete(&mut work, id).await?;
        work.emit(EventKind::AccountRemoved, Some(id), id);
        work.commit().await?;
        // A session that was started while the account was being removed would run without one.
        self.supervisor.stop(row.reference()).await?;
        tracing::info!(account.id = %id, "removed account {id}");
        Ok(())
    }

    /// A page of the user's accounts, oldest first, with their codes open.
    ///
    /// # Errors
    /// [`AccountError::Work`].
    pub async fn list(&self, user: UserId, page: Page) -> Result<Vec<OpenAccount>, AccountError> {
        self.core
            .read(user, async |work| {
                let rows = store::list(work, user, page).await?;
                let open = |row| OpenAccount::open(row, &work.key);
                let accounts: Result<_, _> = rows.into_iter().map(open).collect();
                Ok(accounts.map_err(WorkError::from)?)
            })
            .await
    }

    /// A page of the people that an account knows, and their number where it is wanted; see [`store::list_contacts`].
    ///
    /// # Errors
    /// [`AccountError::Work`].
    pub(super) async fn contacts(
        &self,
        account: AccountRef,
        page: Page,
        filter: &ContactFilter,
    ) -> Result<(Vec<ContactRow>, Option<i64>), AccountError> {
        self.core
            .read(account.user, async |work| {
                Ok(store::list_contacts(work, account.id, page, filter).await?)
            })
            .await
    }

    /// A page of an account's chats, and their number where it is wanted; see [`store::list_chats`].
    ///
    /// # Errors
    /// [`AccountError::Work`].
    pub(super) async fn chats(
        &self,
        account: AccountRef,
        page: Page,
        filter: &ChatFilter,
    ) -> Result<(Vec<ChatRow>, Option<i64>), AccountError> {
        self.core
            .read(account.user, async |work| {
                Ok(store::list_chats(work, account.id, page, filter).await?)
            })
            .await
    }

    /// Checks that the plan has a place for an account that takes none yet.
    async fn check_room(&self, row: &AccountRow) -> Result<(), AccountError> {
        if row.state().takes_place() {
            return Ok(());
        }
        let user = row.user_id;
        self.core
            .read(user, async |work| require_room(work, user).await)
            .await
            .map(drop)
    }

    /// The scheduled statuses that wait for the account, in words; none when there are none.
    async fn waiting(&self, row: &AccountRow) -> Result<Option<String>, AccountError> {
        let count = self
            .core
            .read(row.user_id, async |work| {
                let mut count = 0;
                for feature in FEATURES {
                    let waiting = feature.count_waiting(work, row.id).await;
                    count += waiting.map_err(AccountError::Feature)?;
                }
                Ok::<i64, AccountError>(count)
            })
            .await?;
        Ok(match count {
            0 => None,
            1 => Some("1 scheduled status".to_owned()),
            count => Some(format!("{count} scheduled statuses")),
        })
    }

    /// Counts a session that is about to begin.
    async fn spend(&self, user: UserId) -> Result<(), AccountError> {
        let Some((rate, limiter)) = &self.link_limiter else {
            return Ok(());
        };
        limiter
            .spend(&user.to_string())
            .await
            .map_err(|refused| AccountError::TooOften {
                limit: i32::try_from(rate.burst).unwrap_or(i32::MAX),
                resets_at: self.now() + refused.retry_after,
            })
    }

    /// Undoes [`Self::spend`] for a session that does not begin.
    async fn give_back(&self, user: UserId) {
        if let Some((_, limiter)) = &self.link_limiter {
            limiter.give_back(&user.to_string()).await;
        }
    }

    /// Ends the session of an account, and begins to link it as if it had never been linked. Its keys are erased by the
    /// supervisor, while no session can write any.
    pub(super) async fn begin_again(&self, row: &AccountRow, how: LinkMethod) -> Result<(), AccountError> {
        let (id, user) = (row.id, row.user_id);
        // Before the session ends: a refusal leaves it as it is.
        self.core
            .read(user, async |work| {
                require_other_phone(work, row.reference(), number_of(&how)).await
            })
            .await?;
        self.supervisor.stop(row.reference()).await?;
        let mut work = self.core.begin(user).await?;
        let row = lock_with_room(&mut work, row).await?;
        require_other_phone(&mut work, row.reference(), number_of(&how)).await?;
        store::set_relinking(&mut work, id, LinkKind::from(&how), number_of(&how)).await?;
        change(&mut work, id, AccountState::Created, NewState::default()).await?;
        work.commit().await?;
        self.supervisor.link(row.reference(), how).await?;
        self.end_if_unwanted(row.reference()).await
    }

    /// Ends a session again whose account was paused, unlinked or removed while it was started.
    async fn end_if_unwanted(&self, account: AccountRef) -> Result<(), AccountError> {
        match self.find(account.user, account.id).await {
            Ok(row) if !row.state().is_kept_from_sessions() => {}
            Ok(_) | Err(AccountError::Unknown) => self.supervisor.stop(account).await?,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    pub(super) async fn find(&self, user: UserId, id: AccountId) -> Result<AccountRow, AccountError> {
        Ok(*self.find_open(user, id).await?.row)
    }

    pub(super) async fn find_open(&self, user: UserId, id: AccountId) -> Result<OpenAccount, AccountError> {
        self.core
            .read(user, async |work| {
                let row = store::find(work, id).await?.ok_or(AccountError::Unknown)?;
                Ok(OpenAccount::open(row, &work.key).map_err(WorkError::from)?)
            })
            .await
    }
}

/// The id of an account that was not removed.
async fn find_id(work: &mut Work, id: AccountId) -> Result<Option<AccountId>, AccountError> {
    Ok(store::find(work, id).await?.map(|row| row.id))
}

pub(super) async fn change(
    work: &mut Work,
    id: AccountId,
    state: AccountState,
    new: NewState,
) -> Result<(), AccountError> {
    store::set_state(work, id, state, new).await?;
    work.emit(EventKind::AccountChanged, Some(id), id);
    Ok(())
}
