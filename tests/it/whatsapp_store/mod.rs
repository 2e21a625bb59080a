//! The WhatsApp library's storage: one suite of behaviour that the library's own store in memory and ours both pass,
//! and what only ours promises.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail like the test itself")]

mod app_sync;
mod device;
mod lasting;
mod message_secrets;
mod pace;
mod patience;
mod pending;
mod protocol;
mod sealing;
mod signal;
mod tokens;

use std::sync::Arc;

use amda::account::AccountRef;
use amda::clock::{SharedClock, SystemClock};
use amda::crypto::MasterKey;
use amda::db::Db;
use amda::hub::LocalHub;
use amda::id::{AccountId, Ids, UserId};
use amda::vault::Vault;
use amda::whatsapp::store::Store;
use amda::work::{Core, WorkError};
use diesel::sql_types::{Text, Timestamptz, Uuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use secrecy::ExposeSecret;
use tokio_postgres::NoTls;

use crate::support::database::TestDatabase;

/// Runs each behaviour twice: on the library's store in memory, which is the reference, and on ours.
macro_rules! both_stores {
    ($(async fn $name:ident($store:ident) $body:block)*) => {
        $(async fn $name($store: &impl whatsapp_rust::wacore::store::traits::Backend) $body)*

        mod the_library {
            use whatsapp_rust::wacore::store::InMemoryBackend;

            $(#[tokio::test]
            async fn $name() {
                super::$name(&InMemoryBackend::new()).await;
            })*
        }

        mod ours {
            use crate::whatsapp_store::Home;

            $(#[tokio::test]
            async fn $name() {
                let home = Home::new().await;
                let account = home.account(home.user().await).await;
                super::$name(&home.store(account).await).await;
            })*
        }
    };
}
pub(crate) use both_stores;

/// A database with nothing in it, and what works on it.
struct Home {
    core: Core,
    database: TestDatabase,
}

impl Home {
    async fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock)).await
    }

    async fn with_clock(clock: SharedClock) -> Self {
        let database = TestDatabase::create().await;
        let core = Core {
            db: Db::connect(database.url(), 8).unwrap(),
            vault: Arc::new(Vault::new(MasterKey::generate())),
            hub: Arc::new(LocalHub::default()),
            ids: Arc::new(Ids::new(Arc::clone(&clock))),
            clock,
        };
        Self { core, database }
    }

    async fn user(&self) -> UserId {
        let user: UserId = self.core.ids.next();
        let now = self.core.clock.now();
        let insert = async |conn: &mut AsyncPgConnection| {
            let query = "INSERT INTO users (id, email, password_hash, locale, time_zone, plan, created_at)
                VALUES ($1, $2, 'none', 'en', 'UTC', 'FREE', $3)";
            diesel::sql_query(query)
                .bind::<Uuid, _>(user)
                .bind::<Text, _>(format!("{user}@example.org"))
                .bind::<Timestamptz, _>(now)
                .execute(conn)
                .await?;
            Ok::<(), WorkError>(())
        };
        let work = self.core.begin_new(user, insert).await.unwrap();
        work.commit().await.unwrap();
        user
    }

    async fn account(&self, user: UserId) -> AccountRef {
        let id: AccountId = self.core.ids.next();
        let mut work = self.core.begin(user).await.unwrap();
        let query = "INSERT INTO accounts (id, user_id, link_method, state, state_changed_at, created_at)
            VALUES ($1, $2, 'QR', 'CONNECTED', $3, $3)";
        let now = work.now;
        diesel::sql_query(query)
            .bind::<Uuid, _>(id)
            .bind::<Uuid, _>(user)
            .bind::<Timestamptz, _>(now)
            .execute(&mut *work)
            .await
            .unwrap();
        work.commit().await.unwrap();
        AccountRef { id, user }
    }

    async fn store(&self, account: AccountRef) -> Store {
        Store::open(&self.core, account).await.unwrap()
    }

    /// Cuts every connection and lets nobody in, until [`Self::open_database`].
    async fn close_database(&self) {
        self.command("ALTER DATABASE :name ALLOW_CONNECTIONS false").await;
        self.command("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ':name'")
            .await;
    }

    async fn open_database(&self) {
        self.command("ALTER DATABASE :name ALLOW_CONNECTIONS true").await;
    }

    /// From another database, as one's own cannot be closed.
    async fn command(&self, command: &str) {
        let mut config: tokio_postgres::Config = self.database.url().expose_secret().parse().unwrap();
        let name = config.get_dbname().unwrap().to_owned();
        let (client, connection) = config.dbname("postgres").connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
            .batch_execute(&command.replace(":name", &name))
            .await
            .unwrap();
    }

    /// A connection that row-level security does not bind.
    async fn superuser(&self) -> tokio_postgres::Client {
        crate::support::database::connect(self.database.url()).await
    }
}

const ALICE: &str = "4915550000001:0@s.whatsapp.net";
const BOB: &str = "4915550000002:0@s.whatsapp.net";
