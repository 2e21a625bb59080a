//! The kinds of metrics.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use prometheus_client::metrics::counter::Counter as PlainCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge as PlainGauge;
use prometheus_client::metrics::histogram::Histogram as PlainHistogram;
use prometheus_client::registry::Registry;

/// Upper bounds of the buckets of durations, in seconds.
const SECONDS: [f64; 15] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0,
];

/// Upper bounds of the buckets of numbers of things.
const NUMBERS: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0];

/// Value of a label; one of few.
type Value = Cow<'static, str>;

/// The one label of a metric that has any, with its value.
type Label = [(&'static str, Value); 1];

/// No label.
type NoLabel = [(&'static str, Value); 0];

/// A metric that a registry can hold.
pub(super) trait Instrument {
    /// Has `registry` show the metric.
    fn register(&self, registry: &mut Registry, name: &str, help: &str);
}

/// Counts one thing since the start of the server.
#[derive(Debug, Clone, Default)]
pub struct Counter(PlainCounter);

impl Counter {
    /// Counts one more.
    pub fn add_one(&self) {
        self.0.inc();
    }

    /// Counts `more`.
    pub fn add(&self, more: u64) {
        self.0.inc_by(more);
    }
}

/// Counts things since the start of the server, apart by one label.
#[derive(Debug, Clone)]
pub struct CounterBy {
    label: &'static str,
    counts: Family<Label, PlainCounter>,
}

impl CounterBy {
    pub(super) fn new(label: &'static str) -> Self {
        Self {
            label,
            counts: Family::default(),
        }
    }

    /// Counts one more of `value`.
    pub fn add_one(&self, value: impl Into<Value>) {
        self.add(value, 1);
    }

    /// Counts `more` of `value`.
    pub fn add(&self, value: impl Into<Value>, more: u64) {
        self.counts
            .get_or_create(&[(self.label, value.into())])
            .inc_by(more);
    }

    /// Shows the count of `value` as 0 until there is one.
    pub fn declare(&self, value: &'static str) {
        self.add(value, 0);
    }
}

/// The present number of things, counted as they come and go.
#[derive(Debug, Clone, Default)]
pub struct Gauge(PlainGauge);

impl Gauge {
    /// Counts one more, until what is returned is dropped.
    pub fn hold(&self) -> Held {
        self.0.inc();
        Held(self.clone())
    }

    /// Sets the number.
    pub fn set(&self, number: usize) {
        self.0.set(i64::try_from(number).unwrap_or(i64::MAX));
    }
}

/// One thing that a [`Gauge`] counts.
#[derive(Debug)]
pub struct Held(Gauge);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.0.dec();
    }
}

/// A number that is read at a scrape, and absent while it is not known.
#[derive(Debug, Clone, Default)]
pub struct Reading(Family<NoLabel, PlainGauge>);

impl Reading {
    /// Sets the number; none when it is not known.
    pub fn set(&self, number: Option<i64>) {
        match number {
            Some(number) => {
                self.0.get_or_create(&[]).set(number);
            }
            None => self.0.clear(),
        }
    }
}

/// Numbers that are read at a scrape, apart by one label, and absent while they are not known.
#[derive(Debug, Clone)]
pub struct ReadingBy {
    label: &'static str,
    numbers: Family<Label, PlainGauge>,
}

impl ReadingBy {
    pub(super) fn new(label: &'static str) -> Self {
        Self {
            label,
            numbers: Family::default(),
        }
    }

    /// Sets the number of `value`.
    pub fn set(&self, value: impl Into<Value>, number: i64) {
        self.numbers
            .get_or_create(&[(self.label, value.into())])
            .set(number);
    }

    /// Forgets all numbers.
    pub fn forget(&self) {
        self.numbers.clear();
    }
}

/// How many of what size there were since the start of the server.
#[derive(Debug, Clone)]
pub struct Histogram(PlainHistogram);

impl Histogram {
    pub(super) fn of_durations() -> Self {
        Self(durations())
    }

    pub(super) fn of_numbers() -> Self {
        Self(PlainHistogram::new(NUMBERS))
    }

    /// Notes a duration.
    pub fn note(&self, duration: Duration) {
        self.0.observe(duration.as_secs_f64());
    }

    /// Notes a number of things.
    pub fn note_number(&self, number: usize) {
        // Nothing of ours is counted beyond what fits exactly.
        self.0
            .observe(f64::from(u32::try_from(number).unwrap_or(u32::MAX)));
    }
}

/// Durations since the start of the server, apart by one label.
#[derive(Debug, Clone)]
pub struct HistogramBy {
    label: &'static str,
    durations: Family<Label, PlainHistogram>,
}

impl HistogramBy {
    pub(super) fn of_durations(label: &'static str) -> Self {
        Self {
            label,
            durations: Family::new_with_constructor(durations),
        }
    }

    /// Notes a duration of `value`.
    pub fn note(&self, value: &'static str, duration: Duration) {
        self.durations
            .get_or_create(&[(self.label, value.into())])
            .observe(duration.as_secs_f64());
    }

    /// Starts to measure a duration of `value`, which ends when what is returned is dropped.
    pub fn start(&self, value: &'static str) -> Timer {
        Timer {
            durations: self.clone(),
            value,
            since: Instant::now(),
        }
    }
}

/// A duration that a [`HistogramBy`] notes at its end.
#[derive(Debug)]
pub struct Timer {
    durations: HistogramBy,
    value: &'static str,
    since: Instant,
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.durations.note(self.value, self.since.elapsed());
    }
}

fn durations() -> PlainHistogram {
    PlainHistogram::new(SECONDS)
}

impl Instrument for Counter {
    fn register(&self, registry: &mut Registry, name: &str, help: &str) {
        registry.register(name, help, self.0.clone());
    }
}

impl Instrument for CounterBy {
    fn register(&self, registry: &mut Registry, name: &str, help: &str) {
        registry.register(name, help, self.counts.clone());
    }
}

impl Instrument for Gauge {
    fn register(&self, registry: &mut Registry, name: &str, help: &str) {
        registry.register(name, help, self.0.clone());
    }
}

impl Instrument for Reading {
    fn register(&self, registry: &mut Registry, name: &str, help: &str) {
        registry.register(name, help, self.0.clone());
    }
}

impl Instrument for ReadingBy {
    fn register(&self, registry: &mut Registry, name: &str, help: &str) {
        registry.register(name, help, self.numbers.clone());
    }
}

impl Instrument for Histogram {
    fn register(&self, registry: &mut Registry, name: &str, help: &str) {
        registry.register(name, help, self.0.clone());
    }
}

impl Instrument for HistogramBy {
    fn register(&self, registry: &mut Registry, name: &str, help: &str) {
        registry.register(name, help, self.durations.clone());
    }
}
