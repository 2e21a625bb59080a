//! Pauses the accounts beyond the limit of a plan that became smaller, and resumes them when the plan allows them again. A
//! suspended user has no place for any.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;

use super::model::{AccountState, AccountStateReason};
use super::store::{self, AccountRow, NewState, StateCause};
use crate::event_consumers::{ConsumeError, EventConsumer};
use crate::hub::{EventKind, EventRow};
use crate::id::UserId;
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::plan;
use crate::user;
use crate::whatsapp::Supervisor;
use crate::work::{Core, Work};

const FIT: &str = "accounts.fit_to_plan";
/// Tries over some hours.
const MAX_ATTEMPTS: i32 = 20;
/// Message of an account that is resumed by a plan.
const RESUMED: &str = "the plan allows the account again";
/// Message of an account of a suspended user.
const SUSPENDED: &str = "its user is suspended";
/// Message of an account that is resumed by the end of a suspension.
const UNSUSPENDED: &str = "the suspension of its user was taken back";

/// Consumer of changed plans and suspensions, whoever changed them and in whichever process: has the accounts fitted.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlanChanges;

#[async_trait]
impl EventConsumer for PlanChanges {
    fn name(&self) -> &'static str {
        "accounts"
    }

    async fn consume(&self, work: &mut Work, events: &[EventRow]) -> Result<(), ConsumeError> {
        let is_reason = |kind| matches!(kind, EventKind::PlanChanged | EventKind::SuspensionChanged);
        if events.iter().any(|row| is_reason(row.event.kind)) {
            let job = NewJob {
                kind: FIT,
                user: Some(work.user),
                payload: json!({}),
                unique_key: Some(work.user.to_string()),
                run_at: work.now,
                max_attempts: MAX_ATTEMPTS,
            };
            jobs::enqueue(work, &job).await?;
        }
        Ok(())
    }
}

/// Handler of the job that fits a user's accounts to their plan.
#[derive(Debug)]
pub struct FitToPlan {
    /// The core of the service.
    pub core: Core,
    /// The sessions to end and to start.
    pub supervisor: Arc<Supervisor>,
}

/// What a plan means for the accounts of its user.
#[derive(Debug, Default)]
struct Fit {
    /// Accounts that run and are beyond the limit: the newest ones, and links that are still being made first.
    to_pause: Vec<AccountRow>,
    /// Paused accounts for which there is a place: the oldest ones.
    to_resume: Vec<AccountRow>,
    /// Paused accounts for which there is none.
    paused: Vec<AccountRow>,
}

impl Fit {
    /// Fits `accounts`, the oldest first, to a plan with this many places.
    fn of(accounts: Vec<AccountRow>, places: usize) -> Self {
        let (mut running, others): (Vec<_>, Vec<_>) = accounts
            .into_iter()
            .partition(|account| account.state().takes_place());
        // Stable: the oldest stay first.
        running.sort_by_key(|account| account.linked_at.is_none());
        let free = places.saturating_sub(running.len());
        let mut paused: Vec<_> = others
            .into_iter()
            .filter(|account| account.state() == AccountState::Paused)
            .collect();
        let still_paused = paused.split_off(free.min(paused.len()));
        Self {
            to_pause: running.into_iter().skip(places).collect(),
            to_resume: paused,
            paused: still_paused,
        }
    }
}

#[async_trait]
impl Handler for FitToPlan {
    fn kind(&self) -> &'static str {
        FIT
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let user = job.owner()?;
        // Again after sessions ended: one may have reported in between, and taken its place back.
        while self.fit(user).await? {}
        Ok(Done::Finished)
    }
}

impl FitToPlan {
    /// Fits the user's accounts to the plan; true when some were paused.
    async fn fit(&self, user: UserId) -> Result<bool, JobError> {
        let mut work = self.core.begin(user).await?;
        // A link that is begun at the same time counts the accounts after this, or is counted here.
        work.lock_user().await?;
        let is_suspended = user::is_suspended(&mut work, user).await?;
        let limit = plan::entitlements(&mut work, user).await?.max_linked_accounts;
        let accounts = store::list_all(&mut work, user).await?;
        let places = if is_suspended { 0 } else { limit };
        let fit = Fit::of(accounts, usize::try_from(places).unwrap_or(0));
        for account in &fit.to_pause {
            let why = if is_suspended {
                StateCause::new(AccountStateReason::UserSuspended, SUSPENDED)
            } else {
                beyond_limit(limit)
            };
            pause(&mut work, account, why).await?;
        }
        for account in &fit.to_resume {
            resume(&mut work, account).await?;
        }
        work.commit().await?;
        // Only now: a session must not end for a change that is rolled back. Those paused before are ended again, for a
        // server that stopped in between.
        for account in fit.to_pause.iter().chain(&fit.paused) {
            let stopped = self.supervisor.stop(account.reference()).await;
            stopped.map_err(JobError::failed)?;
        }
        for account in &fit.to_resume {
            let started = self.supervisor.start(account.reference()).await;
            started.map_err(JobError::failed)?;
        }
        Ok(!fit.to_pause.is_empty())
    }
}

/// The cause of a pause beyond the limit of a plan.
fn beyond_limit(limit: i32) -> StateCause {
    let allowed = match limit {
        1 => "1 linked account".to_owned(),
        limit => format!("{limit} linked accounts"),
    };
    StateCause::new(
        AccountStateReason::PlanLimit,
        format!("the plan allows {allowed}: upgrade, or unlink another account and restart this one"),
    )
}

/// Pauses an account. One whose link is still being made has nothing to resume, and stops.
async fn pause(work: &mut Work, account: &AccountRow, why: StateCause) -> Result<(), JobError> {
    let state = if account.linked_at.is_some() {
        let now = work.now;
        store::open_gap(work, account.reference(), now, &why).await?;
        AccountState::Paused
    } else {
        AccountState::Stopped
    };
    let new = NewState {
        why: Some(why),
        ..NewState::default()
    };
    enter(work, account, state, new).await
}

/// Resumes a paused account.
async fn resume(work: &mut Work, account: &AccountRow) -> Result<(), JobError> {
    let why = if account.state_reason() == Some(AccountStateReason::UserSuspended) {
        StateCause::new(AccountStateReason::UserUnsuspended, UNSUSPENDED)
    } else {
        StateCause::new(AccountStateReason::PlanAllows, RESUMED)
    };
    let new = NewState {
        why: Some(why),
        ..NewState::default()
    };
    enter(work, account, AccountState::Reconnecting, new).await
}

async fn enter(
    work: &mut Work,
    account: &AccountRow,
    state: AccountState,
    new: NewState,
) -> Result<(), JobError> {
    store::set_state(work, account.id, state, new).await?;
    work.emit(EventKind::AccountChanged, Some(account.id), account.id);
    Ok(())
}
