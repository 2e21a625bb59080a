//! Counts over time, by hour, day, week and month, compared with the period before, and by contact.
//!
//! ```text
//! counts (written with every change) -> calendar: quarters of an hour sorted into buckets of the user's time zone
//!     -> Analytics, or a CSV file behind a signed link
//! ```
//!
//! No query scans messages: a year of counts is some thousand rows. Counting goes on for every user; reading the
//! counts needs Premium, except for those of today, so an upgrade shows the past as well.

mod calendar;
mod csv;
mod error;
mod events;
mod export;
mod exported;
mod graphql;
mod model;
mod past;
mod responses;
mod service;
mod store;

pub use calendar::{Bucket, Days, Range, RangeError};
pub use error::AnalyticsError;
pub use export::{Export, ExportError};
pub use graphql::{
    Analytics, AnalyticsBucket, AnalyticsRangeInput, AnalyticsSeries, ContactCount, DateRange,
    ExportAnalyticsInput, ExportAnalyticsPayload, MetricCount, Mutation, ResponseTimes, ResponseTimesReport,
    Today, ViewerFields, WeekdayHour,
};
pub use model::Counts;
pub use past::seed_past;
pub use service::{AnalyticsService, DayCounts, Report};

use async_trait::async_trait;

use crate::features::{EventContext, ExportedTable, Feature, FeatureError, Received};

/// Analytics. The feature reads messages to measure the owner's response times.
#[derive(Debug)]
pub struct AnalyticsFeature;

#[async_trait]
impl Feature for AnalyticsFeature {
    fn name(&self) -> &'static str {
        "analytics"
    }

    fn exported(&self) -> &'static [ExportedTable] {
        exported::EXPORTED
    }

    async fn on_message(
        &self,
        cx: &mut EventContext<'_>,
        received: Received<'_>,
    ) -> Result<(), FeatureError> {
        Ok(events::answer(cx, received.recorded, received.message).await?)
    }
}
