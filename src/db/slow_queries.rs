//! Statements that take long, in the log by their text with placeholders: what is bound to them is never shown.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::{Instrumentation, InstrumentationEvent, get_default_instrumentation};

use crate::telemetry::RepeatedLine;

/// The maximum length of a shown statement.
const MAX_CHARS: usize = 400;
/// What separates a statement from its bound values where the library shows both.
const BINDS: &str = " -- binds: ";

/// Warns of slow statements of a pool and those beside it.
#[derive(Debug, Default)]
pub(super) struct SlowQueries {
    /// The time in microseconds from which on a statement is warned of; 0 for never.
    limit: AtomicU64,
    line: RepeatedLine,
}

impl SlowQueries {
    /// Warns of statements that take `limit` or longer from now on; none for never.
    pub(super) fn set_limit(&self, limit: Option<Duration>) {
        let micros = limit.map_or(0, |limit| u64::try_from(limit.as_micros()).unwrap_or(u64::MAX));
        self.limit.store(micros, Ordering::Relaxed);
    }

    fn note(&self, took: Duration, statement: &dyn ToString) {
        let limit = self.limit.load(Ordering::Relaxed);
        if limit == 0 || took < Duration::from_micros(limit) {
            return;
        }
        if let Some(left_out) = self.line.permit() {
            tracing::warn!(
                duration_ms = took.as_secs_f64() * 1_000.0,
                left_out,
                "a slow statement took {:.1} s: {}",
                took.as_secs_f64(),
                shown(&statement.to_string()),
            );
        }
    }
}

/// Measures the statements of one connection.
pub(super) struct StatementTimer {
    slow: Arc<SlowQueries>,
    /// The times at which the statements were sent that are under way, the oldest first: the server answers in this order.
    begun: VecDeque<Instant>,
    /// What would measure the connection without this: a test's counter.
    default: Option<Box<dyn Instrumentation>>,
}

impl StatementTimer {
    pub(super) fn new(slow: Arc<SlowQueries>) -> Self {
        Self {
            slow,
            begun: VecDeque::new(),
            default: get_default_instrumentation(),
        }
    }
}

impl Instrumentation for StatementTimer {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match &event {
            InstrumentationEvent::StartQuery { .. } => self.begun.push_back(Instant::now()),
            InstrumentationEvent::FinishQuery { query, .. } => {
                if let Some(begun) = self.begun.pop_front() {
                    self.slow.note(begun.elapsed(), query);
                }
            }
            // Of the library's: the others are no statements.
            _ => {}
        }
        if let Some(default) = &mut self.default {
            default.on_connection_event(event);
        }
    }
}

/// A statement without bound values, with `?` for each literal, on one line.
fn shown(statement: &str) -> String {
    let statement = statement.split(BINDS).next().unwrap_or_default();
    let mut text = String::new();
    // Every other part stands in quotes; a quote inside a literal is doubled, and splits it into two.
    for (at, part) in statement.split('\'').enumerate() {
        text.push_str(if at % 2 == 0 { part } else { "?" });
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use diesel::pg::Pg;
    use diesel::prelude::*;

    use super::*;
    use crate::db::schema::account_leases;

    #[test]
    fn a_statement_is_shown_without_what_is_bound_to_it() {
        let query = account_leases::table
            .filter(account_leases::asked_end.eq("alice@example.org' -- binds: "))
            .select(account_leases::account_id);
        let text = diesel::debug_query::<Pg, _>(&query).to_string();
        assert!(text.contains("alice"), "{text}");

        let shown = shown(&text);

        assert!(
            shown.starts_with("SELECT \"account_leases\".\"account_id\" FROM"),
            "{shown}"
        );
        assert!(shown.contains("$1") && !shown.contains("alice"), "{shown}");
    }

    #[test]
    fn literals_are_left_out_and_a_long_statement_is_cut() {
        let literal = "SELECT  set_config('amda.user_id', 'it''s', true),\n 1";
        let long = format!("INSERT INTO t VALUES {}", "($1, $2), ".repeat(1_000));

        assert_eq!(shown(literal), "SELECT set_config(?, ??, true), 1");
        assert!(shown(&long).len() < 500 && shown(&long).ends_with("..."));
    }
}
