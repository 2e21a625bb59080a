use super::{Entitlements, Plan};

/// A limit of how many things of a kind may exist at once. The feature that owns them counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// WhatsApp accounts that are linked, or are being linked.
    LinkedAccounts,
    /// Statuses that wait to be published.
    ScheduledStatuses,
}

impl Limit {
    /// The cheapest plan that allows more than `limit`; none when no plan does.
    pub fn larger_plan(self, limit: i32) -> Option<Plan> {
        Plan::ALL
            .into_iter()
            .find(|plan| self.of(&plan.entitlements()) > limit)
    }

    /// Its number in a plan.
    pub const fn of(self, entitlements: &Entitlements) -> i32 {
        match self {
            Self::LinkedAccounts => entitlements.max_linked_accounts,
            Self::ScheduledStatuses => entitlements.max_scheduled_statuses,
        }
    }
}
