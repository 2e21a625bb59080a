use async_graphql::SimpleObject;

use crate::plan::{Entitlements, Plan};

/// A plan, and what it allows.
#[derive(Debug, Clone, Copy, SimpleObject)]
#[graphql(name = "Plan")]
pub struct PlanType {
    /// Code of the plan, which identifies it.
    pub code: Plan,
    /// Limits and features of the plan.
    pub entitlements: Entitlements,
}

impl From<Plan> for PlanType {
    fn from(code: Plan) -> Self {
        Self {
            code,
            entitlements: code.entitlements(),
        }
    }
}
