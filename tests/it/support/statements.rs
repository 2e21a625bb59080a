//! Counting of SQL statements: all that a test sends, or those that read one table.

use std::cell::Cell;

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};

use super::database::{TestDatabase, connect};

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

/// Counts the statements of the server that read one table, from now on.
///
/// A policy that always holds asks a sequence for its next number. PostgreSQL evaluates it once for each statement,
/// because it depends on no row.
#[derive(Debug)]
pub(crate) struct StatementCount<'a> {
    database: &'a TestDatabase,
}

impl<'a> StatementCount<'a> {
    pub(crate) async fn of(database: &'a TestDatabase, table: &str) -> Self {
        let sql = format!(
            "CREATE SEQUENCE counted_statements;
             GRANT USAGE ON SEQUENCE counted_statements TO PUBLIC;
             CREATE POLICY counted ON {table} AS RESTRICTIVE FOR SELECT
                 USING ((SELECT nextval('counted_statements')) > 0);"
        );
        connect(database.url()).await.batch_execute(&sql).await.unwrap();
        Self { database }
    }

    /// The number of statements since the last call.
    pub(crate) async fn take(&self) -> i64 {
        let client = connect(self.database.url()).await;
        let count = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM counted_statements";
        let row = client.query_one(count, &[]).await.unwrap();
        client
            .batch_execute("ALTER SEQUENCE counted_statements RESTART")
            .await
            .unwrap();
        row.get(0)
    }
}

/// Counts the statements on each connection that is opened from now on. Call it before the server is started.
pub(crate) fn count_statements() {
    set_default_instrumentation(|| Some(Box::new(Counter))).unwrap();
}

/// Number of statements that this thread sent so far: all of a test on a runtime of one thread, and none of another
/// test.
pub(crate) fn statements_sent() -> usize {
    SENT.get()
}
