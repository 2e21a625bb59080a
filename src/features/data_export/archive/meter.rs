use tokio::sync::watch;

use crate::features::data_export::model::Progress;

/// Counts how far an export is, for whoever shows it.
#[derive(Debug)]
pub(in crate::features::data_export) struct Meter {
    shown: watch::Sender<Progress>,
}

impl Meter {
    /// A meter, and what it shows.
    pub(in crate::features::data_export) fn new() -> (Self, watch::Receiver<Progress>) {
        let (shown, seen) = watch::channel(Progress::default());
        (Self { shown }, seen)
    }

    /// Shows what there is to do.
    pub(super) fn begin(&self, rows_total: i64, bytes_total: i64) {
        self.shown.send_replace(Progress {
            rows_total,
            bytes_total,
            ..Progress::default()
        });
    }

    /// Shows that so many rows more are written. Rows that came since are more than there were.
    pub(super) fn add_rows(&self, rows: usize) {
        let rows = i64::try_from(rows).unwrap_or(i64::MAX);
        self.shown.send_modify(|shown| {
            shown.rows_done = shown.rows_done.saturating_add(rows);
            shown.rows_total = shown.rows_total.max(shown.rows_done);
        });
    }

    /// Shows that so many bytes of files more are written.
    pub(super) fn add_bytes(&self, bytes: usize) {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.shown.send_modify(|shown| {
            shown.bytes_done = shown.bytes_done.saturating_add(bytes);
            shown.bytes_total = shown.bytes_total.max(shown.bytes_done);
        });
    }

    /// How far it is.
    pub(in crate::features::data_export) fn progress(&self) -> Progress {
        *self.shown.borrow()
    }
}
