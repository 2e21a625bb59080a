//! Span with the account around the work of a session and of the library, whose lines do not name it.

use tracing::Span;
use tracing::instrument::{Instrument as _, Instrumented};
use whatsapp_rust::wacore::stats::TaskInstrument;

use crate::id::AccountId;

/// Span of an account. The library enters it whenever a task of the account's client runs.
#[derive(Debug, Clone)]
pub(super) struct AccountSpan(Span);

impl AccountSpan {
    pub(super) fn new(account: AccountId) -> Self {
        // Of the highest level, so that every line has it whatever the log leaves out.
        Self(tracing::error_span!(parent: None, "whatsapp", account.id = %account))
    }

    /// Wraps work of the account's.
    pub(super) fn around<F: Future>(&self, work: F) -> Instrumented<F> {
        work.instrument(self.0.clone())
    }
}

impl TaskInstrument for AccountSpan {
    fn on_poll_start(&self) {
        self.0.with_subscriber(|(id, subscriber)| subscriber.enter(id));
    }

    fn on_poll_end(&self) {
        self.0.with_subscriber(|(id, subscriber)| subscriber.exit(id));
    }
}
