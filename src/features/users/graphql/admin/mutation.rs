use async_graphql::{Context, Object, Result};

use super::input::{
    EndUserSessionsInput, SetUserPlanInput, SuspendUserInput, UnsuspendUserInput, parse_user,
};
use super::payload::{
    Changed, EndUserSessionsPayload, SetUserPlanPayload, SuspendUserPayload, UnsuspendUserPayload,
};
use crate::audit::Actor;
use crate::features::users::administration::set_plan;
use crate::features::users::graphql::{judge, service};
use crate::features::users::suspension;
use crate::graphql::admin;

/// Mutations of other users, for admins.
#[derive(Debug, Clone, Copy, Default)]
pub struct AdminMutation;

#[Object(name = "UsersAdminMutation")]
impl AdminMutation {
    /// Grants a user a plan; a larger one that they bought stays. For admins only (`FORBIDDEN`). The user reads it in their
    /// audit log (`PLAN_SET`) and is notified. A user to whom the plan was granted already stays as they are.
    async fn set_user_plan(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "User, and the plan to give.")] input: SetUserPlanInput,
    ) -> Result<SetUserPlanPayload> {
        let admin = admin(ctx).await?;
        let set = match parse_user(&input.user_id) {
            Ok(user) => {
                let set = set_plan(&service(ctx).core, Actor::Admin(admin), user, input.plan).await;
                judge(ctx, set)?.map(|()| user)
            }
            Err(error) => Err(vec![error]),
        };
        Ok(Changed::of(ctx, set).await?.into())
    }

    /// Suspends a user: all their sessions end at once, their access tokens are revoked, their sockets close, log-in and
    /// refresh are refused with `USER_SUSPENDED`, their accounts are paused and stay linked, what is sent to their webhook
    /// endpoints waits, and no notifications are mailed or pushed to them. For admins only (`FORBIDDEN`). The user reads it
    /// in their audit log (`SUSPENDED`). A suspended user stays as they are. Suspending oneself or the only admin is a
    /// `CONFLICT`.
    async fn suspend_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "User to suspend, and the reason.")] input: SuspendUserInput,
    ) -> Result<SuspendUserPayload> {
        let admin = admin(ctx).await?;
        let suspended = match input.check() {
            Ok((user, reason)) => {
                let ended = service(ctx).suspend(admin, user, reason.as_deref()).await;
                judge(ctx, ended)?.map(|()| user)
            }
            Err(errors) => Err(errors),
        };
        Ok(Changed::of(ctx, suspended).await?.into())
    }

    /// Takes the suspension of a user back: they can log in, and their paused accounts connect again. For admins only
    /// (`FORBIDDEN`). The user reads it in their audit log (`UNSUSPENDED`) and is notified. A user who is not suspended
    /// stays as they are.
    async fn unsuspend_user(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "User whose suspension ends.")] input: UnsuspendUserInput,
    ) -> Result<UnsuspendUserPayload> {
        let admin = admin(ctx).await?;
        let unsuspended = match parse_user(&input.user_id) {
            Ok(user) => {
                let core = &service(ctx).core;
                let done = suspension::unsuspend(core, Actor::Admin(admin), user).await;
                judge(ctx, done)?.map(|()| user)
            }
            Err(error) => Err(vec![error]),
        };
        Ok(Changed::of(ctx, unsuspended).await?.into())
    }

    /// Ends all sessions of a user and revokes their access tokens. The user may log in again. For admins only
    /// (`FORBIDDEN`). The user reads it in their audit log (`SESSIONS_ENDED`) and is notified, if there was a session.
    async fn end_user_sessions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "User whose sessions end.")] input: EndUserSessionsInput,
    ) -> Result<EndUserSessionsPayload> {
        let admin = admin(ctx).await?;
        let ended = match parse_user(&input.user_id) {
            Ok(user) => {
                let ended = service(ctx).end_sessions_of(admin, user).await;
                judge(ctx, ended)?.map(|ended| (user, ended))
            }
            Err(error) => Err(vec![error]),
        };
        let ended_sessions = ended.as_ref().map_or(0, |(_, ended)| *ended);
        let Changed { user, errors } = Changed::of(ctx, ended.map(|(user, _)| user)).await?;
        Ok(EndUserSessionsPayload {
            user,
            ended_sessions: i32::try_from(ended_sessions).unwrap_or(i32::MAX),
            errors,
        })
    }
}
