use async_graphql::{Context, Result, SimpleObject};

use crate::features::accounts::error::AccountError;
use crate::features::schema::Account;
use crate::graphql::{Entity, UserError, UserErrorCode, internal, rate_limited};
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

/// The payload of a finished mutation; faults of the server become GraphQL errors.
pub(super) async fn payload(
    ctx: &Context<'_>,
    done: Result<AccountId, AccountError>,
) -> Result<AccountPayload> {
    let error = match done {
        Ok(id) => {
            return Ok(AccountPayload {
                account: Some(Account::load(ctx, id).await?),
                errors: Vec::new(),
            });
        }
        Err(AccountError::Unknown) => return Ok(unknown()),
        Err(e @ AccountError::Label(_)) => UserError::invalid(&["label"], e.to_string()),
        Err(e @ (AccountError::PhoneNumber(_) | AccountError::PhoneNumberMissing)) => {
            UserError::invalid(&["phoneNumber"], e.to_string())
        }
        Err(AccountError::PlanLimit { limit, used }) => {
            UserError::quota(&[], "linked accounts", limit, used, None)
        }
        Err(e @ AccountError::Conflict { .. }) => {
            UserError::coded(UserErrorCode::Conflict, &["accountId"], e.to_string())
        }
        Err(AccountError::TooOften(retry_after)) => return Err(rate_limited(retry_after)),
        Err(e @ (AccountError::Session(_) | AccountError::Work(_))) => return Err(internal(ctx, e)),
    };
    Ok(AccountPayload {
        account: None,
        errors: vec![error],
    })
}
