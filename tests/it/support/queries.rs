//! Counts the SQL statements that a test sends.
//!
//! A test on a runtime of one thread sends all of them on its own thread, so that tests which run at the same time do not
//! count each other's.

use std::cell::Cell;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

thread_local! {
    static SENT: Cell<usize> = const { Cell::new(0) };
}

struct Counter;

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            SENT.set(SENT.get() + 1);
        }
    }
}

/// Has the statements of connections counted that are opened from now on. Call it before the world is built.
pub(crate) fn count_statements() {
    set_default_instrumentation(|| Some(Box::new(Counter))).unwrap();
}

/// Number of statements that this thread sent so far.
pub(crate) fn statements_sent() -> usize {
    SENT.get()
}
