use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;

use super::instruments::{
    Counter, CounterBy, Gauge, Histogram, HistogramBy, Instrument as _, Reading, ReadingBy,
};

/// Defines [`Table`]: each metric with its description, its kind and, where it has one, its label.
macro_rules! metrics {
    ($($(#[doc = $help:literal])+ $name:ident: $kind:ident = $new:expr,)+) => {
        /// Every metric of a server. Its name is that of the field behind `amda_`, and ends with `_total` when it counts.
        #[derive(Debug)]
        pub struct Table {
            $($(#[doc = $help])+ pub $name: $kind,)+
        }

        impl Table {
            fn register(registry: &mut Registry) -> Self {
                $(
                    let $name: $kind = $new;
                    // The registry ends the sentence itself.
                    let help = concat!($($help),+).trim().trim_end_matches('.');
                    $name.register(registry, stringify!($name), help);
                )+
                Self { $($name,)+ }
            }
        }
    };
}

metrics! {
    /// The version of AMDA that runs; always 1.
    build_info: ReadingBy = ReadingBy::new("version"),
    /// 1 while the database answers, else 0; what is read from it is absent then.
    database_up: Reading = Reading::default(),
    /// Servers that run on the database.
    servers: Reading = Reading::default(),

    /// Accounts by state.
    accounts: ReadingBy = ReadingBy::new("state"),
    /// Accounts that should be connected, by whether a server has their lease (`HELD`) or none has (`FREE`).
    accounts_to_run: ReadingBy = ReadingBy::new("lease"),
    /// Messages in the outbox: due later (`WAITING`), due (`DUE`), or sent and not yet answered by WhatsApp (`UNANSWERED`);
    /// 100,000 of all at most.
    outbox_messages: ReadingBy = ReadingBy::new("state"),
    /// Age of the message that is due for longest; 0 when none is due.
    outbox_oldest_due_seconds: Reading = Reading::default(),
    /// Background jobs that are not done, by state; 100,000 of all at most.
    jobs: ReadingBy = ReadingBy::new("state"),
    /// Age of the job that is due for longest; 0 when none is due.
    jobs_oldest_due_seconds: Reading = Reading::default(),
    /// Size of the stored media of all users.
    media_bytes: Reading = Reading::default(),

    /// Leases of accounts that the server holds.
    leases_held: Gauge = Gauge::default(),
    /// Leases that the server took over from another one, which ended or gave them back.
    leases_taken_over: Counter = Counter::default(),
    /// Leases that ended while their sessions ran, because they could not be renewed.
    leases_lost: Counter = Counter::default(),
    /// Connections to WhatsApp that were lost or could not be made, each followed by another try.
    reconnects: Counter = Counter::default(),
    /// Connections to WhatsApp that were open while nothing arrived.
    deaf_connections: Counter = Counter::default(),
    /// Gaps in which a linked account received nothing, by reason, counted when they begin.
    connection_gaps: CounterBy = CounterBy::new("reason"),
    /// Events from WhatsApp and of its sessions that were committed, by kind; what could not be read is `UNDECRYPTED`,
    /// a view-once message without its content `VIEW_ONCE_WITHHELD`.
    whatsapp_events: CounterBy = CounterBy::new("kind"),
    /// Events from WhatsApp in one transaction.
    batch_events: Histogram = Histogram::of_numbers(),
    /// Time from the arrival of something from WhatsApp to its commit.
    commit_lag_seconds: Histogram = Histogram::of_durations(),
    /// Time that the stages of the way from WhatsApp to a client took, by stage: a message from its arrival to its text
    /// (`DECRYPT`) and then to its transaction (`WAIT`); the transaction of a batch (`BEGIN`, `STATEMENTS`); of every
    /// transaction the `COMMIT` and, where it tells of events, their announcement (`PUBLISH`); events to a socket
    /// (`SOCKET_WRITE`).
    stage_seconds: HistogramBy = HistogramBy::of_durations("stage"),
    /// Tries to commit something from WhatsApp that failed; it is tried again, or WhatsApp delivers it again.
    commit_failures: Counter = Counter::default(),
    /// Answers of WhatsApp to sent messages, by code: `OK`, `NONE` without an answer, or the code of a refusal.
    outbox_answers: CounterBy = CounterBy::new("code"),

    /// Events of users that were committed, by kind.
    events: CounterBy = CounterBy::new("kind"),
    /// Time from a commit on the server to the write of its event to a WebSocket; of several in one write the
    /// longest.
    delivery_lag_seconds: Histogram = Histogram::of_durations(),
    /// Open WebSockets of clients.
    sockets: Gauge = Gauge::default(),
    /// Running subscriptions, over WebSockets and over HTTP.
    subscriptions: Gauge = Gauge::default(),
    /// Subscribers that were cut off because they read too slowly; they resume where they were.
    slow_subscribers: Counter = Counter::default(),
    /// Time that queries and mutations took, by type.
    operation_seconds: HistogramBy = HistogramBy::of_durations("type"),
    /// Errors in the answers to queries and mutations that were executed, by code.
    operation_errors: CounterBy = CounterBy::new("code"),
    /// Refusals because of a limit, by limit.
    limits_hit: CounterBy = CounterBy::new("limit"),
    /// Look-ups in a cache that found something, by cache.
    cache_hits: CounterBy = CounterBy::new("cache"),
    /// Look-ups in a cache that found nothing, by cache.
    cache_misses: CounterBy = CounterBy::new("cache"),

    /// Jobs that ended well, by kind; a job that asks to run again counts each time.
    jobs_finished: CounterBy = CounterBy::new("kind"),
    /// Tries of jobs that failed and come again, by kind.
    jobs_failed: CounterBy = CounterBy::new("kind"),
    /// Jobs that were given up, by kind.
    jobs_given_up: CounterBy = CounterBy::new("kind"),

    /// Spans that the receiver of traces took.
    spans_exported: Counter = Counter::default(),
    /// Spans that were lost: they found no room in the queue, or the receiver refused them.
    spans_lost: Counter = Counter::default(),

    /// Open connections to the database, by whether they are in use (`USED`) or not (`IDLE`).
    database_connections: ReadingBy = ReadingBy::new("state"),
    /// Connections to the database that may be open at most.
    database_connections_max: Gauge = Gauge::default(),
    /// Callers that wait for a connection to the database.
    database_waiters: Gauge = Gauge::default(),
    /// Free space on the disk of the data folder.
    disk_free_bytes: Reading = Reading::default(),
    /// Space on that disk that stays free: uploads and media that would take more are refused.
    disk_reserve_bytes: Reading = Reading::default(),
}

/// The metrics of one server. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    table: Table,
}

impl Default for Metrics {
    /// Metrics of a server at which nothing has happened yet.
    fn default() -> Self {
        let mut registry = Registry::with_prefix("amda");
        let table = Table::register(&mut registry);
        Self(Arc::new(Inner { registry, table }))
    }
}

impl Metrics {
    /// All metrics in the text format of Prometheus, version 0.0.4.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.0.registry).expect("a String takes everything");
        text
    }
}

impl Deref for Metrics {
    type Target = Table;

    fn deref(&self) -> &Table {
        &self.0.table
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Metrics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happened_is_told_with_its_name_description_and_label() {
        let metrics = Metrics::default();

        metrics.reconnects.add_one();
        metrics.events.add("STATUS_LIKED", 2);
        let open = metrics.sockets.hold();
        metrics.accounts.set("ONLINE", 3);
        metrics.batch_events.note_number(7);
        drop(metrics.operation_seconds.start("QUERY"));
        let text = metrics.to_text();
        drop(open);

        for line in [
            "# HELP amda_reconnects_total Connections to WhatsApp that were lost or could not be made, each followed by another try.",
            "# TYPE amda_reconnects_total counter",
            "amda_reconnects_total 1",
            "amda_events_total{kind=\"STATUS_LIKED\"} 2",
            "amda_sockets 1",
            "amda_accounts{state=\"ONLINE\"} 3",
            "amda_batch_events_bucket{le=\"5\"} 0",
            "amda_batch_events_bucket{le=\"10\"} 1",
            "amda_operation_seconds_count{type=\"QUERY\"} 1",
        ] {
            assert!(
                text.lines().any(|found| found == line),
                "{line} is missing in\n{text}"
            );
        }
        assert!(metrics.to_text().contains("amda_sockets 0"));
    }

    #[test]
    fn what_is_not_known_is_absent() {
        let metrics = Metrics::default();
        metrics.database_up.set(Some(1));
        metrics.accounts.set("ONLINE", 3);

        metrics.accounts.forget();
        metrics.database_up.set(None);

        let text = metrics.to_text();
        assert!(
            !text.contains("amda_accounts") && !text.contains("amda_database_up"),
            "{text}"
        );
        metrics.cache_hits.declare("documents");
        assert!(
            metrics
                .to_text()
                .contains("amda_cache_hits_total{cache=\"documents\"} 0")
        );
    }
}
