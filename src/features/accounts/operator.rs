//! Linking for the operator, whose command runs no session: a job has the running server link the account, and the
//! command follows the account's row, in which the code on show is sealed.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::checks::{link_method, require_other_phone, require_room};
use super::error::AccountError;
use super::model::{AccountState, LinkKind, NewAccount, number_of};
use super::phone_number::parse_phone_number;
use super::service::{AccountsService, change};
use super::store::{self, AccountRow, NewState, OpenAccount};
use crate::account::AccountRef;
use crate::hub::EventKind;
use crate::id::{AccountId, UserId};
use crate::jobs::{self, Done, Handler, Job, JobError, NewJob};
use crate::whatsapp::LinkMethod;
use crate::work::{Core, Work, WorkError};

const LINK: &str = "accounts.link";
const GIVE_UP: &str = "accounts.give_up_link";
/// Tries of either job: the command waits for a minute.
const MAX_ATTEMPTS: i32 = 3;
/// Age from which a request to link is not carried out: nobody looks at its codes any more.
const STALE_AFTER: TimeDelta = TimeDelta::minutes(5);

#[derive(Debug, Serialize, Deserialize)]
struct Payload {
    account: AccountId,
}

/// An account that the running server was asked to link.
#[derive(Debug)]
pub struct RequestedLink {
    /// The account.
    pub account: AccountRef,
    /// The number, in digits, of an account that lost its link and is linked again; none for one that never had a link.
    pub lost: Option<String>,
}

/// Asks the running server to link an account of `user`: by a pairing code for `phone_number`, else by QR code. It is one
/// that was never linked, if there is one, and else a new one. Where the plan has no place for both, it is the only one
/// that lost its link.
///
/// # Errors
/// [`AccountError::PhoneNumber`], [`AccountError::AlreadyLinked`], [`AccountError::PlanLimit`] or [`AccountError::Work`].
pub async fn request_link(
    core: &Core,
    user: UserId,
    phone_number: Option<&str>,
) -> Result<RequestedLink, AccountError> {
    let how = match phone_number.map(parse_phone_number).transpose() {
        Ok(None) => LinkMethod::Qr,
        Ok(Some(phone_number)) => LinkMethod::PairingCode { phone_number },
        Err(wrong) => return Err(AccountError::PhoneNumber(wrong)),
    };
    let number = number_of(&how);
    let mut work = core.begin(user).await?;
    let (id, lost) = match choose(&mut work, user, number).await? {
        Some(Chosen { row, lost }) => {
            store::set_relinking(&mut work, row.id, LinkKind::from(&how), number).await?;
            change(&mut work, row.id, AccountState::Created, NewState::default()).await?;
            (row.id, lost)
        }
        None => {
            let id = work.ids.next();
            let new = NewAccount {
                label: None,
                method: how.clone(),
            };
            store::insert(&mut work, AccountRef { id, user }, &new).await?;
            work.emit(EventKind::AccountChanged, Some(id), id);
            (id, None)
        }
    };
    let account = AccountRef { id, user };
    require_other_phone(&mut work, account, number).await?;
    enqueue(&mut work, LINK, account).await?;
    work.commit().await?;
    Ok(RequestedLink { account, lost })
}

/// An account that is there already.
struct Chosen {
    row: AccountRow,
    lost: Option<String>,
}

/// The account that is to be linked; none for a new one.
async fn choose(work: &mut Work, user: UserId, number: Option<&str>) -> Result<Option<Chosen>, AccountError> {
    if let Some(row) = store::find_never_linked(work, user).await? {
        if !row.state().takes_place() {
            require_room(work, user).await?;
        }
        return Ok(Some(Chosen { row, lost: None }));
    }
    let places = require_room(work, user).await?;
    let mut lost = store::list_logged_out(work, user).await?;
    // With a place for each of them and for another one, it is a new phone that is to be linked.
    if lost.len() != 1 || places > 1 {
        return Ok(None);
    }
    let Some(row) = lost.pop() else {
        return Ok(None);
    };
    let lost = row.names.open(&work.key).map_err(WorkError::from)?.phone_number;
    // An account stays the phone's that it was first linked to.
    if number.is_some() && number != lost.as_deref() {
        return Ok(None);
    }
    Ok(Some(Chosen { row, lost }))
}

/// The account, with the code on show, as its requested linking goes; none until the server has begun with it.
///
/// # Errors
/// [`AccountError::Unknown`] or [`AccountError::Work`].
pub async fn find_link(core: &Core, account: AccountRef) -> Result<Option<OpenAccount>, AccountError> {
    core.read(account.user, async |work| {
        if jobs::is_live(work, LINK, &account.id.to_string()).await? {
            return Ok(None);
        }
        let row = store::find(work, account.id)
            .await?
            .ok_or(AccountError::Unknown)?;
        Ok(Some(OpenAccount::open(row, &work.key).map_err(WorkError::from)?))
    })
    .await
}

/// Asks the running server to end the linking of `account`. One that a phone agreed to meanwhile stays linked.
///
/// # Errors
/// [`AccountError::Work`].
pub async fn give_up_link(core: &Core, account: AccountRef) -> Result<(), AccountError> {
    let mut work = core.begin(account.user).await?;
    enqueue(&mut work, GIVE_UP, account).await?;
    work.commit().await?;
    Ok(())
}

async fn enqueue(work: &mut Work, kind: &'static str, account: AccountRef) -> Result<(), AccountError> {
    let payload = serde_json::to_value(Payload { account: account.id });
    let job = NewJob {
        kind,
        user: Some(account.user),
        payload: payload.map_err(|error| diesel::result::Error::SerializationError(error.into()))?,
        unique_key: Some(account.id.to_string()),
        run_at: work.now,
        max_attempts: MAX_ATTEMPTS,
    };
    Ok(jobs::enqueue_for_server(work, &job).await?)
}

impl AccountsService {
    /// Carries out [`request_link`], unless the account was linked or given up meanwhile.
    async fn link_requested(&self, account: AccountRef) -> Result<(), AccountError> {
        let OpenAccount { row, names, .. } = match self.find_open(account.user, account.id).await {
            Err(AccountError::Unknown) => return Ok(()),
            found => found?,
        };
        if row.linked_at.is_some() || row.state() == AccountState::Unlinked {
            return Ok(());
        }
        let how = link_method(row.link_method, names.phone_number.as_deref())?;
        self.begin_again(&row, how).await
    }

    /// Carries out [`give_up_link`].
    async fn give_up_requested(&self, account: AccountRef) -> Result<(), AccountError> {
        let row = match self.find(account.user, account.id).await {
            Err(AccountError::Unknown) => return Ok(()),
            found => found?,
        };
        match row.linked_at {
            Some(_) => Ok(()),
            None => self.unlink(account.user, account.id, true).await,
        }
    }
}

fn account_of(job: &Job) -> Result<AccountRef, JobError> {
    let Payload { account } = job.read()?;
    Ok(AccountRef {
        id: account,
        user: job.owner()?,
    })
}

/// The handlers of both jobs.
pub(super) fn handlers(service: AccountsService) -> Vec<Arc<dyn Handler>> {
    vec![
        Arc::new(LinkRequested(service.clone())),
        Arc::new(GiveUpRequested(service)),
    ]
}

#[derive(Debug)]
struct LinkRequested(AccountsService);

#[async_trait]
impl Handler for LinkRequested {
    fn kind(&self) -> &'static str {
        LINK
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let account = account_of(job)?;
        if self.0.now() - job.created_at < STALE_AFTER {
            self.0.link_requested(account).await.map_err(JobError::failed)?;
        }
        Ok(Done::Finished)
    }
}

#[derive(Debug)]
struct GiveUpRequested(AccountsService);

#[async_trait]
impl Handler for GiveUpRequested {
    fn kind(&self) -> &'static str {
        GIVE_UP
    }

    async fn run(&self, job: &Job) -> Result<Done, JobError> {
        let account = account_of(job)?;
        self.0
            .give_up_requested(account)
            .await
            .map_err(JobError::failed)?;
        Ok(Done::Finished)
    }
}
