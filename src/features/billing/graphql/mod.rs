//! The sale of Premium in the schema.

mod admin;
mod event;
mod fields;
mod input;
mod invoice;
mod loaders;
mod mutation;
mod payload;
mod subscription;

pub use admin::{AdminBillingDrift, AdminFields};
pub use event::BillingSubscriptionEvent;
pub use fields::ViewerFields;
pub use input::{OpenBillingPortalInput, StartCheckoutInput};
pub use invoice::Invoice;
pub use mutation::Mutation;
pub use payload::{OpenBillingPortalPayload, StartCheckoutPayload};
pub use subscription::{BillingState, BillingSubscription, PaymentProblem};

use async_graphql::{Context, Result};

use super::error::{BillingError, Refusal};
use super::service::{BillingService, VISITS};
use crate::graphql::{UserError, UserErrorCode, internal};

fn service<'a>(ctx: &Context<'a>) -> &'a BillingService {
    ctx.data_unchecked()
}

/// Splits a failure into the errors of the payload, and what the client can do nothing about.
fn judge<T>(ctx: &Context<'_>, done: Result<T, BillingError>) -> Result<Result<T, Vec<UserError>>> {
    let error = match done {
        Ok(done) => return Ok(Ok(done)),
        Err(BillingError::Refused(refusals)) => return Ok(Err(refusals.iter().map(refused).collect())),
        Err(BillingError::Disabled) => {
            let message = "this server sells nothing; its operator decides who has Premium";
            UserError::conflict_of(UserErrorCode::BillingDisabled, &[], message)
        }
        Err(BillingError::Unavailable(retry_after)) => {
            let message =
                "Stripe, where this is paid, does not answer now; try again later, and nothing is done twice";
            UserError::unavailable(UserErrorCode::BillingUnavailable, message, retry_after)
        }
        Err(BillingError::TooOften(often)) => {
            let resets_at = service(ctx).core().clock.now() + often.retry_after;
            let limit = i32::try_from(VISITS.burst).unwrap_or(i32::MAX);
            UserError::limit(
                &[],
                "visits to Stripe's pages an hour",
                limit,
                limit,
                Some(resets_at),
            )
        }
        Err(other) => return Err(internal(ctx, other)),
    };
    Ok(Err(vec![error]))
}

fn refused(refusal: &Refusal) -> UserError {
    let words = refusal.to_string();
    match refusal {
        Refusal::ReturnUrl { field, .. } => UserError::invalid(&[field], words),
        Refusal::Interval(_) => UserError::invalid(&["interval"], words),
        Refusal::Subscribed => UserError::conflict_of(UserErrorCode::AlreadySubscribed, &[], words),
        Refusal::NothingBought => UserError::conflict_of(UserErrorCode::NothingBought, &[], words),
        Refusal::DeletionPlanned => UserError::conflict(&[], words),
    }
}
