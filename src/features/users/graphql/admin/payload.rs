use async_graphql::{Context, Result, SimpleObject};

use super::user::AdminUser;
use crate::graphql::{Entity as _, UserError};
use crate::id::UserId;

/// Defines the payload of a mutation that changes a user.
macro_rules! user_payload {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub(super) struct $name {
            /// The user as they are now; null when there are errors.
            user: Option<AdminUser>,
            /// Errors in the input; empty on success.
            errors: Vec<UserError>,
        }

        impl From<Changed> for $name {
            fn from(Changed { user, errors }: Changed) -> Self {
                Self { user, errors }
            }
        }
    };
}

user_payload! {
    /// Payload of `setUserPlan`.
    SetUserPlanPayload
}

user_payload! {
    /// Payload of `suspendUser`.
    SuspendUserPayload
}

user_payload! {
    /// Payload of `unsuspendUser`.
    UnsuspendUserPayload
}

/// Payload of `endUserSessions`.
#[derive(SimpleObject)]
pub(super) struct EndUserSessionsPayload {
    /// The user, whose `sessions` are empty now; null when there are errors.
    pub(super) user: Option<AdminUser>,
    /// Number of sessions that ended; 0 when there are errors, and when none was left.
    pub(super) ended_sessions: i32,
    /// Errors in the input; empty on success.
    pub(super) errors: Vec<UserError>,
}

/// A user who was changed, or the errors.
pub(super) struct Changed {
    pub(super) user: Option<AdminUser>,
    pub(super) errors: Vec<UserError>,
}

impl Changed {
    /// The user as the admin sees them now, which is a look like any other: an act that changed nothing has no entry of its
    /// own in the audit log. Or the errors.
    pub(super) async fn of(
        ctx: &Context<'_>,
        changed: std::result::Result<UserId, Vec<UserError>>,
    ) -> Result<Self> {
        let id = match changed {
            Ok(id) => id,
            Err(errors) => return Ok(Self { user: None, errors }),
        };
        Ok(Self {
            user: AdminUser::find(ctx, id.as_uuid().into()).await?,
            errors: Vec::new(),
        })
    }
}
