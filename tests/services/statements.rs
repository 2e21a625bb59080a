//! The SQL statements of this process, counted by the library that sends them.

use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

static SENT: AtomicUsize = AtomicUsize::new(0);

struct Counter;

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { .. } = event {
            SENT.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Counts the statements of each connection that is opened from now on.
pub(crate) fn count() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| set_default_instrumentation(|| Some(Box::new(Counter))).unwrap());
}

/// The number of statements until now.
pub(crate) fn sent() -> usize {
    SENT.load(Ordering::Relaxed)
}
