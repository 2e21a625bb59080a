//! A fresh PostgreSQL database for every test, from one server for the whole test process.
//!
//! The server is a real one, run by AMDA's own embedded module with nothing written through to the disk. A database is
//! a copy of a template in which the migrations ran once. When the test process ends, even by `kill -9`, the server
//! stops by its leash and a small shell removes its folder.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::sync::{LazyLock, Mutex};
use std::thread;
use std::time::Duration;

use amda::config::{DatabaseUrls, EmbeddedConfig};
use amda::db::embedded::Embedded;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;
use tokio_postgres::{Client, NoTls};

/// Waits for the end of its input (the test process is gone) and of the server, then removes the folder. A server that
/// ended may stay in the process table until init has seen it, so its lock file counts as well.
const SWEEP: &str = r#"
    while read -r _; do :; done
    while [ -e "$2/postgres/cluster/postmaster.pid" ] && kill -0 "$1" 2>/dev/null; do sleep 0.05; done
    rm -rf "$2"
"#;

/// The one server of this process. Test functions share nothing else.
static SERVER: LazyLock<Mutex<mpsc::Sender<Order>>> = LazyLock::new(|| Mutex::new(start_server()));

/// A database that nobody else uses; dropped with this value.
#[derive(Debug)]
pub(crate) struct TestDatabase {
    name: String,
    urls: DatabaseUrls,
}

impl TestDatabase {
    /// A copy of the migrated template.
    pub(crate) async fn create() -> Self {
        Self::ordered(|made| Order::Create {
            template: TEMPLATE,
            made,
        })
        .await
    }

    /// A database without any table, for tests of the migrations themselves.
    pub(crate) async fn create_empty() -> Self {
        Self::ordered(|made| Order::Create {
            template: "template0",
            made,
        })
        .await
    }

    /// Where to connect as the superuser, who owns every table.
    pub(crate) fn url(&self) -> &SecretString {
        self.urls.owner.as_ref().expect("a test's database has an owner")
    }

    /// Where to connect as the server does.
    pub(crate) fn app_url(&self) -> &SecretString {
        &self.urls.app
    }

    /// Both.
    pub(crate) fn urls(&self) -> &DatabaseUrls {
        &self.urls
    }

    async fn ordered(order: impl FnOnce(oneshot::Sender<Self>) -> Order) -> Self {
        let (made, database) = oneshot::channel();
        send(order(made));
        database
            .await
            .expect("the test server makes a database; its own panic is above")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        send(Order::Drop {
            name: std::mem::take(&mut self.name),
        });
    }
}

/// The database that the others are copies of.
const TEMPLATE: &str = "amda_template";

enum Order {
    Create {
        template: &'static str,
        made: oneshot::Sender<TestDatabase>,
    },
    Drop {
        name: String,
    },
}

fn send(order: Order) {
    let server = SERVER.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // A server that could not start has said so in its own thread.
    let _ = server.send(order);
}

/// The server lives on a thread and a runtime of its own: each test's runtime ends with the test.
fn start_server() -> mpsc::Sender<Order> {
    let (orders, queue) = mpsc::channel();
    thread::Builder::new()
        .name("test database server".to_owned())
        .spawn(move || serve(&queue))
        .unwrap();
    orders
}

fn serve(queue: &mpsc::Receiver<Order>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let server = TestServer::start().await;
        for number in 1_u32.. {
            let Ok(order) = queue.recv() else { break };
            server.obey(order, number).await;
        }
    });
}

struct TestServer {
    embedded: Embedded,
    administrator: Client,
    /// Its input closes when this process ends.
    _sweeper: Child,
}

impl TestServer {
    async fn start() -> Self {
        let folder = reachable_folder();
        let config = EmbeddedConfig {
            folder: folder.join("postgres"),
            binaries: None,
            durable: false,
        };
        let embedded = Embedded::start(&config).await.expect("PostgreSQL starts");
        let sweeper = sweep_after(embedded.pid(), &folder);
        let administrator = connect(&embedded.url_of("postgres").into()).await;
        administrator
            .batch_execute(&format!("CREATE DATABASE {TEMPLATE}"))
            .await
            .unwrap();
        amda::db::migrate(&embedded.urls_of(TEMPLATE))
            .await
            .expect("the migrations apply");
        Self {
            embedded,
            administrator,
            _sweeper: sweeper,
        }
    }

    async fn obey(&self, order: Order, number: u32) {
        match order {
            Order::Create { template, made } => {
                let name = format!("amda_test_{number}");
                let create = format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY");
                self.administrator.batch_execute(&create).await.unwrap();
                let urls = self.embedded.urls_of(&name);
                // A test that was cancelled meanwhile gets its database dropped by the value's own end.
                let _ = made.send(TestDatabase { name, urls });
            }
            Order::Drop { name } => {
                let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                self.administrator.batch_execute(&drop).await.unwrap();
            }
        }
    }
}

/// A new folder that the database's user can reach even where the build runs as root in a closed home.
fn reachable_folder() -> PathBuf {
    let folder = tempfile::Builder::new()
        .prefix("amda-test-")
        .tempdir()
        .unwrap()
        .keep();
    open_to_passers(&folder);
    folder
}

/// Temporary folders are closed to other users, among them the one that PostgreSQL runs as when we are root.
pub(crate) fn open_to_passers(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o711)).unwrap();
}

fn sweep_after(pid: u32, folder: &Path) -> Child {
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", SWEEP, "sh", &pid.to_string()]).arg(folder);
    shell
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    std::os::unix::process::CommandExt::process_group(&mut shell, 0);
    shell.spawn().unwrap()
}

/// A connection whose end of the wire runs on the current runtime.
pub(crate) async fn connect(url: &SecretString) -> Client {
    let (client, connection) = tokio_postgres::connect(url.expose_secret(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Lets every commit that has events fail, at its very end.
pub(crate) async fn fail_commits(database: &TestDatabase) {
    let refuse = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN RAISE EXCEPTION ''nothing is committed now''; END';
        CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION refuse()";
    let owner = connect(database.url()).await;
    owner.batch_execute(refuse).await.unwrap();
}

/// Lets them succeed again.
pub(crate) async fn allow_commits(database: &TestDatabase) {
    let owner = connect(database.url()).await;
    owner
        .batch_execute("DROP TRIGGER refuse ON events; DROP FUNCTION refuse()")
        .await
        .unwrap();
}

/// Waits until `wanted` connections to `database` wait for a lock.
pub(crate) async fn until_waiting(database: &TestDatabase, wanted: i64) {
    let watcher = connect(database.url()).await;
    let query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let waiting = async {
        while watcher.query_one(query, &[]).await.unwrap().get::<_, i64>(0) < wanted {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waiting)
        .await
        .expect("somebody waits for a lock");
}
