use async_graphql::{Context, ID, Object, Result};
use ulid::Ulid;

use crate::graphql::{ByteCount, not_found};
use crate::id::{EntitlementsId, PlanId};
use crate::plan::Plan;

/// A plan that a user can have.
#[derive(Debug, Clone, Copy)]
pub struct PlanType(pub Plan);

/// A plan that a user can have.
#[Object(name = "Plan")]
impl PlanType {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(PlanId::from(ulid(self.0)).to_global())
    }

    /// Code of the plan.
    async fn code(&self) -> Plan {
        self.0
    }

    /// Limits and features of the plan.
    async fn entitlements(&self) -> EntitlementsType {
        EntitlementsType(self.0)
    }
}

impl PlanType {
    /// The plan with this id.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such plan.
    #[expect(clippy::unused_async, reason = "every node is loaded in the same way")]
    pub async fn load(_: &Context<'_>, id: PlanId) -> Result<Self> {
        let plan = Plan::ALL.into_iter().find(|plan| PlanId::from(ulid(*plan)) == id);
        plan.map(Self).ok_or_else(|| not_found("plan"))
    }
}

/// Limits and features of a plan.
#[derive(Debug, Clone, Copy)]
pub struct EntitlementsType(pub Plan);

/// Limits and features of a plan.
#[Object(name = "Entitlements")]
impl EntitlementsType {
    /// Globally unique, stable id. Pass it to `node(id:)`; do not parse it.
    pub async fn id(&self) -> ID {
        ID(EntitlementsId::from(ulid(self.0)).to_global())
    }

    /// Maximum number of WhatsApp accounts that are linked at once; null when there is no limit.
    async fn max_linked_accounts(&self) -> Option<i32> {
        Some(self.0.entitlements().max_linked_accounts)
    }

    /// Maximum number of view-once messages that are captured in a calendar month of the user's time zone; null when there
    /// is no limit.
    async fn max_view_once_captures_per_month(&self) -> Option<i32> {
        self.0.entitlements().max_view_once_captures_per_month
    }

    /// Maximum number of statuses that wait to be published; null when there is no limit.
    async fn max_scheduled_statuses(&self) -> Option<i32> {
        Some(self.0.entitlements().max_scheduled_statuses)
    }

    /// Maximum size of all stored media together; null when there is no limit.
    async fn max_media_bytes(&self) -> Option<ByteCount> {
        Some(ByteCount(self.0.entitlements().max_media_bytes))
    }

    /// Number of days for which an ordinary message is held, to show its content when it is deleted.
    async fn deleted_message_days(&self) -> i32 {
        self.0.entitlements().deleted_message_days
    }

    /// Number of days after which kept items are removed; null when only the user removes them.
    async fn retention_days(&self) -> Option<i32> {
        self.0.entitlements().retention_days
    }

    /// True when auto-like can be confined to some contacts, or leave some out.
    async fn has_auto_like_lists(&self) -> bool {
        self.0.entitlements().has_auto_like_lists
    }

    /// True when auto-like can use another emoji for each contact.
    async fn has_emoji_per_contact(&self) -> bool {
        self.0.entitlements().has_emoji_per_contact
    }

    /// True when auto-like can rest during some hours of the day.
    async fn has_quiet_hours(&self) -> bool {
        self.0.entitlements().has_quiet_hours
    }

    /// True when automatic replies can be confined to some contacts, or leave some out.
    async fn has_auto_reply_lists(&self) -> bool {
        self.0.entitlements().has_auto_reply_lists
    }

    /// True when automatic replies can follow a weekly schedule.
    async fn has_auto_reply_schedule(&self) -> bool {
        self.0.entitlements().has_auto_reply_schedule
    }

    /// True when the user is notified of a message by a contact who gets no automatic replies.
    async fn has_silenced_contact_notices(&self) -> bool {
        self.0.entitlements().has_silenced_contact_notices
    }

    /// True when a scheduled status may be a video.
    async fn has_scheduled_videos(&self) -> bool {
        self.0.entitlements().has_scheduled_videos
    }

    /// True when a scheduled status may be shown to some contacts only.
    async fn has_audience_lists(&self) -> bool {
        self.0.entitlements().has_audience_lists
    }

    /// True when the plan includes analytics.
    async fn has_analytics(&self) -> bool {
        self.0.entitlements().has_analytics
    }
}

impl EntitlementsType {
    /// The entitlements with this id.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is no such plan.
    pub async fn load(ctx: &Context<'_>, id: EntitlementsId) -> Result<Self> {
        let plan = PlanType::load(ctx, id.as_uuid().into()).await?;
        Ok(Self(plan.0))
    }
}

/// The ULID of a plan in global ids; never changes.
fn ulid(plan: Plan) -> Ulid {
    Ulid::from(match plan {
        Plan::Free => 1,
        Plan::Premium => 2,
    })
}
