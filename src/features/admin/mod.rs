//! Administration: what an admin sees of the whole server, what they may do, and the log of both for the user concerned.
//!
//! ```text
//! query { admin { .. } } -> graphql::admin: the role, read from the viewer's row -> Admin (the proof)
//!                        -> Administration: the AdminFields of each feature, each made of the proof
//!                        -> views admin_*, in a transaction of the admin -> rows, and the job that logs the look
//! ```
//!
//! A user becomes an admin by `amda users grant-admin` alone. Whoever is none is refused in one place
//! ([`graphql::admin`](crate::graphql::admin)), and would find nothing behind it:
//!
//! - The policies of the tables are the same for everybody. In a transaction of an admin as of anybody, a table has the rows
//!   of its user, so no code can come upon others' by chance.
//! - The views in [`crate::db::views`] have the rows of all users, and those columns alone that administration shows: no key,
//!   no password, no name or number of WhatsApp, nothing of a message. Their condition is `amda_is_admin()`, which reads the
//!   role from the row of the transaction's user. There is no setting by which a transaction could call itself an admin's.
//! - A trigger keeps the server's role from writing `users.role`; the function that does refuses a transaction that names a
//!   user, and every request works in one.
//! - The role is read anew for each request and in each statement: one that is revoked is gone at once. A subscription
//!   reaches nothing of it, because `admin` is a field of queries.
//!
//! Each feature adds its part: `users` the users, their sessions and what is done to them, `accounts` the states of accounts,
//! `webhooks` the deliveries that fail, and this one the jobs. What was seen and done is written as
//! [`audit`](crate::audit) says.

mod event;
mod expiry;
mod exported;
mod graphql;
mod ids;
mod notices;

pub use crate::audit::AuditEntryId;
pub use event::AuditEntryEvent;
pub use graphql::{AdminFields, AdminJob, AuditEntry, Query, ViewerFields};
pub use ids::AdminJobId;

use std::sync::Arc;

use crate::audit::RecordLooks;
use crate::features::{ExportedTable, Feature, Parts};
use crate::jobs::Handler;
use crate::notices::NoticeType;
use crate::retention::Expires;

/// Administration.
#[derive(Debug)]
pub struct AdminFeature;

impl Feature for AdminFeature {
    fn name(&self) -> &'static str {
        "admin"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }

    fn expiries(&self) -> Vec<Arc<dyn Expires>> {
        vec![Arc::new(expiry::AUDIT_EXPIRY)]
    }

    fn handlers(&self, parts: &Parts) -> Vec<Arc<dyn Handler>> {
        vec![Arc::new(RecordLooks(parts.core.clone()))]
    }

    fn notice_types(&self) -> &'static [&'static dyn NoticeType] {
        &[&notices::AdminActed]
    }
}
