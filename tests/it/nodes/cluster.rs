//! Servers on threads of their own, with one database, one data folder and one simulated WhatsApp.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use amda::app::{App, Tuning};
use amda::config::{Config, DatabaseConfig, DatabaseUrls, Flags};
use amda::features::users;
use amda::plan::Plan;
use amda::simulator::{Simulator, SimulatorConfig};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use tracing::Dispatch;
use tracing::dispatcher::set_default;

use crate::support::app::{PASSWORD, TestPhone, TestUser, tuning};
use crate::support::database::{TestDatabase, connect, open_to_passers};
use crate::support::graphql::GraphqlClient;

/// Longest wait for anything. Only a failing test waits that long.
const WAIT_TIMEOUT: Duration = Duration::from_mins(1);

/// A server, on a runtime of its own that can be dropped as the end of a process drops everything.
pub(super) struct Node {
    pub(super) address: SocketAddr,
    app: Box<App>,
    threads: Threads,
}

/// The threads of a server, which end with this value and are not waited for.
struct Threads(Option<Runtime>);

impl Threads {
    fn spawn<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> JoinHandle<T> {
        self.0.as_ref().expect("they end with the value").spawn(work)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Node {
    /// Ends the server as `kill -9` does: at once, with no goodbye.
    pub(super) fn kill(self) {
        let Self { app, threads, .. } = self;
        drop(threads);
        drop(app);
    }

    /// Stops the server in order.
    pub(super) async fn stop(self) {
        let Self { app, threads, .. } = self;
        let stopped = threads.spawn(async move { Box::pin(app.stop()).await });
        stopped.await.unwrap().expect("the server stops");
    }
}

/// What the servers have in common.
pub(super) struct Cluster {
    pub(super) simulator: Simulator,
    pub(super) database: TestDatabase,
    watcher: Client,
    data: TempDir,
    /// Takes the logs and traces of the servers; none where nobody looks at them.
    observer: Option<Dispatch>,
}

impl Cluster {
    pub(super) async fn open() -> Self {
        let simulator = Simulator::start(SimulatorConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            data_dir: None,
        });
        let database = TestDatabase::create().await;
        let data = tempfile::tempdir().unwrap();
        open_to_passers(data.path());
        Self {
            simulator: simulator.await.unwrap(),
            watcher: connect(database.url()).await,
            database,
            data,
            observer: None,
        }
    }

    /// Another installation beside the same WhatsApp, whose database and data folder are empty.
    pub(super) async fn elsewhere(&self) -> Self {
        let database = TestDatabase::create_empty().await;
        let data = tempfile::tempdir().unwrap();
        open_to_passers(data.path());
        Self {
            simulator: self.simulator.clone(),
            watcher: connect(database.url()).await,
            database,
            data,
            observer: None,
        }
    }

    /// The data folder of all servers.
    pub(super) fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// Shows the logs and traces of all servers from now on to `observer`.
    pub(super) fn observe_by(&mut self, observer: &Dispatch) {
        self.observer = Some(observer.clone());
    }

    /// Starts a server.
    pub(super) async fn node(&self) -> Node {
        self.node_with(self.database.urls().clone()).await
    }

    /// Starts a server that reaches the database by other addresses.
    pub(super) async fn node_with(&self, urls: DatabaseUrls) -> Node {
        self.start(urls, tuning()).await
    }

    /// Starts a server with another tuning.
    pub(super) async fn node_tuned(&self, tuning: Tuning) -> Node {
        self.start(self.database.urls().clone(), tuning).await
    }

    async fn start(&self, urls: DatabaseUrls, tuning: Tuning) -> Node {
        let config = self.config(urls);
        let observer = self.observer.clone();
        let observe = move || {
            if let Some(observer) = &observer {
                // For as long as the thread lives.
                std::mem::forget(set_default(observer));
            }
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .on_thread_start(observe)
            .enable_all()
            .build()
            .unwrap();
        let threads = Threads(Some(runtime));
        let app = threads
            .spawn(async move { Box::pin(App::start(&config, tuning)).await.map(Box::new) })
            .await
            .unwrap()
            .expect("the server starts");
        Node {
            address: app.address,
            app,
            threads,
        }
    }

    fn config(&self, urls: DatabaseUrls) -> Config {
        let environment = [
            ("AMDA_LISTEN", "127.0.0.1:0".to_owned()),
            ("AMDA_DATA_DIR", self.data.path().to_str().unwrap().to_owned()),
            ("AMDA_WHATSAPP_URL", self.simulator.websocket_url()),
            ("AMDA_WHATSAPP_MEDIA_URL", self.simulator.media_base_url()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value)).into();
        let mut config =
            Config::read(&Flags::default(), &environment).expect("the test's configuration is right");
        config.database = DatabaseConfig::Urls(urls);
        config
    }

    /// Registers somebody at `node`, on the plan with most accounts.
    pub(super) async fn register(&self, node: &Node, email: &str) -> TestUser {
        let reply = GraphqlClient::new(node.address)
            .run(
                "mutation ($input: RegisterInput!) { register(input: $input) { accessToken errors { message } } }",
                json!({"input": {"email": email, "password": PASSWORD}}),
            )
            .await;
        let token = reply.data("/register/accessToken").as_str().unwrap().to_owned();
        users::set_plan(&node.app.services.core, email, Plan::Premium)
            .await
            .unwrap();
        TestUser::at(node.address, &token)
    }

    /// Links a new phone at the server of `user`.
    pub(super) async fn link(&self, user: &TestUser, number: &str) -> TestPhone {
        self.simulator.create_phone(number, "Owner").await.unwrap();
        let account = user
            .link(async |code| self.simulator.scan(number, code).await.unwrap())
            .await;
        TestPhone {
            number: number.to_owned(),
            account,
            simulator: self.simulator.clone(),
        }
    }

    /// The nodes that have leases now, and the number of leases of each.
    pub(super) async fn owners(&self) -> Vec<(String, i64)> {
        let query = "SELECT node_id::text, count(*) FROM account_leases
            WHERE node_id IS NOT NULL AND expires_at > clock_timestamp() GROUP BY 1 ORDER BY 1";
        let rows = self.watcher.query(query, &[]).await.unwrap();
        rows.iter().map(|row| (row.get(0), row.get(1))).collect()
    }

    /// Waits until `is_so` of the nodes that have leases; returns them.
    pub(super) async fn wait_for_owners(
        &self,
        what: &str,
        is_so: impl Fn(&[(String, i64)]) -> bool,
    ) -> Vec<(String, i64)> {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        loop {
            let owners = self.owners().await;
            if is_so(&owners) {
                return owners;
            }
            assert!(Instant::now() < deadline, "{what} in time: {owners:?}");
            // PostgreSQL keeps the time, without a load of its own.
            self.watcher.execute("SELECT pg_sleep(0.05)", &[]).await.unwrap();
        }
    }

    /// Waits until `is_so` of the number of stored messages, statuses included; returns it.
    pub(super) async fn wait_for_messages(&self, is_so: impl Fn(i64) -> bool) -> i64 {
        self.wait_for_count("SELECT count(*) FROM messages", is_so).await
    }

    /// Waits until no message is left that came and could not be decrypted.
    pub(super) async fn wait_until_decrypted(&self) {
        let query = "SELECT count(*) FROM messages WHERE kind = 'UNDECRYPTED'";
        self.wait_for_count(query, |undecrypted| undecrypted == 0).await;
    }

    /// Waits until `is_so` of what `query` counts; returns it.
    async fn wait_for_count(&self, query: &str, is_so: impl Fn(i64) -> bool) -> i64 {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        loop {
            let count = self.watcher.query_one(query, &[]).await.unwrap().get(0);
            if is_so(count) {
                return count;
            }
            assert!(Instant::now() < deadline, "not in time, {query}: {count}");
            self.watcher.execute("SELECT pg_sleep(0.005)", &[]).await.unwrap();
        }
    }

    /// The number of sockets that were opened while the one before was open, of all phones.
    pub(super) async fn doubled_logins(&self) -> u64 {
        let phones = self.simulator.phones().await;
        phones.iter().map(|phone| phone.doubled_logins).sum()
    }

    /// Waits until every phone is connected.
    pub(super) async fn wait_until_connected(&self) {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        while !self
            .simulator
            .phones()
            .await
            .iter()
            .all(|phone| phone.is_connected)
        {
            assert!(Instant::now() < deadline, "every phone is connected in time");
            self.watcher.execute("SELECT pg_sleep(0.05)", &[]).await.unwrap();
        }
    }
}

/// The texts of the statuses that `user` sees.
pub(super) async fn statuses(user: &TestUser) -> Vec<String> {
    let answer = user
        .run("{ viewer { statuses(first: 50) { nodes { text } } } }", json!({}))
        .await;
    let nodes = answer.pointer("/viewer/statuses/nodes").and_then(Value::as_array);
    let texts = nodes.unwrap().iter().filter_map(|node| node["text"].as_str());
    texts.map(str::to_owned).collect()
}

/// Waits until the newest status that `user` sees is `text`.
pub(super) async fn until_status(user: &TestUser, text: &str) {
    user.until(
        "{ viewer { statuses(first: 5) { nodes { text } } } }",
        json!({}),
        |answer| answer.pointer("/viewer/statuses/nodes/0/text") == Some(&json!(text)),
    )
    .await;
}
