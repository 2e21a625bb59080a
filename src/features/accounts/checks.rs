//! Conditions under which an account may be linked.

use super::error::AccountError;
use super::model::{AccountState, LinkKind};
use super::store::{self, AccountRow};
use crate::account::AccountRef;
use crate::id::UserId;
use crate::plan;
use crate::user;
use crate::whatsapp::LinkMethod;
use crate::work::{Work, WorkError};

/// Refuses the number of a phone that is linked already, as another account of the user's.
pub(super) async fn require_other_phone(
    work: &mut Work,
    account: AccountRef,
    number: Option<&str>,
) -> Result<(), AccountError> {
    let Some(number) = number else {
        return Ok(());
    };
    for row in store::list_all(work, account.user).await? {
        if row.id == account.id || !row.is_linked() {
            continue;
        }
        let names = row.names.open(&work.key).map_err(WorkError::from)?;
        if names.phone_number.as_deref() == Some(number) {
            return Err(AccountError::AlreadyLinked(names.display_name()));
        }
    }
    Ok(())
}

/// Number of free places of the user's plan: at least one.
pub(super) async fn require_room(work: &mut Work, user: UserId) -> Result<i32, AccountError> {
    // So that two links cannot both be the last.
    work.lock_user().await?;
    if user::is_suspended(work, user).await? {
        return Err(AccountError::Suspended);
    }
    let limit = plan::of(work, user).await?.entitlements().max_linked_accounts;
    let used = i32::try_from(store::count_for_plan(work, user).await?).unwrap_or(i32::MAX);
    if used < limit {
        Ok(limit - used)
    } else {
        Err(AccountError::PlanLimit { limit, used })
    }
}

/// Checks that the link of an account is not gone, so that its session can be started.
pub(super) fn require_link(row: &AccountRow) -> Result<(), AccountError> {
    let state = row.state();
    if matches!(state, AccountState::LoggedOut | AccountState::Unlinked) {
        return Err(AccountError::Conflict {
            state,
            advice: "link it again with relinkAccount",
        });
    }
    Ok(())
}

/// Locks the user's accounts, and reads the account as it is now; it has a place of the plan's, or there is one for it.
pub(super) async fn lock_with_room(work: &mut Work, known: &AccountRow) -> Result<AccountRow, AccountError> {
    work.lock_user().await?;
    let row = store::find(work, known.id).await?.ok_or(AccountError::Unknown)?;
    if !row.state().takes_place() {
        require_room(work, row.user_id).await?;
    }
    Ok(row)
}

/// The method by which an account was last linked, for the number that is known of it.
pub(super) fn link_method(kind: LinkKind, number: Option<&str>) -> Result<LinkMethod, AccountError> {
    match (kind, number) {
        (LinkKind::Qr, _) => Ok(LinkMethod::Qr),
        (LinkKind::PairingCode, Some(number)) => Ok(LinkMethod::PairingCode {
            phone_number: number.to_owned(),
        }),
        (LinkKind::PairingCode, None) => Err(AccountError::PhoneNumberMissing),
    }
}
