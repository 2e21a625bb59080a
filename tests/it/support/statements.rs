//! Counting of the statements that read a table.

use super::database::{TestDatabase, connect};

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
