//! Plans in the schema: the plans to choose from, a user's use of their limits, and retention times.
//!
//! The rules are in [`crate::plan`] and [`crate::media`], where every feature reads them.

mod exported;
mod graphql;
mod ids;
mod ledger;
mod notices;

pub use crate::features::schema::{EntitlementsType as Entitlements, PlanType as Plan};
pub use crate::id::{EntitlementsId, PlanId};
pub use graphql::{Query, QuotaCode, QuotaUsage, QuotaUse, Retention, StorageUsage, ViewerFields};
pub use ids::{QuotaUsageId, QuotaUseId, RetentionId, StorageUsageId};
pub use ledger::Entry;

use crate::features::{ExportedTable, Feature};
use crate::notices::NoticeType;

/// Plans, and the use of their quotas.
#[derive(Debug)]
pub struct Plans;

impl Feature for Plans {
    fn name(&self) -> &'static str {
        "plans"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }

    fn notice_types(&self) -> &'static [&'static dyn NoticeType] {
        &[&notices::RetentionShortened, &notices::StorageFull]
    }
}
