//! Plans in the GraphQL schema.

mod fields;
mod ledger;
mod quotas;
mod retention;
mod storage;

pub use fields::{Query, ViewerFields};
pub use ledger::QuotaUse;
pub use quotas::{QuotaCode, QuotaUsage};
pub use retention::Retention;
pub use storage::StorageUsage;
