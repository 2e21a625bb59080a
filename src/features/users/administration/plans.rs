use crate::audit::{self, Act, Actor, AuditAction, Details};
use crate::db;
use crate::features::users::error::UsersError;
use crate::features::users::suspension;
use crate::id::UserId;
use crate::plan::{self, Plan};
use crate::work::Core;

/// Grants `user` a plan, beside what they bought; one that was granted already changes nothing.
///
/// # Errors
/// [`UsersError::UnknownUser`].
pub(in crate::features::users) async fn set_plan(
    core: &Core,
    actor: Actor,
    user: UserId,
    plan: Plan,
) -> Result<(), UsersError> {
    let mut work = suspension::begin(core, user).await?;
    let before = plan::granted(&mut work, user).await?;
    if before == plan {
        return Ok(work.rollback().await?);
    }
    plan::set(&mut work, plan).await?;
    let act = Act {
        details: Details {
            previous_plan: Some(before),
            plan: Some(plan),
            ended_sessions: None,
        },
        ..Act::new(actor, AuditAction::PlanSet)
    };
    audit::record(&mut work, act).await?;
    // The server, which may be another process, tells the user's clients.
    db::notify_on_commit(&mut work).await?;
    work.commit().await?;
    Ok(())
}
