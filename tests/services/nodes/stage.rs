//! Three servers, their accounts, and all that they share.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use amda::id::NodeId;
use amda::simulator::{Event, Simulator, SimulatorConfig};
use serde_json::json;
use tempfile::TempDir;
use tokio_postgres::Client;
use uuid::Uuid;

use super::server::{Server, Ways};
use crate::redis::server::RedisServer;
use crate::support::app::{PASSWORD, TestUser};
use crate::support::database::{TestDatabase, connect, open_to_passers};
use crate::support::graphql::GraphqlClient;

/// Longest wait for anything. Only a failing test waits that long.
const WAIT_TIMEOUT: Duration = Duration::from_mins(1);

/// The phones of one user, an account for each server.
pub(super) const PHONES: [&str; 3] = ["5511900000001", "5511900000002", "5511900000003"];
/// Their number, as the database counts.
pub(super) const EACH: i64 = 3;
const BOB: &str = "5511800000701";

/// The statuses that were recorded.
pub(super) const STATUSES: &str = "SELECT count(*) FROM statuses";
/// The accounts that are online.
pub(super) const ONLINE: &str = "SELECT count(*) FROM accounts WHERE state = 'ONLINE'";
/// The servers that run an account.
pub(super) const OWNERS: &str =
    "SELECT count(DISTINCT node_id) FROM account_leases WHERE expires_at > clock_timestamp()";
/// Numbers that no event has, up to the highest.
pub(super) const MISSING_EVENTS: &str = "SELECT max(sequence) - count(*) FROM events";

pub(super) struct Stage {
    pub(super) simulator: Simulator,
    database: TestDatabase,
    redis: RedisServer,
    watcher: Client,
    folder: TempDir,
    /// The servers; none in the place of one that does not run.
    pub(super) servers: Vec<(Option<Server>, Ways)>,
    token: String,
}

impl Stage {
    /// Three servers, one of them behind a pooler, with an account each.
    pub(super) async fn open() -> Self {
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
            redis: RedisServer::start(),
            folder,
            servers: Vec::new(),
            token: String::new(),
        };
        for number in 0..PHONES.len() {
            let is_pooled = number == 1;
            let (urls, folder) = (stage.database.urls(), stage.folder.path());
            let ways = Ways::new(number, urls, &stage.redis, folder, is_pooled).await;
            stage.servers.push((None, ways));
            stage.start(number);
        }
        stage.register().await;
        for phone in PHONES {
            stage.link(phone).await;
        }
        stage.until_settled().await;
        stage
    }

    /// Starts the server of this number, which is new or has ended.
    pub(super) fn start(&mut self, number: usize) {
        let (server, ways) = &mut self.servers[number];
        *server = Some(Server::start(ways, self.folder.path(), &self.simulator));
    }

    /// A client of a server other than `number`.
    pub(super) fn user_beside(&self, number: usize) -> TestUser {
        let (server, _) = &self.servers[(number + 1) % self.servers.len()];
        TestUser::at(server.as_ref().expect("it runs").address, &self.token)
    }

    async fn register(&mut self) {
        let server = self.servers[0].0.as_ref().expect("it runs");
        let reply = GraphqlClient::new(server.address)
            .run(
                "mutation ($input: RegisterInput!) { register(input: $input) { accessToken errors { message } } }",
                json!({"input": {"email": "alice@example.org", "password": PASSWORD}}),
            )
            .await;
        reply
            .data("/register/accessToken")
            .as_str()
            .unwrap()
            .clone_into(&mut self.token);
        // The plan that may have three accounts.
        let grant = "UPDATE users SET granted_plan = 'PREMIUM', plan = 'PREMIUM'";
        self.watcher.execute(grant, &[]).await.unwrap();
    }

    async fn link(&self, phone: &str) {
        self.simulator.create_phone(phone, "Owner").await.unwrap();
        self.simulator.add_contact(phone, BOB, "Bob").await.unwrap();
        let user = self.user_beside(0);
        let account = user
            .link(async |code| self.simulator.scan(phone, code).await.unwrap())
            .await;
        user.run(
            "mutation ($like: UpdateAutoLikeSettingsInput!) { updateAutoLikeSettings(input: $like) { errors { message } } }",
            json!({"like": {"accountId": account, "settings": {"isEnabled": true}}}),
        )
        .await;
    }

    /// Waits until every account is online, and every server runs one.
    pub(super) async fn until_settled(&self) {
        self.until("every server runs an account", OWNERS, EACH).await;
        self.until("every account is online", ONLINE, EACH).await;
    }

    /// The number of a server that runs an account.
    pub(super) async fn an_owner(&self, among: u32) -> usize {
        let query = "SELECT DISTINCT node_id::text FROM account_leases
            WHERE node_id IS NOT NULL AND expires_at > clock_timestamp() ORDER BY 1";
        let rows = self.watcher.query(query, &[]).await.unwrap();
        let node: Uuid = rows[among as usize % rows.len()]
            .get::<_, String>(0)
            .parse()
            .unwrap();
        let node = NodeId::from(node).to_string();
        let is_owner =
            |(server, _): &(Option<Server>, Ways)| server.as_ref().is_some_and(|server| server.node == node);
        self.servers.iter().position(is_owner).expect("a server of these")
    }

    /// Lets Bob post a status that every account sees.
    pub(super) async fn posts(&self, text: &str) {
        for phone in PHONES {
            let event = json!({"kind": "status", "from": BOB, "text": text});
            let event: Event = serde_json::from_value(event).unwrap();
            self.simulator.perform(phone, event).await.unwrap();
        }
    }

    /// Waits for some seconds by PostgreSQL's clock, without a load of its own.
    pub(super) async fn pause(&self, seconds: f64) {
        self.watcher
            .execute("SELECT pg_sleep($1)", &[&seconds])
            .await
            .unwrap();
    }

    pub(super) async fn count(&self, query: &str) -> i64 {
        self.watcher.query_one(query, &[]).await.unwrap().get(0)
    }

    /// Waits until `query` counts `wanted`.
    pub(super) async fn until(&self, what: &str, query: &str, wanted: i64) {
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
            self.pause(0.05).await;
        }
    }

    /// The number of logins of each phone's device, and of those that found a socket open, of all.
    pub(super) async fn logins(&self) -> (BTreeMap<String, u64>, u64) {
        let phones = self.simulator.phones().await;
        let doubled = phones.iter().map(|phone| phone.doubled_logins).sum();
        let logins = phones.into_iter().map(|phone| (phone.number, phone.logins));
        (logins.collect(), doubled)
    }

    /// The newest gap that the user sees, which began since `since` of the database's clock.
    pub(super) async fn seen_since(&self, since: &str) -> String {
        let query = "SELECT reason, round(extract(epoch FROM ended_at - started_at)::numeric, 1)::text FROM connection_gaps
            WHERE started_at >= $1::text::timestamptz ORDER BY started_at DESC LIMIT 1";
        match self.watcher.query_opt(query, &[&since]).await.unwrap() {
            Some(row) => {
                let (reason, seconds): (String, Option<String>) = (row.get(0), row.get(1));
                format!("gap {reason}, {} s", seconds.unwrap_or_default())
            }
            None => "nothing".to_owned(),
        }
    }

    /// The database's time.
    pub(super) async fn now(&self) -> String {
        let row = self
            .watcher
            .query_one("SELECT clock_timestamp()::text", &[])
            .await;
        row.unwrap().get(0)
    }
}
