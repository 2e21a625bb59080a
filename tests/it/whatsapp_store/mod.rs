//! The WhatsApp library's storage: one suite that the library's own store in memory and ours both pass, and tests of
//! what only ours promises.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail like the test itself")]

mod app_sync;
mod copies;
mod device;
mod message_secrets;
mod pending;
mod persistence;
mod plain_keys;
mod protocol;
mod retry;
mod sealing;
mod signal;
mod throughput;
mod tokens;

use std::sync::Arc;

use amda::account::AccountRef;
use amda::clock::{SharedClock, SystemClock};
use amda::id::UserId;
use amda::whatsapp::store::Store;
use amda::work::Core;
use secrecy::ExposeSecret;
use tokio_postgres::NoTls;

use crate::support::core::{core, hold_lease, insert_account, insert_user};
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
            use crate::whatsapp_store::StoreHarness;

            $(#[tokio::test]
            async fn $name() {
                let home = StoreHarness::new().await;
                let account = home.account(home.user().await).await;
                super::$name(&home.store(account).await).await;
            })*
        }
    };
}
pub(crate) use both_stores;

/// Empty database, and the services that work on it.
struct StoreHarness {
    core: Core,
    database: TestDatabase,
}

impl StoreHarness {
    async fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock)).await
    }

    async fn with_clock(clock: SharedClock) -> Self {
        let database = TestDatabase::create().await;
        let core = core(&database, clock);
        Self { core, database }
    }

    async fn user(&self) -> UserId {
        insert_user(&self.core, "FREE").await
    }

    async fn account(&self, user: UserId) -> AccountRef {
        insert_account(&self.core, user).await
    }

    async fn store(&self, account: AccountRef) -> Store {
        let fence = hold_lease(&self.core, account).await;
        Store::open(&self.core, account, &fence).await.unwrap()
    }

    /// Cuts every connection and refuses new ones, until [`Self::open_database`].
    async fn close_database(&self) {
        self.command("ALTER DATABASE :name ALLOW_CONNECTIONS false").await;
        self.command("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ':name'")
            .await;
    }

    async fn open_database(&self) {
        self.command("ALTER DATABASE :name ALLOW_CONNECTIONS true").await;
    }

    /// Runs a command in another database, because a session cannot close its own.
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

    /// Connects as a role that row-level security does not bind.
    async fn superuser(&self) -> tokio_postgres::Client {
        crate::support::database::connect(self.database.url()).await
    }
}

const ALICE: &str = "4915550000001:0@s.whatsapp.net";
const BOB: &str = "4915550000002:0@s.whatsapp.net";
