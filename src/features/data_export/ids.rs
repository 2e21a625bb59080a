//! Ids of data exports.

use crate::id::ids;

ids! {
    /// An export of all that is kept of a user.
    DataExportId = "DataExport";
}
