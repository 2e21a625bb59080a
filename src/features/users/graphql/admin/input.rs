use async_graphql::{ID, InputObject};

use crate::features::users::AdminUserId;
use crate::features::users::suspension;
use crate::graphql::{Gathered, UserError};
use crate::id::UserId;
use crate::plan::Plan;

/// Input of `setUserPlan`.
#[derive(InputObject)]
pub(super) struct SetUserPlanInput {
    /// Id of an `AdminUser`.
    pub(super) user_id: ID,
    /// Plan to give.
    pub(super) plan: Plan,
}

/// Input of `suspendUser`.
#[derive(InputObject)]
pub(super) struct SuspendUserInput {
    /// Id of an `AdminUser`.
    user_id: ID,
    /// Reason, at most 500 characters. The user reads it when they try to log in, and in their audit log.
    reason: Option<String>,
}

/// Input of `unsuspendUser`.
#[derive(InputObject)]
pub(super) struct UnsuspendUserInput {
    /// Id of an `AdminUser`.
    pub(super) user_id: ID,
}

/// Input of `endUserSessions`.
#[derive(InputObject)]
pub(super) struct EndUserSessionsInput {
    /// Id of an `AdminUser`.
    pub(super) user_id: ID,
}

impl SuspendUserInput {
    /// The user and the reason, or all mistakes.
    pub(super) fn check(&self) -> Result<(UserId, Option<String>), Vec<UserError>> {
        let mut errors = Gathered::default();
        let user = errors.take(parse_user(&self.user_id));
        let reason = suspension::parse_reason(self.reason.as_deref().unwrap_or_default());
        let reason = errors.take(reason.map_err(|fault| UserError::invalid(&["reason"], fault)));
        match (user, reason) {
            (Some(user), Some(reason)) => Ok((user, reason)),
            _ => Err(errors.into()),
        }
    }
}

/// The user that an id in `userId` names.
pub(super) fn parse_user(id: &ID) -> Result<UserId, UserError> {
    AdminUserId::from_global(id)
        .map(|id| id.as_uuid().into())
        .map_err(|wrong| UserError::no_id(&["userId"], &wrong))
}
