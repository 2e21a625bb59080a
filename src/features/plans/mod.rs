//! Plans in the schema: what there is to choose from, what a user has used, and what is kept for how long.
//!
//! The rules are in [`crate::plan`] and [`crate::media`], where every feature reads them.

mod graphql;
mod notices;

pub use graphql::{Offer, Query, QuotaUsage, StorageUsage, UserFields};

use crate::features::Feature;
use crate::notices::NoticeType;

/// Plans, and the use that is made of them.
#[derive(Debug)]
pub struct Plans;

impl Feature for Plans {
    fn name(&self) -> &'static str {
        "plans"
    }

    fn notice_types(&self) -> &'static [&'static dyn NoticeType] {
        &[&notices::RetentionShortened, &notices::StorageFull]
    }
}
