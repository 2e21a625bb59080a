//! Administration in the GraphQL schema.

mod audit_entry;
mod fields;
mod job;
mod query;
mod viewer_fields;

pub use audit_entry::AuditEntry;
pub use fields::AdminFields;
pub use job::AdminJob;
pub use query::Query;
pub use viewer_fields::ViewerFields;
