use super::objects::DataExport;
use crate::features::data_export::DataExportId;
use crate::features::schema::event_object;

event_object! {
    /// A data export was requested, came further, ended or expired.
    DataExportEvent {
        /// The data export in its present state; null when it is no longer listed.
        data_export: DataExport(DataExportId)
    }
}
