use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};

use crate::features::accounts::error::AccountError;
use crate::features::schema::{Account, Viewer};
use crate::graphql::{Entity, UserError, internal, viewer};
use crate::id::AccountId;
use crate::plan::Limit;
use crate::whatsapp::SupervisorError;

/// Defines the payloads of the mutations that change an account.
macro_rules! account_payloads {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            /// Account after the mutation; null when there are errors.
            account: Option<Account>,
            /// Errors in the input; empty on success.
            errors: Vec<UserError>,
        }

        impl From<Changed> for $name {
            fn from(Changed { account, errors }: Changed) -> Self {
                Self { account, errors }
            }
        }
    )*};
}

account_payloads! {
    /// Account that is being linked again, or the errors in the input.
    RelinkAccountPayload;
    /// Account that was restarted, or the errors in the input.
    RestartAccountPayload;
    /// Account with its new label, or the errors in the input.
    RenameAccountPayload;
    /// Account that was unlinked, or the errors in the input.
    UnlinkAccountPayload;
}

/// Account that is being linked, or the errors in the input.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct LinkAccountPayload {
    /// New account; null when there are errors.
    account: Option<Account>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

#[ComplexObject]
impl LinkAccountPayload {
    /// Viewer, whose `accounts` have one more; null when there are errors.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<Viewer>> {
        changed_viewer(ctx, &self.errors).await
    }
}

impl From<Changed> for LinkAccountPayload {
    fn from(Changed { account, errors }: Changed) -> Self {
        Self { account, errors }
    }
}

/// Id of the account that was removed, or the errors in the input.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct RemoveAccountPayload {
    /// Former id of the account, for clients to remove it from lists and caches; null when there are errors.
    removed_account_id: Option<ID>,
    /// Errors in the input; empty on success.
    errors: Vec<UserError>,
}

#[ComplexObject]
impl RemoveAccountPayload {
    /// Viewer, whose `accounts` have one less; null when there are errors.
    async fn viewer(&self, ctx: &Context<'_>) -> Result<Option<Viewer>> {
        changed_viewer(ctx, &self.errors).await
    }
}

async fn changed_viewer(ctx: &Context<'_>, errors: &[UserError]) -> Result<Option<Viewer>> {
    if errors.is_empty() {
        Viewer::find(ctx, viewer(ctx)?.user).await
    } else {
        Ok(None)
    }
}

/// Outcome of a mutation that changes an account, for the payload of any of them.
pub(super) struct Changed {
    account: Option<Account>,
    errors: Vec<UserError>,
}

impl Changed {
    /// The outcome of an input that was refused.
    pub(super) const fn refused(errors: Vec<UserError>) -> Self {
        Self {
            account: None,
            errors,
        }
    }
}

/// The payload of a finished mutation; faults of the server become GraphQL errors.
pub(super) async fn changed<P: From<Changed>>(
    ctx: &Context<'_>,
    done: Result<AccountId, AccountError>,
) -> Result<P> {
    let outcome = match done {
        Ok(id) => Changed {
            account: Some(Account::load(ctx, id).await?),
            errors: Vec::new(),
        },
        Err(error) => Changed::refused(vec![refused(ctx, error)?]),
    };
    Ok(outcome.into())
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

/// The error of an `accountId` that names no account of the viewer's.
pub(super) fn unknown_account() -> UserError {
    UserError::unknown(&["accountId"], "account")
}

/// The error in the input; faults of the server become GraphQL errors.
fn refused(ctx: &Context<'_>, error: AccountError) -> Result<UserError> {
    let message = error.to_string();
    let conflict = |path: &[&str]| UserError::conflict(path, message.clone());
    Ok(match error {
        AccountError::Unknown => unknown_account(),
        AccountError::PhoneNumber(_) | AccountError::PhoneNumberMissing => {
            UserError::invalid(&["method"], message)
        }
        AccountError::PlanLimit { limit, used } => {
            let larger = Limit::LinkedAccounts.larger_plan(limit);
            UserError::limit_of_plan(&[], "linked accounts", limit, used, None, larger)
        }
        AccountError::AlreadyLinked(_) => conflict(&["method", "pairingCode", "phoneNumber"]),
        AccountError::Conflict { .. } | AccountError::Session(SupervisorError::Busy) => {
            conflict(&["accountId"])
        }
        AccountError::Suspended => conflict(&[]),
        AccountError::UnlinkUnconfirmed(_) | AccountError::RemovalUnconfirmed(_) => {
            conflict(&["isConfirmed"])
        }
        AccountError::Key(refusal) => refusal.user_error(),
        AccountError::TooOften { limit, resets_at } => {
            UserError::limit(&[], "links and restarts an hour", limit, limit, Some(resets_at))
        }
        AccountError::Session(_) | AccountError::Work(_) | AccountError::Feature(_) => {
            return Err(internal(ctx, error));
        }
    })
}
