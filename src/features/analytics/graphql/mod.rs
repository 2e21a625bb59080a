//! Analytics in the GraphQL schema.

mod export;
mod fields;
mod input;
mod objects;
mod today;

pub use export::{ExportAnalyticsInput, ExportAnalyticsPayload, Mutation};
pub use fields::ViewerFields;
pub use input::{AnalyticsRangeInput, DateRange};
pub use objects::{
    Analytics, AnalyticsBucket, AnalyticsSeries, ContactCount, ResponseTimes, ResponseTimesReport,
    WeekdayHour,
};
pub use today::{MetricCount, Today};

use async_graphql::{Context, Error};

use self::input::wrong_range;
use super::error::AnalyticsError;
use crate::graphql::{bad_arguments, internal};

/// Maps an error to the error of a failed query.
fn failed(ctx: &Context<'_>, error: AnalyticsError) -> Error {
    match error {
        AnalyticsError::Range(wrong) => bad_arguments(&[wrong_range(&wrong)]),
        // A query answers null where the plan does not include analytics.
        AnalyticsError::NotIncluded | AnalyticsError::Work(_) => internal(ctx, error),
    }
}
