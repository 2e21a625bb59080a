//! A server that has nothing to do leaves its database alone.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::Client;

use crate::support::app::TestApp;
use crate::support::database::{TestDatabase, connect};

/// Time for which the idle server is watched at once.
const WATCHED: Duration = Duration::from_secs(10);
/// Maximum number of times that it is watched: PostgreSQL counts the transactions of the start late.
const WATCHES: u32 = 18;
/// Time within which the work of the start must be over.
const SETTLED_WITHIN: Duration = Duration::from_secs(30);

/// Counts the transactions of a database from another one, which does not count itself.
struct Watcher {
    client: Client,
    name: String,
}

impl Watcher {
    async fn of(database: &TestDatabase) -> Self {
        let (server, name) = database.url().expose_secret().rsplit_once('/').unwrap();
        Self {
            client: connect(&format!("{server}/postgres").into()).await,
            name: name.to_owned(),
        }
    }

    async fn transactions(&self) -> i64 {
        let query = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = $1";
        let row = self.client.query_one(query, &[&self.name]).await.unwrap();
        row.get(0)
    }

    async fn transactions_within(&self, time: Duration) -> i64 {
        let before = self.transactions().await;
        // The passing of time is the measure here, and PostgreSQL keeps it without a load of its own.
        let wait = "SELECT pg_sleep($1)";
        self.client.execute(wait, &[&time.as_secs_f64()]).await.unwrap();
        self.transactions().await - before
    }
}

/// Waits until no job is left to be done now in the database that the superuser reaches by `url`.
pub(super) async fn settled(url: &SecretString) {
    let client = connect(url).await;
    let query =
        "SELECT NOT EXISTS (SELECT FROM jobs WHERE died_at IS NULL AND run_at <= now() + interval '1 minute')
        AND NOT EXISTS (SELECT FROM job_schedules WHERE last_run_at IS NULL)";
    let done = async {
        while !client.query_one(query, &[]).await.unwrap().get::<_, bool>(0) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SETTLED_WITHIN, done)
        .await
        .expect("the work of the start is done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_server_makes_less_than_one_transaction_a_second() {
    let app = TestApp::start().await;
    settled(app.database.url()).await;
    let watcher = Watcher::of(&app.database).await;

    let mut fewest = i64::MAX;
    let seconds = i64::try_from(WATCHED.as_secs()).unwrap();
    for _ in 0..WATCHES {
        if fewest >= seconds {
            fewest = fewest.min(watcher.transactions_within(WATCHED).await);
        }
    }

    assert!(fewest < seconds, "{fewest} transactions in {seconds} s");
    app.stop().await;
}
