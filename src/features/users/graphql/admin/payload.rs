use async_graphql::{Context, Result, SimpleObject};

use super::user::AdminUser;
use crate::audit::{self, AuditAction};
use crate::features::users::administration::load_users;
use crate::features::users::graphql::service;
use crate::graphql::{Admin, UserError, internal};
use crate::id::UserId;
use crate::work::WorkError;

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
    /// The user as `admin` sees them now; or the errors. They are seen even where the act changed nothing and has no entry
    /// in the audit log, so that this is a look.
    pub(super) async fn of(
        ctx: &Context<'_>,
        admin: Admin,
        changed: std::result::Result<UserId, Vec<UserError>>,
    ) -> Result<Self> {
        let id = match changed {
            Ok(id) => id,
            Err(errors) => return Ok(Self { user: None, errors }),
        };
        let look = async {
            let mut work = service(ctx).core.begin(admin.user()).await?;
            let rows = load_users(&mut work, &[id]).await?;
            audit::note_looks(&mut work, AuditAction::UserViewed, rows.iter().map(|row| row.id)).await?;
            work.commit().await?;
            Ok::<_, WorkError>(rows)
        };
        let rows = look.await.map_err(|e| internal(ctx, e))?;
        Ok(Self {
            user: rows.into_iter().next().map(AdminUser),
            errors: Vec::new(),
        })
    }
}
