//! Row-level security, for every table there is: the catalogue says which, so that a new one cannot be forgotten.

use amda::db::{AccountLimits, Db};
use amda::id::{AccountId, UserId};
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::database::{TestDatabase, connect};

/// Tables that name a user and are read for all users at once, because they hold nothing but ids.
const SHARED: [&str; 1] = ["jobs"];

const ALICE: Uuid = Uuid::from_u128(0xA);
const BOB: Uuid = Uuid::from_u128(0xB);

/// A table with rows of users, and the column that says whose.
struct Owned {
    table: String,
    owner: &'static str,
}

async fn owned_tables(superuser: &Client) -> Vec<Owned> {
    let query = "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND (c.relname = 'users' OR EXISTS (
            SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped))
        ORDER BY 1";
    let rows = superuser.query(query, &[]).await.unwrap();
    let tables = rows.iter().map(|row| row.get::<_, String>(0));
    tables
        .filter(|table| !SHARED.contains(&table.as_str()))
        .map(|table| Owned {
            owner: if table == "users" { "id" } else { "user_id" },
            table,
        })
        .collect()
}

#[tokio::test]
async fn every_table_with_a_users_rows_is_protected() {
    let database = TestDatabase::create().await;
    let superuser = connect(database.url()).await;

    let tables = owned_tables(&superuser).await;

    assert!(tables.len() > 10, "the catalogue lists {} tables", tables.len());
    for Owned { table, .. } in tables {
        let query =
            "SELECT c.relrowsecurity, count(p.polname), bool_and(p.polcmd = '*' AND p.polqual IS NOT NULL
                AND p.polwithcheck IS NOT NULL)
            FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid AND p.polpermissive
            WHERE c.oid = $1::text::regclass GROUP BY 1";
        let row = superuser.query_one(query, &[&table]).await.unwrap();
        assert!(
            row.get::<_, bool>(0),
            "{table} ends with `SELECT amda_protect('{table}');`"
        );
        assert_eq!(
            row.get::<_, i64>(1),
            1,
            "{table} has one policy that lets rows through"
        );
        assert_eq!(
            row.get::<_, Option<bool>>(2),
            Some(true),
            "{table}'s policy is for reading and writing"
        );
    }
}

/// Tables whose rows are of an account: those with `account_id`, the accounts themselves, and those whose rows go with a row
/// of such a table.
const OF_ACCOUNTS: &str = "WITH RECURSIVE of_accounts AS (
        SELECT c.oid FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
            AND (c.relname = 'accounts' OR EXISTS (SELECT FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attname = 'account_id' AND NOT a.attisdropped))
        UNION
        SELECT k.conrelid FROM pg_constraint k JOIN of_accounts o ON o.oid = k.confrelid
            WHERE k.contype = 'f' AND k.confdeltype = 'c')
    SELECT c.relname::text, EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive
        AND p.polname = 'limited_accounts' AND p.polcmd = '*')
    FROM of_accounts JOIN pg_class c USING (oid) ORDER BY 1";

#[tokio::test]
async fn every_table_with_rows_of_accounts_is_limited_to_those_of_the_transaction() {
    let database = TestDatabase::create().await;
    let superuser = connect(database.url()).await;

    let tables = superuser.query(OF_ACCOUNTS, &[]).await.unwrap();

    assert!(tables.len() > 30, "the catalogue lists {} tables", tables.len());
    let unlimited: Vec<String> = tables
        .iter()
        .filter(|row| !row.get::<_, bool>(1))
        .map(|row| row.get(0))
        .collect();
    assert!(
        unlimited.is_empty(),
        "the migration of each of {unlimited:?} ends with `SELECT amda_limit_to_accounts('the_table');`, or with `SELECT \
         amda_limit_with('the_table', 'its_column', 'the_other_table');` when it has no account_id and its rows go with those \
         of another table"
    );
}

#[tokio::test]
async fn a_limited_transaction_sees_writes_and_deletes_rows_of_its_accounts_alone() {
    let database = TestDatabase::create().await;
    let superuser = connect(database.url()).await;
    let tables = owned_tables(&superuser).await;
    fill(&superuser, &tables).await;
    // The leases name no user, because a node renews those of all users at once.
    let lease = "INSERT INTO account_leases (account_id, expires_at) VALUES (gen_random_uuid(), now())";
    superuser.batch_execute(lease).await.unwrap();
    let of_accounts = superuser.query(OF_ACCOUNTS, &[]).await.unwrap();
    let db = Db::connect(database.app_url(), 2).unwrap();
    let limits = AccountLimits::to([AccountId::from(ALICE)]);

    for table in of_accounts.iter().map(|row| row.get::<_, String>(0)) {
        let delete = format!("WITH gone AS (DELETE FROM {table} RETURNING 1) SELECT count(*) AS n FROM gone");
        let count_all = format!("SELECT count(*) AS n FROM {table}");
        // What stands in the columns is made up, so each row is of an account that nobody named, or of none.
        let nullable = "SELECT NOT attnotnull FROM pg_attribute WHERE attrelid = $1::text::regclass AND attname = 'account_id'";
        let is_of_none = superuser
            .query_opt(nullable, &[&table])
            .await
            .unwrap()
            .is_some_and(|row| row.get(0));

        let (seen, deleted) = limits
            .clone()
            .run(async {
                let mut tx = db.begin(UserId::from(ALICE)).await.unwrap();
                (count(&mut tx, &count_all).await, count(&mut tx, &delete).await)
            })
            .await;
        let mut unlimited = db.begin(UserId::from(ALICE)).await.unwrap();

        let visible = i64::from(is_of_none);
        assert_eq!((seen, deleted), (visible, visible), "{table}");
        assert_eq!(count(&mut unlimited, &count_all).await, 1, "{table}");
        unlimited.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn the_servers_role_can_neither_bypass_the_policies_nor_change_them() {
    let database = TestDatabase::create().await;
    let superuser = connect(database.url()).await;

    let role = "SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = 'amda_app'";
    let owned = "SELECT count(*) FROM pg_class WHERE relowner = 'amda_app'::regrole";

    assert!(!superuser.query_one(role, &[]).await.unwrap().get::<_, bool>(0));
    assert_eq!(superuser.query_one(owned, &[]).await.unwrap().get::<_, i64>(0), 0);
}

#[tokio::test]
async fn the_server_cannot_become_another_role() {
    let database = TestDatabase::create().await;
    let superuser = connect(database.url()).await;
    fill(&superuser, &owned_tables(&superuser).await).await;
    let db = Db::connect(database.app_url(), 2).unwrap();
    let everybody = "SELECT count(*) AS n FROM users";
    let log_ins = "SELECT count(*) AS n FROM (SELECT session_user) AS log_in (role) WHERE role = 'amda_app'";

    let mut tx = db.begin(UserId::from(ALICE)).await.unwrap();
    for way_out in [
        "RESET ROLE",
        "RESET SESSION AUTHORIZATION",
        "RESET ALL",
        "SET ROLE NONE",
    ] {
        tx.batch_execute(way_out).await.unwrap();
        assert_eq!(count(&mut tx, log_ins).await, 1, "{way_out}");
        assert!(count(&mut tx, everybody).await <= 1, "{way_out}");
    }
    for refused in [
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "SET LOCAL row_security = off; TABLE users",
    ] {
        let mut tx = db.begin(UserId::from(ALICE)).await.unwrap();
        tx.batch_execute(refused).await.unwrap_err();
    }
}

#[tokio::test]
async fn a_query_without_where_returns_the_users_own_rows_and_outside_of_a_user_none() {
    let database = TestDatabase::create().await;
    let superuser = connect(database.url()).await;
    let tables = owned_tables(&superuser).await;
    fill(&superuser, &tables).await;
    let db = Db::connect(database.app_url(), 2).unwrap();

    for Owned { table, owner } in &tables {
        let mut alices = db.begin(UserId::from(ALICE)).await.unwrap();
        assert_eq!(
            count(&mut alices, &format!("SELECT count(*) AS n FROM {table}")).await,
            1,
            "{table}"
        );
        let others = format!("SELECT count(*) AS n FROM {table} WHERE {owner} <> '{ALICE}'");
        assert_eq!(count(&mut alices, &others).await, 0, "{table}");
        alices.commit().await.unwrap();

        let mut nobodys = db.begin_without_user().await.unwrap();
        assert_eq!(
            count(&mut nobodys, &format!("SELECT count(*) AS n FROM {table}")).await,
            0,
            "{table}"
        );
        nobodys.commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_transaction_that_was_given_up_while_it_began_leaves_its_user_to_nobody() {
    let database = TestDatabase::create().await;
    let db = Db::connect(database.app_url(), 1).unwrap();
    db.begin_without_user().await.unwrap().commit().await.unwrap();

    for polls in 1..=20 {
        let mut begun = Box::pin(db.begin(UserId::from(ALICE)));
        for _ in 0..polls {
            if futures::poll!(&mut begun).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(begun);

        let mut tx = db.begin_without_user().await.unwrap();
        let query =
            "SELECT count(*) AS n FROM current_setting('amda.user_id', true) AS whose WHERE whose <> ''";
        assert_eq!(count(&mut tx, query).await, 0, "given up after {polls} polls");
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn nobody_writes_changes_or_deletes_another_users_rows() {
    let database = TestDatabase::create().await;
    let superuser = connect(database.url()).await;
    let tables = owned_tables(&superuser).await;
    fill(&superuser, &tables).await;
    let db = Db::connect(database.app_url(), 2).unwrap();

    for Owned { table, owner } in &tables {
        let mut alices = db.begin(UserId::from(ALICE)).await.unwrap();
        let deleted =
            format!("WITH gone AS (DELETE FROM {table} RETURNING 1) SELECT count(*) AS n FROM gone");
        assert_eq!(
            count(&mut alices, &deleted).await,
            1,
            "{table}: her own and no other"
        );
        alices.rollback().await.unwrap();

        let mut alices = db.begin(UserId::from(ALICE)).await.unwrap();
        let given = alices
            .batch_execute(&format!("UPDATE {table} SET {owner} = '{BOB}'"))
            .await;
        let refused = given.unwrap_err().to_string();
        assert!(refused.contains("row-level security"), "{table}: {refused}");
        drop(alices);

        let mut alices = db.begin(UserId::from(ALICE)).await.unwrap();
        let slipped_in = alices
            .batch_execute(&insert(&superuser, table, owner, BOB).await)
            .await;
        let refused = slipped_in.unwrap_err().to_string();
        assert!(refused.contains("row-level security"), "{table}: {refused}");
    }
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

async fn count(conn: &mut AsyncPgConnection, query: &str) -> i64 {
    diesel::sql_query(query)
        .get_result::<Count>(conn)
        .await
        .unwrap()
        .n
}

/// One row of Alice's and one of Bob's in every table. What the rows mean does not matter here, so the checks and
/// references of this test's own database go first.
async fn fill(superuser: &Client, tables: &[Owned]) {
    let query = "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname)
        FROM pg_constraint JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND contype IN ('c', 'f')";
    for row in superuser.query(query, &[]).await.unwrap() {
        superuser.batch_execute(row.get(0)).await.unwrap();
    }
    for Owned { table, owner } in tables {
        for user in [ALICE, BOB] {
            superuser
                .batch_execute(&insert(superuser, table, owner, user).await)
                .await
                .unwrap();
        }
    }
}

/// A statement that inserts a row of `user` with something of the right type in every column that must have a value.
async fn insert(superuser: &Client, table: &str, owner: &str, user: Uuid) -> String {
    let query = "SELECT attname::text, format_type(atttypid, NULL) FROM pg_attribute
        WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
            AND (attnotnull AND NOT atthasdef OR attname = $2::text)";
    let columns = superuser.query(query, &[&table, &owner]).await.unwrap();
    let (names, values): (Vec<String>, Vec<String>) = columns
        .iter()
        .map(|column| (column.get::<_, String>(0), column.get::<_, String>(1)))
        .map(|(name, kind)| {
            if name == owner {
                (name, format!("'{user}'"))
            } else {
                (name, something(&kind))
            }
        })
        .unzip();
    format!(
        "INSERT INTO {table} ({}) VALUES ({})",
        names.join(", "),
        values.join(", ")
    )
}

/// A value of the type that is not there twice, where the type has more than a few.
fn something(kind: &str) -> String {
    let value = match kind {
        "uuid" => "gen_random_uuid()",
        "text" => "gen_random_uuid()::text",
        "bytea" => "uuid_send(gen_random_uuid())",
        "timestamp with time zone" => "now()",
        "date" => "CURRENT_DATE",
        "smallint" => "(random() * 30000)::smallint",
        "integer" | "bigint" | "double precision" => "(random() * 2000000000)::integer",
        "boolean" => "false",
        "jsonb" => "'{}'::jsonb",
        list if list.ends_with("[]") => "'{}'",
        other => panic!("say what a value of type {other} looks like"),
    };
    value.to_owned()
}
