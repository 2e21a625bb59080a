//! The tests' own databases.

use std::pin::pin;
use std::time::Duration;

use amda::db::inspect::Inspection;
use amda::db::{Db, DbError};
use diesel::dsl::sql;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl as _;
use futures::poll;
use secrecy::ExposeSecret as _;
use tokio::time::timeout;

use crate::support::database::{TestDatabase, connect};
use crate::support::worker::DEADLINE;

#[tokio::test]
async fn two_test_databases_share_nothing() {
    let (one, other) = (TestDatabase::create().await, TestDatabase::create().await);
    connect(one.url())
        .await
        .batch_execute("CREATE TABLE mine (id int)")
        .await
        .unwrap();

    let found = connect(other.url())
        .await
        .query("SELECT 1 FROM pg_class WHERE relname = 'mine'", &[])
        .await
        .unwrap();

    assert!(found.is_empty());
}

#[tokio::test]
async fn no_statement_is_compiled_even_where_the_server_would() {
    let database = TestDatabase::create().await;
    let owner = connect(database.url()).await;
    let allow_jit =
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET jit = on', current_database()); END $$";
    owner.batch_execute(allow_jit).await.unwrap();
    let app = database.app_url().expose_secret();
    let separator = if app.contains('?') { '&' } else { '?' };

    for url in [app.to_owned(), format!("{app}{separator}pgbouncer=true")] {
        let db = Db::connect(&url.into(), 1).unwrap();
        let mut tx = db.begin_without_user().await.unwrap();
        let setting = diesel::select(sql::<Text>("current_setting('jit')"));
        let jit: String = setting.get_result(&mut tx).await.unwrap();
        tx.commit().await.unwrap();

        assert_eq!(jit, "off");
    }
}

#[tokio::test]
async fn connections_that_died_in_the_pool_are_replaced_unseen() {
    let database = TestDatabase::create().await;
    let db = Db::connect(database.app_url(), 3).unwrap();
    let (one, two, three) = tokio::join!(
        db.begin_without_user(),
        db.begin_without_user(),
        db.begin_without_user()
    );
    for tx in [one, two, three] {
        tx.unwrap().commit().await.unwrap();
    }

    connect(database.url())
        .await
        .batch_execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        .await
        .unwrap();

    for _ in 0..4 {
        db.begin_without_user().await.unwrap().commit().await.unwrap();
    }
}

#[tokio::test]
async fn whoever_finds_all_connections_in_use_waits_and_is_refused_in_time() {
    let database = TestDatabase::create().await;
    let db = Db::connect(database.app_url(), 1).unwrap();
    let hasty = db.clone().waiting_at_most(Duration::from_millis(1));
    let held = db.begin_without_user().await.unwrap();

    let refused = hasty.begin_without_user().await.map(drop).unwrap_err();
    let mut waiting = pin!(db.begin_without_user());
    assert!(poll!(&mut waiting).is_pending());
    held.commit().await.unwrap();
    let waited = timeout(DEADLINE, waiting).await.expect("its turn comes");

    assert!(matches!(refused, DbError::Busy { .. }), "{refused}");
    assert!(!refused.is_outage(), "each one is logged");
    waited.unwrap().commit().await.unwrap();
    hasty.begin_without_user().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn migrating_up_down_and_up_again_works() {
    let database = TestDatabase::create_empty().await;

    let first = amda::db::migrate(database.urls()).await.unwrap();
    amda::db::revert_all(database.url()).await.unwrap();
    let again = amda::db::migrate(database.urls()).await.unwrap();

    assert!(!first.is_empty());
    assert_eq!(first, again);
    assert_eq!(
        amda::db::migrate(database.urls()).await.unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn every_table_with_a_users_rows_is_guarded() {
    let database = TestDatabase::create().await;

    let mut inspection = Inspection::open(database.app_url()).await.unwrap();

    inspection.check_role().await.unwrap();
    assert_eq!(inspection.unguarded_tables().await.unwrap(), Vec::<String>::new());
}
