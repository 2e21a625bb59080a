//! The audit log: what admins and the server's operator did to a user and saw of them, for that user to read.
//!
//! ```text
//! act:  unit of work of the user: the change, its entry, AUDIT_ENTRY_ADDED, a notice -> COMMIT
//! look: transaction of the admin: the rows that are read, a job that names their users -> COMMIT -> answer
//!                                      '-> the job, in a unit of work of each user: an entry, AUDIT_ENTRY_ADDED
//! ```
//!
//! - An act and its entry are one transaction, so there is neither without the other.
//! - A look is durable before its answer is given: when the job cannot be enqueued, the read fails with it. The job writes
//!   the entries, because each belongs to a user whose events are numbered in a transaction of theirs.
//! - A look counts for each user of whom something was shown: one entry for each admin, kind of look and
//!   [`LOOK_INTERVAL`]. Somebody in a list was seen as much as one whose details were opened; the kind tells the two apart.
//!   Numbers that tell of nobody, and jobs, which hold ids alone, are no looks. Nor is what admins see of themselves.
//! - Looks of the operator are not recorded: whoever runs the server has the database.
//! - The user reads the kind of actor and not who it was. The entry holds the admin's id for the operator.
//! - Entries are kept for [`RETENTION_DAYS`], whatever the plan, and deleted with their user.

mod action;
mod actor;
mod ids;
mod looks;
mod store;
mod write;

pub use action::AuditAction;
pub use actor::{Actor, ActorKind};
pub use ids::AuditEntryId;
pub use looks::{LOOK_INTERVAL, RecordLooks, note_looks};
pub use store::{Details, EntryRow, count, list, load};
pub use write::{Act, record};

/// Number of days for which entries are kept.
pub const RETENTION_DAYS: i64 = 2 * 365;
