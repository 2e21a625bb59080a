//! The roles of a PostgreSQL that the operator runs: the owner of the tables, and the server's, which owns nothing.

use amda::config::DatabaseUrls;
use amda::db::inspect::Inspection;
use amda::db::{Db, DbError, migrate, setup_sql};
use amda::server::{Check, Probe};
use secrecy::{ExposeSecret, SecretString};
use tokio_postgres::Client;

use super::command_line::amda;
use super::embedded::a_folder;
use crate::support::database::{TestDatabase, connect};

/// The URL of `url` with another role and database.
fn at(url: &SecretString, role: &str, database: &str) -> SecretString {
    let (_, rest) = url.expose_secret().split_once('@').unwrap();
    let (socket, _) = rest.rsplit_once('/').unwrap();
    format!("postgresql://{role}@{socket}/{database}").into()
}

fn name_of(database: &TestDatabase) -> String {
    let (_, name) = database.url().expose_secret().rsplit_once('/').unwrap();
    name.to_owned()
}

/// The URLs of `database` for roles that are named after it.
fn own_urls(database: &TestDatabase) -> DatabaseUrls {
    let name = name_of(database);
    DatabaseUrls {
        app: at(database.url(), &format!("{name}_app"), &name),
        owner: Some(at(database.url(), &format!("{name}_owner"), &name)),
        direct: None,
    }
}

/// An empty database that belongs to a role of its own, which may create nothing else.
async fn owned_by_a_plain_role() -> (TestDatabase, DatabaseUrls, Client) {
    let database = TestDatabase::create_empty().await;
    let superuser = connect(database.url()).await;
    let name = name_of(&database);
    let owner = format!("CREATE ROLE {name}_owner LOGIN; ALTER DATABASE {name} OWNER TO {name}_owner");
    superuser.batch_execute(&owner).await.unwrap();
    let urls = own_urls(&database);
    (database, urls, superuser)
}

/// Runs statements one by one, as psql does.
async fn run_each(client: &Client, sql: &str) {
    let statements: String = sql.lines().filter(|line| !line.starts_with("--")).collect();
    for statement in statements.split_inclusive(';') {
        client.batch_execute(statement).await.unwrap();
    }
}

#[tokio::test]
async fn the_printed_sql_prepares_two_databases_for_an_administrator_who_is_no_superuser() {
    let database = TestDatabase::create_empty().await;
    let name = name_of(&database);
    let superuser = connect(database.url()).await;
    let admin = format!("CREATE ROLE {name}_admin LOGIN CREATEROLE CREATEDB");
    superuser.batch_execute(&admin).await.unwrap();
    let admin = connect(&at(database.url(), &format!("{name}_admin"), "postgres")).await;

    for own in [format!("{name}_one"), format!("{name}_two")] {
        let urls = DatabaseUrls {
            app: at(database.url(), &format!("{own}_app"), &own),
            owner: Some(at(database.url(), &format!("{own}_owner"), &own)),
            direct: None,
        };
        run_each(&admin, &setup_sql(Some(&urls))).await;

        let applied = migrate(&urls).await.unwrap();

        assert!(!applied.is_empty());
        let db = Db::connect(&urls.app, 1).unwrap();
        db.check_access().await.unwrap();
        let mut inspection = Inspection::open(&urls.app).await.unwrap();
        inspection.check_role().await.unwrap();
        assert_eq!(inspection.unguarded_tables().await.unwrap(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_owner_who_cannot_create_the_servers_role_is_told_before_anything_is_made() {
    let (database, urls, superuser) = owned_by_a_plain_role().await;
    let folder = a_folder();

    let refused = migrate(&urls).await.unwrap_err();
    let owner = urls.owner.as_ref().unwrap().expose_secret();
    let variables = [
        ("DATABASE_URL", urls.app.expose_secret()),
        ("AMDA_DATABASE_OWNER_URL", owner),
    ];
    let doctor = amda(folder.path(), &["doctor"], &variables).await;

    assert!(matches!(refused, DbError::Owner { .. }), "{refused}");
    for text in [refused.to_string(), doctor.printed] {
        assert!(
            text.contains("does not exist, and it may not create roles"),
            "{text}"
        );
        assert!(text.contains("amda doctor --sql"), "{text}");
    }
    assert_eq!(doctor.code, Some(1));
    let made = "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public'";
    assert_eq!(superuser.query_one(made, &[]).await.unwrap().get::<_, i64>(0), 0);
    let role = format!("CREATE ROLE {}_app LOGIN", name_of(&database));
    superuser.batch_execute(&role).await.unwrap();
    migrate(&urls)
        .await
        .expect("a role that the administrator made is used");
}

#[tokio::test]
async fn a_role_that_row_level_security_does_not_bind_is_refused() {
    let (database, urls, superuser) = owned_by_a_plain_role().await;
    let name = name_of(&database);
    superuser
        .batch_execute(&format!("CREATE ROLE {name}_app LOGIN"))
        .await
        .unwrap();
    migrate(&urls).await.unwrap();

    for (change, problem) in [
        (format!("ALTER ROLE {name}_app BYPASSRLS"), "may bypass it"),
        (
            format!("ALTER ROLE {name}_app NOBYPASSRLS CREATEROLE"),
            "may create roles",
        ),
        (
            format!("ALTER ROLE {name}_app NOCREATEROLE; GRANT {name}_owner TO {name}_app"),
            "may become",
        ),
        (format!("ALTER ROLE {name}_app SUPERUSER"), "is a superuser"),
    ] {
        superuser.batch_execute(&change).await.unwrap();
        let refused = migrate(&urls).await.unwrap_err();
        assert!(matches!(refused, DbError::Unbound { .. }), "{change}: {refused}");
        assert!(refused.to_string().contains(problem), "{change}: {refused}");
    }
    let alone = DatabaseUrls {
        app: urls.owner.unwrap(),
        owner: None,
        direct: None,
    };
    let refused = migrate(&alone).await.unwrap_err().to_string();
    assert!(refused.contains("owns the database or its tables"), "{refused}");
    assert!(refused.contains("AMDA_DATABASE_OWNER_URL"), "{refused}");
}

#[tokio::test]
async fn a_restored_dump_is_not_ready_until_migrating_has_granted_what_it_lacks() {
    let (database, urls, superuser) = owned_by_a_plain_role().await;
    let name = name_of(&database);
    let role = format!("CREATE ROLE {name}_app LOGIN");
    superuser.batch_execute(&role).await.unwrap();
    migrate(&urls).await.unwrap();
    // As after pg_restore on a server without the role.
    let lost = format!("DROP OWNED BY {name}_app; DROP ROLE {name}_app; {role}");
    superuser.batch_execute(&lost).await.unwrap();
    let alone = DatabaseUrls {
        owner: None,
        direct: None,
        ..urls.clone()
    };
    let db = Db::connect(&urls.app, 1).unwrap();
    let folder = a_folder();
    let url = ("DATABASE_URL", urls.app.expose_secret());

    let started = migrate(&alone).await.unwrap_err();
    let ready = db.probe().await.unwrap_err();
    let doctor = amda(folder.path(), &["doctor"], &[url]).await;

    assert!(matches!(started, DbError::NotGranted { .. }), "{started}");
    assert!(ready.contains("lacks privileges; run `amda migrate`"), "{ready}");
    assert_eq!(doctor.code, Some(1));
    assert!(
        doctor.printed.contains("lacks privileges on"),
        "{}",
        doctor.printed
    );
    assert_eq!(migrate(&urls).await.unwrap(), Vec::<String>::new());
    Check::database(db).probe.probe().await.unwrap();
    migrate(&alone).await.unwrap();
}

#[tokio::test]
async fn a_database_that_a_newer_amda_migrated_is_refused_with_both_versions() {
    let database = TestDatabase::create().await;
    let newer = "INSERT INTO __diesel_schema_migrations VALUES ('29990101000000');
        COMMENT ON TABLE __diesel_schema_migrations IS 'AMDA 9.9.9'";
    connect(database.url()).await.batch_execute(newer).await.unwrap();
    let folder = a_folder();
    let url = ("DATABASE_URL", database.app_url().expose_secret());

    let refused = migrate(database.urls()).await.unwrap_err();
    let served = amda(
        folder.path(),
        &["serve", "--listen", "127.0.0.1:0", "--simulate"],
        &[url],
    )
    .await;

    assert!(matches!(refused, DbError::Newer { .. }), "{refused}");
    assert_eq!(served.code, Some(1));
    for expected in [
        "AMDA 9.9.9",
        "29990101000000",
        concat!("AMDA ", env!("CARGO_PKG_VERSION")),
    ] {
        assert!(refused.to_string().contains(expected), "{expected}: {refused}");
        assert!(
            served.complained.contains(expected),
            "{expected}: {}",
            served.complained
        );
    }
}

#[tokio::test]
async fn a_database_of_another_application_is_left_alone() {
    let database = TestDatabase::create_empty().await;
    let theirs = "CREATE TABLE invoices (id int); CREATE VIEW totals AS SELECT 1 AS one";
    connect(database.url()).await.batch_execute(theirs).await.unwrap();
    let folder = a_folder();
    let url = ("DATABASE_URL", database.app_url().expose_secret());

    let refused = migrate(database.urls()).await.unwrap_err();
    let doctor = amda(folder.path(), &["doctor"], &[url]).await;

    assert!(
        refused
            .to_string()
            .contains("another application (invoices, totals)"),
        "{refused}"
    );
    assert!(
        doctor.printed.contains("another application (invoices, totals)"),
        "{}",
        doctor.printed
    );
    assert_eq!(doctor.code, Some(1));
}

#[tokio::test]
async fn the_doctor_prints_the_sql_and_no_password() {
    let folder = a_folder();
    let variables = [
        ("DATABASE_URL", "postgresql://web:hunter2@db.example.org/amda2"),
        (
            "AMDA_DATABASE_OWNER_URL",
            "postgresql://boss:hunter2@db.example.org/amda2",
        ),
    ];

    let outcome = amda(folder.path(), &["doctor", "--sql"], &variables).await;

    assert_eq!(outcome.code, Some(0), "{}", outcome.complained);
    assert!(
        outcome.printed.contains("CREATE DATABASE amda2 OWNER boss;"),
        "{}",
        outcome.printed
    );
    assert!(!outcome.printed.contains("hunter2"), "{}", outcome.printed);
}
