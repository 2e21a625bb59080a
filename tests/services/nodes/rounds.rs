use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use amda::id::NodeId;
use amda::simulator::{Event, Simulator, SimulatorConfig};
use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;
use tokio_postgres::Client;
use uuid::Uuid;

use super::proxy::Proxy;
use super::server::Server;
use crate::support::app::{PASSWORD, TestUser};
use crate::support::database::{TestDatabase, connect, open_to_passers};
use crate::support::graphql::GraphqlClient;

/// Number of rounds, unless `AMDA_NODE_ROUNDS` says another.
const ROUNDS: u32 = 4;
/// Longest wait for anything. Only a failing test waits that long.
const WAIT_TIMEOUT: Duration = Duration::from_secs(60);
/// Time within which everything is as before, whatever happened.
const BOUND: Duration = Duration::from_secs(15);
/// Lets a server sleep, or be cut off, for longer than its leases last.
const LONG_AGO: &str = "SELECT pg_sleep(4)";

const PHONE: &str = "5511900000001";
const BOB: &str = "5511800000701";

/// What happens to the server that runs the account.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// `kill -9`.
    Killed,
    /// SIGSTOP for longer than the lease, and SIGCONT.
    Asleep,
    /// No byte passes between it and the database for longer than the lease.
    CutOff,
    /// SIGTERM, as in a rolling restart.
    Stopped,
}

const TROUBLES: [Trouble; 4] = [
    Trouble::Killed,
    Trouble::Asleep,
    Trouble::CutOff,
    Trouble::Stopped,
];

/// What became of a round.
struct Outcome {
    trouble: Trouble,
    seen: String,
    until_normal: Duration,
    doubled_sockets: u64,
}

/// Two servers, each behind a proxy, and everything that they share.
struct Stage {
    simulator: Simulator,
    database: TestDatabase,
    watcher: Client,
    folder: TempDir,
    servers: Vec<(Server, Proxy)>,
    token: String,
}

impl Stage {
    async fn open() -> Self {
        let simulator = Simulator::start(SimulatorConfig {
            listen: ([127, 0, 0, 1], 0).into(),
            data_dir: None,
        });
        let database = TestDatabase::create().await;
        let folder = tempfile::tempdir().unwrap();
        open_to_passers(folder.path());
        let mut stage = Self {
            simulator: simulator.await.unwrap(),
            watcher: connect(database.url()).await,
            database,
            folder,
            servers: Vec::new(),
            token: String::new(),
        };
        stage.start_server();
        stage.link().await;
        stage.start_server();
        stage
    }

    fn start_server(&mut self) {
        let proxy = Proxy::before(self.database.urls());
        let urls = proxy.urls(self.database.urls());
        let server = Server::start(&urls, self.folder.path(), &self.simulator);
        self.servers.push((server, proxy));
    }

    async fn link(&mut self) {
        self.simulator.create_phone(PHONE, "Owner").await.unwrap();
        self.simulator.add_contact(PHONE, BOB, "Bob").await.unwrap();
        let address = self.servers[0].0.address;
        let reply = GraphqlClient::new(address)
            .run(
                "mutation ($input: RegisterInput!) { register(input: $input) { accessToken errors { message } } }",
                json!({"input": {"email": "alice@example.org", "password": PASSWORD}}),
            )
            .await;
        self.token = reply.data("/register/accessToken").as_str().unwrap().to_owned();
        let user = TestUser::at(address, &self.token);
        let account = user
            .link(async |code| self.simulator.scan(PHONE, code).await.unwrap())
            .await;
        user.run(
            "mutation ($like: UpdateAutoLikeSettingsInput!) { updateAutoLikeSettings(input: $like) { errors { message } } }",
            json!({"like": {"accountId": account, "settings": {"isEnabled": true}}}),
        )
        .await;
    }

    /// The place of the server that runs the account.
    async fn owner(&self) -> usize {
        let query = "SELECT node_id::text FROM account_leases WHERE node_id IS NOT NULL AND expires_at > clock_timestamp()";
        let deadline = Instant::now() + WAIT_TIMEOUT;
        loop {
            if let Some(row) = self.watcher.query_opt(query, &[]).await.unwrap() {
                let node: Uuid = row.get::<_, String>(0).parse().unwrap();
                let node = NodeId::from(node).to_string();
                let found = self.servers.iter().position(|(server, _)| server.node == node);
                if let Some(found) = found {
                    return found;
                }
            }
            assert!(Instant::now() < deadline, "a server runs the account in time");
            self.pause("SELECT pg_sleep(0.05)").await;
        }
    }

    async fn posts(&self, text: &str) {
        let event = json!({"kind": "status", "from": BOB, "text": text});
        let event: Event = serde_json::from_value(event).unwrap();
        self.simulator.perform(PHONE, event).await.unwrap();
    }

    async fn pause(&self, statement: &str) {
        // PostgreSQL keeps the time, without a load of its own.
        self.watcher.execute(statement, &[]).await.unwrap();
    }

    async fn count(&self, query: &str) -> i64 {
        self.watcher.query_one(query, &[]).await.unwrap().get(0)
    }

    /// Waits until `query` counts `wanted`.
    async fn until(&self, what: &str, query: &str, wanted: i64) {
        let deadline = Instant::now() + WAIT_TIMEOUT;
        loop {
            let found = self.count(query).await;
            if found == wanted {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{what} in time: {found} and not {wanted}"
            );
            self.pause("SELECT pg_sleep(0.05)").await;
        }
    }

    async fn doubled_sockets(&self) -> u64 {
        self.simulator.phone(PHONE).await.unwrap().doubled_logins
    }

    /// Lets `trouble` happen to the server that runs the account, with a status before, in and after it.
    async fn round(&mut self, number: i64, trouble: Trouble) -> Outcome {
        let sockets = self.doubled_sockets().await;
        self.posts(&format!("{number} before")).await;
        self.until("the status before is there", STATUSES, number * 3 + 1)
            .await;
        let owner = self.owner().await;

        let begun = Instant::now();
        let (server, proxy) = self.servers.remove(owner);
        match trouble {
            Trouble::Killed => server.signal(Signal::KILL),
            Trouble::Asleep => server.signal(Signal::STOP),
            Trouble::CutOff => proxy.cut(),
            Trouble::Stopped => server.signal(Signal::TERM),
        }
        self.posts(&format!("{number} in it")).await;
        self.until("the status in it is there", STATUSES, number * 3 + 2)
            .await;
        self.until("the account is online", ONLINE, 1).await;
        let until_normal = begun.elapsed();
        let seen = self.seen().await;

        self.recover(trouble, server, proxy).await;
        self.posts(&format!("{number} after")).await;
        self.until("the status after is there", STATUSES, number * 3 + 3)
            .await;
        Outcome {
            trouble,
            seen,
            until_normal,
            doubled_sockets: self.doubled_sockets().await - sockets,
        }
    }

    /// Ends the trouble: the server comes back, or a new one in its place.
    async fn recover(&mut self, trouble: Trouble, server: Server, proxy: Proxy) {
        match trouble {
            Trouble::Killed | Trouble::Stopped => {
                server.wait();
                self.start_server();
            }
            Trouble::Asleep => {
                self.pause(LONG_AGO).await;
                server.signal(Signal::CONT);
                self.servers.push((server, proxy));
            }
            Trouble::CutOff => {
                self.pause(LONG_AGO).await;
                proxy.mend();
                self.servers.push((server, proxy));
            }
        }
    }

    /// The newest gap that the user sees.
    async fn seen(&self) -> String {
        let query = "SELECT reason, round(extract(epoch FROM ended_at - started_at)::numeric, 1)::text FROM connection_gaps
            ORDER BY started_at DESC LIMIT 1";
        match self.watcher.query_opt(query, &[]).await.unwrap() {
            Some(row) => {
                let (reason, seconds): (String, Option<String>) = (row.get(0), row.get(1));
                format!("last gap {reason}, {} s", seconds.unwrap_or_default())
            }
            None => "no gap".to_owned(),
        }
    }
}

/// The statuses that were recorded.
const STATUSES: &str = "SELECT count(*) FROM statuses";
/// 1 when the account is online.
const ONLINE: &str = "SELECT count(*) FROM accounts WHERE state = 'ONLINE'";

fn table(outcomes: &[Outcome]) -> String {
    let mut text = "| round | injected | the user sees | seconds until normal | sockets at once |\n|---|---|---|---|---|\n".to_owned();
    for (number, outcome) in outcomes.iter().enumerate() {
        let Outcome {
            trouble,
            seen,
            until_normal,
            doubled_sockets,
        } = outcome;
        let seconds = until_normal.as_secs_f64();
        let _ = writeln!(
            text,
            "| {number} | {trouble:?} | {seen} | {seconds:.1} | {doubled_sockets} |"
        );
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_to_servers_their_account_is_back_in_seconds_with_nothing_lost_or_doubled() {
    let rounds = std::env::var("AMDA_NODE_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    let mut stage = Stage::open().await;

    let mut outcomes = Vec::new();
    for (number, trouble) in (0..rounds).zip(TROUBLES.into_iter().cycle()) {
        outcomes.push(stage.round(number.into(), trouble).await);
    }
    let posted = i64::from(rounds) * 3;
    stage.until("every like is settled", UNSETTLED, 0).await;
    let sent = stage.simulator.sent(PHONE).await.unwrap();
    let likes = sent.iter().filter(|message| message.kind == "reaction");
    let mut of_each: BTreeMap<String, u32> = BTreeMap::new();
    for like in likes {
        *of_each
            .entry(like.target_message_id.clone().unwrap())
            .or_default() += 1;
    }
    let (lost, doubled) = (
        posted - stage.count(STATUSES).await,
        of_each.values().filter(|count| **count > 1).count(),
    );

    println!(
        "{}\nof {posted} statuses: {lost} lost; of {} likes: {doubled} doubled",
        table(&outcomes),
        of_each.len()
    );
    assert_eq!((lost, doubled), (0, 0));
    for outcome in &outcomes {
        assert!(outcome.until_normal < BOUND, "{:?}", outcome.trouble);
        // A process that sleeps cannot close its socket; WhatsApp does, when the next one logs in.
        let allowed = u64::from(matches!(outcome.trouble, Trouble::Asleep));
        assert!(outcome.doubled_sockets <= allowed, "{:?}", outcome.trouble);
    }
}

/// Sends that wait.
const UNSETTLED: &str = "SELECT count(*) FROM outbox WHERE settled_at IS NULL";
