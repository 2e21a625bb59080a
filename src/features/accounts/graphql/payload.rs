use async_graphql::{Context, ID, Result, SimpleObject};

use crate::features::accounts::error::AccountError;
use crate::features::schema::Account;
use crate::graphql::{Entity, UserError, internal, rate_limited};
use crate::id::AccountId;

/// Account after a mutation, or the errors in the input.
#[derive(SimpleObject)]
pub struct AccountPayload {
    /// The account; null when nothing was done.
    account: Option<Account>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

/// The payload of an `accountId` that is no account of the viewer.
pub(super) fn unknown() -> AccountPayload {
    AccountPayload {
        account: None,
        errors: vec![UserError::unknown(&["accountId"], "account")],
    }
}

/// Id of the removed account, or the errors in the input.
#[derive(SimpleObject)]
pub struct RemoveAccountPayload {
    /// Former id of the account; null when nothing was done.
    removed_account_id: Option<ID>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

/// The payload of a removal; faults of the server become GraphQL errors.
pub(super) fn removed(
    ctx: &Context<'_>,
    done: Result<AccountId, AccountError>,
) -> Result<RemoveAccountPayload> {
    let (removed_account_id, errors) = match done {
        Ok(id) => (Some(ID(id.to_global())), Vec::new()),
        Err(error) => (None, vec![refused(ctx, error)?]),
    };
    Ok(RemoveAccountPayload {
        removed_account_id,
        errors,
    })
}

/// The payload of a finished mutation; faults of the server become GraphQL errors.
pub(super) async fn payload(
    ctx: &Context<'_>,
    done: Result<AccountId, AccountError>,
) -> Result<AccountPayload> {
    let (account, errors) = match done {
        Ok(id) => (Some(Account::load(ctx, id).await?), Vec::new()),
        Err(error) => (None, vec![refused(ctx, error)?]),
    };
    Ok(AccountPayload { account, errors })
}

/// The error in the input; faults of the server become GraphQL errors.
fn refused(ctx: &Context<'_>, error: AccountError) -> Result<UserError> {
    let message = error.to_string();
    let conflict = |path: &str| UserError::conflict(&[path], message.clone());
    Ok(match error {
        AccountError::Unknown => UserError::unknown(&["accountId"], "account"),
        AccountError::Label(_) => UserError::invalid(&["label"], message),
        AccountError::PhoneNumber(_) | AccountError::PhoneNumberMissing => {
            UserError::invalid(&["phoneNumber"], message)
        }
        AccountError::PlanLimit { limit, used } => {
            UserError::limit(&[], "linked accounts", limit, used, None)
        }
        AccountError::AlreadyLinked(_) => conflict("phoneNumber"),
        AccountError::Conflict { .. } => conflict("accountId"),
        AccountError::UnlinkUnconfirmed(_) | AccountError::RemovalUnconfirmed(_) => conflict("isConfirmed"),
        AccountError::TooOften(retry_after) => return Err(rate_limited(retry_after)),
        AccountError::Session(_) | AccountError::Work(_) | AccountError::Feature(_) => {
            return Err(internal(ctx, error));
        }
    })
}
