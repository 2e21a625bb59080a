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

use super::error::AnalyticsError;
use crate::graphql::{bad_input, internal, not_found};

/// Maps an error to the error of a failed query.
fn failed(ctx: &Context<'_>, error: AnalyticsError) -> Error {
    match error {
        AnalyticsError::UnknownAccounts(_) => not_found("account"),
        AnalyticsError::Range(wrong) => bad_input(wrong.to_string()),
        // A query answers null where the plan does not include analytics.
        AnalyticsError::NotIncluded | AnalyticsError::Work(_) => internal(ctx, error),
    }
}
