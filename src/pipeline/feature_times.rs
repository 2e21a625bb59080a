use std::time::{Duration, Instant};

use tracing::{Instrument, Span};

/// Number of events up to which the trace of a batch shows each feature. That of a backlog would be longer than anybody
/// reads.
const MAX_DETAILED_EVENTS: usize = 4;
/// Number of features in the log's line of a batch: those that took longest.
const MAX_LOGGED_FEATURES: usize = 3;

/// The times that the features took for one batch.
pub(super) struct FeatureTimes {
    /// False where nobody would see them.
    are_wanted: bool,
    /// Each feature has a span for each event.
    have_spans: bool,
    times: Vec<(&'static str, Duration)>,
}

impl FeatureTimes {
    /// The times for a batch of `events`, to be shown in `span`.
    pub(super) fn new(span: &Span, events: usize) -> Self {
        Self {
            are_wanted: !span.is_disabled(),
            have_spans: events <= MAX_DETAILED_EVENTS,
            times: Vec::new(),
        }
    }

    pub(super) async fn measure<T>(&mut self, feature: &'static str, work: impl Future<Output = T>) -> T {
        if !self.are_wanted {
            return work.await;
        }
        let span = if self.have_spans {
            tracing::debug_span!("feature", feature.name = feature)
        } else {
            Span::none()
        };
        let begun = Instant::now();
        let done = work.instrument(span).await;
        let took = begun.elapsed();
        match self.times.iter_mut().find(|(known, _)| *known == feature) {
            Some((_, time)) => *time += took,
            None => self.times.push((feature, took)),
        }
        done
    }

    /// The features that took longest, each with its time.
    pub(super) fn longest(&mut self) -> String {
        self.times.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
        let longest = self.times.iter().take(MAX_LOGGED_FEATURES);
        let words =
            longest.map(|(feature, time)| format!("{feature} {:.1} ms", time.as_secs_f64() * 1_000.0));
        words.collect::<Vec<_>>().join(", ")
    }
}
