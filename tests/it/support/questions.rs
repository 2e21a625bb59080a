//! The number of questions to the database, counted by the database itself.

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use super::world::World;

/// Counts at the function by which every protected table asks whose rows a statement may see.
const COUNT: &str = "
    CREATE SEQUENCE questions;
    GRANT USAGE ON SEQUENCE questions TO PUBLIC;
    CREATE OR REPLACE FUNCTION amda_user() RETURNS uuid LANGUAGE plpgsql STABLE AS $$
    BEGIN
        PERFORM nextval('public.questions');
        RETURN NULLIF(current_setting('amda.user_id', true), '')::uuid;
    END $$";

/// A count of the protected tables that statements read: one for each table of each statement.
pub(crate) struct Questions(AsyncPgConnection);

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    questions: i64,
}

impl Questions {
    /// Begins to count in the database of `world`.
    pub(crate) async fn count(world: &World) -> Self {
        let mut owner = world.everything().await;
        owner.batch_execute(COUNT).await.unwrap();
        Self(owner)
    }

    /// The number since the last call.
    pub(crate) async fn take(&mut self) -> i64 {
        let next = "SELECT nextval('questions') AS questions, setval('questions', 1, false)";
        let counted: Counted = diesel::sql_query(next).get_result(&mut self.0).await.unwrap();
        counted.questions - 1
    }
}
