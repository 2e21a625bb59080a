//! Moving the contents of files between the folder and the bucket, while a server serves them.
//!
//! ```text
//! a row that lies elsewhere -> a new object is drafted -> content copied -> read back, hashes compared
//!     -> one unit of work: the row names the new object, and the former one is to be removed an hour later
//! ```
//!
//! The rows themselves say what is left, so a run that was ended goes on where it was. A draft that no row came to name is
//! removed by the job that every draft has. The former object stays for as long as a link to it may be good, and a request
//! for it may run; none is ever removed before the row that names the other is committed.

mod copy;
mod run;
mod store;

pub use run::{Migrated, Migration, MigrationError};
