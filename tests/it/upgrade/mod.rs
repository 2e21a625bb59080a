//! Upgrades from the release before: what it stored is there after the migrations that came since, as clients read it; and what
//! a newer release may do beside a server of this one.

mod accounts;
mod events;
mod files;
mod replies;
mod round_trip;
mod scheduled_statuses;
mod sealed;
mod serving;
mod status_likes;
mod table;
mod view_once;
mod webhooks_and_mails;

use std::path::Path;
use std::sync::Arc;

use amda::account::AccountRef;
use amda::crypto::DataKey;
use amda::db;
use amda::id::{AccountId, UserId};
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::support::database::{TestDatabase, connect};
use crate::support::world::World;

/// The last migration of the release before.
const LAST_OF_RELEASE: &str = "2026-11-29-060000_leave_taken_uploads_out_of_unnamed_media";

/// The numbers of two rows of [`BEGIN`].
const USER: u128 = 1;
const ACCOUNT: u128 = 2;

/// A user, their account, a contact and the chat with that one. `id` makes the ids of rows from numbers.
const BEGIN: &str = "
    CREATE FUNCTION id(number bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN lpad(to_hex(number), 32, '0')::uuid;
    INSERT INTO users (id, email, password_hash, locale, time_zone, plan, created_at)
        VALUES (id(1), 'ana@example.org', 'none', 'en', 'Europe/Berlin', 'PREMIUM', '2026-11-01T00:00Z');
    INSERT INTO accounts (id, user_id, link_method, state, state_changed_at, created_at, linked_at)
        VALUES (id(2), id(1), 'QR', 'ONLINE', '2026-11-01T00:00Z', '2026-11-01T00:00Z', '2026-11-01T00:00Z');
    INSERT INTO contacts (id, user_id, account_id, lid, created_at)
        VALUES (id(3), id(1), id(2), '5@lid', '2026-11-01T00:00Z');
    INSERT INTO chats (id, user_id, account_id, kind, contact_id, created_at)
        VALUES (id(4), id(1), id(2), 'DIRECT', id(3), '2026-11-01T00:00Z');
";

/// The installation of a user with a linked account, as the release before left it.
struct Earlier {
    world: World,
    /// The owner of the tables.
    rows: Client,
    key: Arc<DataKey>,
}

impl Earlier {
    async fn begin() -> Self {
        let database = TestDatabase::create_empty().await;
        migrations(&database, |harness| {
            for migration in harness.pending_migrations(files()).unwrap() {
                if !is_new(&*migration) {
                    harness.run_migration(&*migration).unwrap();
                }
            }
        })
        .await;
        let world = World::on(database, |_| {});
        let rows = connect(world.database.url()).await;
        rows.batch_execute(BEGIN).await.unwrap();
        let mut owner = world.everything().await;
        let user = UserId::from(Uuid::from_u128(USER));
        let key = world.core.vault.create(&mut owner, user).await.unwrap();
        Self { world, rows, key }
    }

    /// Runs the migrations that came since.
    async fn upgrade(&self) {
        let applied = db::migrate(self.world.database.urls()).await.unwrap();
        assert!(!applied.is_empty(), "there is nothing to upgrade to");
    }

    /// Takes the migrations back that came since, the newest first.
    async fn downgrade(&self) {
        migrations(&self.world.database, |harness| {
            let mut all: Vec<Box<dyn Migration<Pg>>> = files().migrations().unwrap();
            all.sort_by_key(|migration| migration.name().to_string());
            for migration in all.iter().rev().filter(|migration| is_new(&***migration)) {
                harness.revert_migration(&**migration).unwrap();
            }
        })
        .await;
    }
}

/// The account of [`BEGIN`].
fn account() -> AccountRef {
    AccountRef {
        id: AccountId::from(Uuid::from_u128(ACCOUNT)),
        user: UserId::from(Uuid::from_u128(USER)),
    }
}

fn files() -> FileBasedMigrations {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    FileBasedMigrations::from_path(folder).unwrap()
}

fn is_new(migration: &dyn Migration<Pg>) -> bool {
    migration.name().to_string().as_str() > LAST_OF_RELEASE
}

async fn migrations(
    database: &TestDatabase,
    run: impl FnOnce(&mut AsyncMigrationHarness<AsyncPgConnection>) + Send + 'static,
) {
    let conn = db::connect(database.url()).await.unwrap();
    tokio::task::spawn_blocking(move || run(&mut AsyncMigrationHarness::new(conn)))
        .await
        .unwrap();
}
