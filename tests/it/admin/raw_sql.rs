//! Reads and writes across users by any SQL of the server's role, whoever the transaction names.

use amda::db::Db;
use amda::id::UserId;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio_postgres::Client;

use super::world_with_admin;
use crate::support::database::connect;
use crate::support::world::World;

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

async fn count(conn: &mut AsyncPgConnection, from: &str) -> i64 {
    let query = format!("SELECT count(*) AS n FROM {from}");
    diesel::sql_query(query)
        .get_result::<Count>(conn)
        .await
        .unwrap()
        .n
}

/// The error of `sql` in a transaction of `user`.
async fn refused(db: &Db, user: UserId, sql: &str) -> String {
    let mut tx = db.begin(user).await.unwrap();
    tx.batch_execute(sql).await.unwrap_err().to_string()
}

/// Every view of the database.
async fn views(superuser: &Client) -> Vec<String> {
    let query = "SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname = 'public' AND relkind = 'v' ORDER BY 1";
    let rows = superuser.query(query, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Gives the user a session, and a delivery that fails.
async fn fill(world: &World, user: UserId) {
    let id = user.as_uuid();
    let sql = format!(
        "INSERT INTO logins VALUES (gen_random_uuid(), '{id}', 'Firefox', NULL, now(), now(), '2100-01-01');
         INSERT INTO webhook_endpoints (id, user_id, url, secret, created_at) VALUES ('{id}', '{id}', '', '', now());
         INSERT INTO webhook_deliveries (id, user_id, endpoint_id, sequence, kind, subject_id, occurred_at, state, tries,
             created_at, settled_at)
         VALUES ('{id}', '{id}', '{id}', 1, 'STATUS_LIKED', '{id}', now(), 'FAILED', 12, now(), now())"
    );
    connect(world.database.url())
        .await
        .batch_execute(&sql)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_views_have_rows_for_an_admin_and_for_nobody_else() {
    let (world, admin, user) = world_with_admin().await;
    fill(&world, user.user).await;
    let views = views(&connect(world.database.url()).await).await;
    let db = &world.core.db;

    assert_eq!(
        views,
        [
            "admin_accounts",
            "admin_failing_deliveries",
            "admin_sessions",
            "admin_users"
        ]
    );
    for view in &views {
        let mut users = db.begin(user.user).await.unwrap();
        assert_eq!(count(&mut users, view).await, 0, "{view}");
        users
            .batch_execute("SET LOCAL amda.is_admin = 'true'; SET LOCAL amda.role = 'ADMIN'")
            .await
            .unwrap();
        assert_eq!(count(&mut users, view).await, 0, "{view}");
        let mut nobodys = db.begin_without_user().await.unwrap();
        assert_eq!(count(&mut nobodys, view).await, 0, "{view}");
        let mut admins = db.begin(admin.user).await.unwrap();
        assert!(count(&mut admins, view).await > 0, "{view}");
    }
}

#[tokio::test]
async fn the_tables_have_an_admins_own_rows_alone() {
    let (world, admin, user) = world_with_admin().await;
    fill(&world, user.user).await;

    let mut tx = world.core.db.begin(admin.user).await.unwrap();

    assert_eq!(count(&mut tx, "users").await, 1);
    let others = format!("accounts WHERE user_id <> '{}'", admin.user.as_uuid());
    assert_eq!(count(&mut tx, &others).await, 0);
    for table in ["logins", "webhook_endpoints", "webhook_deliveries"] {
        assert_eq!(count(&mut tx, table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn a_function_in_a_query_sees_no_row_of_a_view_that_is_empty() {
    let (world, _, user) = world_with_admin().await;
    let spy = "CREATE FUNCTION pg_temp.spy(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS
        'BEGIN RAISE EXCEPTION ''saw %'', $1; END'";

    let mut tx = world.core.db.begin(user.user).await.unwrap();
    tx.batch_execute(spy).await.unwrap();

    assert_eq!(count(&mut tx, "admin_users WHERE pg_temp.spy(email)").await, 0);
    assert_eq!(
        count(&mut tx, "admin_sessions WHERE pg_temp.spy(user_agent)").await,
        0
    );
}

#[tokio::test]
async fn the_views_show_no_secret_and_nothing_sealed() {
    let (world, ..) = world_with_admin().await;
    let query = "SELECT table_name || '.' || column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND table_name LIKE 'admin\\_%'
            AND (data_type = 'bytea' OR column_name ~ 'password|secret|token|key|sealed|label|phone|push_name|url')";

    let found = connect(world.database.url())
        .await
        .query(query, &[])
        .await
        .unwrap();

    let found: Vec<String> = found.iter().map(|row| row.get(0)).collect();
    assert_eq!(found, [""; 0]);
}

#[tokio::test]
async fn nothing_is_written_through_a_view() {
    let (world, admin, user) = world_with_admin().await;
    let db = &world.core.db;

    for sql in [
        "UPDATE admin_users SET plan = 'PREMIUM'",
        "DELETE FROM admin_users",
        "DELETE FROM admin_sessions",
        "UPDATE admin_accounts SET state = 'UNLINKED'",
    ] {
        for viewer in [admin.user, user.user] {
            let refusal = refused(db, viewer, sql).await;
            assert!(refusal.contains("permission denied"), "{sql}: {refusal}");
        }
    }
}

#[tokio::test]
async fn no_transaction_of_a_user_gives_anybody_a_role() {
    let (world, admin, user) = world_with_admin().await;
    let db = &world.core.db;
    let new = UserId::from(uuid::Uuid::from_u128(7));
    let register = format!(
        "INSERT INTO users (id, email, password_hash, locale, time_zone, plan, created_at, role)
         VALUES ('{}', 'eve@example.org', 'none', 'en', 'UTC', 'FREE', now(), 'ADMIN')",
        new.as_uuid()
    );
    let give = format!("SELECT amda_set_role('{}', 'ADMIN')", user.user.as_uuid());

    let own = refused(db, user.user, "UPDATE users SET role = 'ADMIN'").await;
    let first = refused(db, new, &register).await;
    let functions = [
        refused(db, user.user, &give).await,
        refused(db, admin.user, &give).await,
    ];

    assert!(own.contains("amda_set_role"), "{own}");
    assert!(first.contains("amda_set_role"), "{first}");
    for refusal in functions {
        assert!(refusal.contains("changes no role"), "{refusal}");
    }
    let mut tx = db.begin(user.user).await.unwrap();
    assert_eq!(count(&mut tx, "users WHERE role = 'ADMIN'").await, 0);
}
