use async_graphql::{Object, SimpleObject};
use chrono::{DateTime, Utc};

use crate::counts::Metric;
use crate::features::analytics::service::DayCounts;
use crate::graphql::Date;

/// Count of one metric.
#[derive(Debug, Clone, Copy, SimpleObject)]
pub struct MetricCount {
    /// Metric that was counted.
    metric: Metric,
    /// The count.
    count: i64,
}

/// Counts of the current day by the viewer's clock.
#[derive(Debug)]
pub struct Today(pub(super) DayCounts);

/// Counts of the current day by the viewer's clock.
#[Object]
impl Today {
    /// The day in the viewer's time zone.
    async fn date(&self) -> Date {
        Date(self.0.day)
    }

    /// Time at which the day began.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.0.span.starts_at
    }

    /// Time at which the day ends and the counts begin again.
    async fn ends_at(&self) -> DateTime<Utc> {
        self.0.span.ends_at
    }

    /// Count of each metric so far, metrics without a count included.
    async fn counts(
        &self,
        #[graphql(desc = "Only these metrics, none for an empty list; all metrics when absent.")]
        metrics: Option<Vec<Metric>>,
    ) -> Vec<MetricCount> {
        let counts = self.0.counts;
        chosen(metrics.as_deref())
            .map(|metric| MetricCount {
                metric,
                count: counts[metric],
            })
            .collect()
    }
}

/// The metrics of a filter, in their order: all when it is absent.
pub(super) fn chosen(metrics: Option<&[Metric]>) -> impl Iterator<Item = Metric> {
    let is_chosen = move |metric: &Metric| metrics.is_none_or(|chosen| chosen.contains(metric));
    Metric::ALL.into_iter().filter(is_chosen)
}
