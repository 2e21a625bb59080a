//! What happened over time: counts by hour, day, week and month, compared with the time before, and with whom.
//!
//! ```text
//! tallies (kept with every change) -> calendar: which quarter of an hour is in which bucket of the user's zone
//!     -> Analytics, or a CSV behind a signed link
//! ```
//!
//! Nothing here scans what happened: a year is some thousand rows. Counting goes on for everybody; looking back is
//! Premium's, so that an upgrade shows the past.

mod calendar;
mod csv;
mod events;
mod export;
mod graphql;
mod model;
mod past;
mod responses;
mod service;
mod store;

pub use calendar::{Bucket, Range, RangeError};
pub use export::{Export, ExportError};
pub use graphql::{
    Analytics, AnalyticsBucket, AnalyticsChange, AnalyticsCounts, ContactCount, DateRange,
    ExportAnalyticsInput, ExportAnalyticsPayload, Mutation, ResponseTimes, ResponseTimesReport, UserFields,
    WeekdayHour,
};
pub use model::Counts;
pub use past::seed_past;
pub use service::{AnalyticsError, AnalyticsService, Looked};

use async_trait::async_trait;

use crate::event::Message;
use crate::features::{EventContext, Feature, FeatureError};
use crate::messages::Recorded;

/// Counts over time. It reads events to measure how soon the owner answers.
#[derive(Debug)]
pub struct Answers;

#[async_trait]
impl Feature for Answers {
    fn name(&self) -> &'static str {
        "analytics"
    }

    async fn on_message(
        &self,
        cx: &mut EventContext<'_>,
        recorded: Recorded,
        message: &Message,
    ) -> Result<(), FeatureError> {
        Ok(events::answer(cx, recorded, message).await?)
    }
}
