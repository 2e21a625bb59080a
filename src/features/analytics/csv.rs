//! CSV table as in RFC 4180: a header, then a row for each bucket. No cell contains text of users, so none can be a
//! formula of a spreadsheet.

use super::service::Report;
use crate::counts::Metric;

/// Renders the table. Times are local to the user, with their UTC offset.
pub(super) fn table(report: &Report) -> Vec<u8> {
    let mut writer = ::csv::WriterBuilder::new()
        .terminator(::csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let names = Metric::ALL.map(|metric| metric.as_str().to_ascii_lowercase());
    let head = ["starts_at".to_owned(), "ends_at".to_owned()]
        .into_iter()
        .chain(names);
    writer.write_record(head).expect("memory takes what is written");
    for (span, counts) in &report.buckets {
        let local = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&report.zone).to_rfc3339();
        let times = [local(span.starts_at), local(span.ends_at)];
        let counts = Metric::ALL.map(|metric| counts[metric].to_string());
        let row = times.into_iter().chain(counts);
        writer.write_record(row).expect("memory takes what is written");
    }
    writer.into_inner().expect("memory takes what is written")
}
