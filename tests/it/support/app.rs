//! The whole of AMDA with a database, a data folder and a simulated WhatsApp of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use amda::app::{App, Tuning};
use amda::clock::SharedClock;
use amda::config::{Config, DatabaseConfig, Flags};
use amda::features::Delay;
use amda::features::users::{self, Limits};
use amda::plan::Plan;
use amda::simulator::{Event, Fault, Simulator};
use amda::whatsapp::Timing;
use amda::whatsapp::outbox::Budget;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use super::database::{TestDatabase, open_to_passers};
use super::graphql::GraphqlClient;
use super::websocket::{SOON, Socket};

/// The password of everybody.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// A running server that nobody else uses. Stop it with [`TestApp::stop`] to prove that it stops cleanly.
pub(crate) struct TestApp {
    pub(crate) app: Box<App>,
    /// What it runs with, to start it again.
    pub(crate) config: Config,
    pub(crate) database: TestDatabase,
    data: TempDir,
}

impl TestApp {
    /// Starts everything.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts everything with something of the configuration changed.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_tuned(change, tuning()).await
    }

    /// Starts everything by another clock than the machine's.
    pub(crate) async fn start_by(clock: SharedClock) -> Self {
        Self::start_tuned(|_| {}, Tuning { clock, ..tuning() }).await
    }

    /// Starts everything with automatic actions that wait this long.
    pub(crate) async fn start_delayed(wait: Duration) -> Self {
        let delay = Delay {
            soonest: wait,
            latest: wait,
        };
        Self::start_tuned(|_| {}, Tuning { delay, ..tuning() }).await
    }

    /// Starts everything with the limits that hold in service.
    pub(crate) async fn start_limited() -> Self {
        let limits = Some(Limits::in_service());
        Self::start_tuned(|_| {}, Tuning { limits, ..tuning() }).await
    }

    /// Starts everything with something of the configuration and of the tuning changed.
    pub(crate) async fn start_tuned(change: impl FnOnce(&mut Config), tuning: Tuning) -> Self {
        let database = TestDatabase::create().await;
        let data = tempfile::tempdir().unwrap();
        open_to_passers(data.path());
        let mut config = config(&database, data.path());
        change(&mut config);
        let app = Box::pin(App::start(&config, tuning))
            .await
            .expect("the server starts");
        Self {
            app: Box::new(app),
            config,
            database,
            data,
        }
    }

    /// Stops the server and starts it again on the same data; the simulator keeps running through its own data folder.
    pub(crate) async fn restart(self) -> Self {
        let Self {
            app,
            config,
            database,
            data,
        } = self;
        Box::pin(app.stop()).await.expect("the server stops");
        let app = Box::pin(App::start(&config, tuning()))
            .await
            .expect("the server starts again");
        Self {
            app: Box::new(app),
            config,
            database,
            data,
        }
    }

    /// Stops the server; everything in it must end well.
    pub(crate) async fn stop(self) {
        Box::pin(self.app.stop()).await.expect("the server stops");
    }

    pub(crate) fn simulator(&self) -> &Simulator {
        self.app
            .simulation
            .simulator()
            .expect("tests run with the simulator")
    }

    /// A client that is not signed in.
    pub(crate) fn client(&self) -> GraphqlClient {
        GraphqlClient::new(self.app.address)
    }

    /// Registers somebody and signs them in.
    pub(crate) async fn register(&self, email: &str) -> TestUser {
        let reply = self
            .client()
            .run(
                "mutation ($input: RegisterInput!) { register(input: $input) { accessToken errors { message } } }",
                json!({"input": {"email": email, "password": PASSWORD}}),
            )
            .await;
        let token = reply
            .data("/register/accessToken")
            .as_str()
            .expect("a new user is signed in")
            .to_owned();
        TestUser::at(self.app.address, &token)
    }

    /// Signs somebody in who registered before.
    pub(crate) async fn log_in(&self, email: &str) -> TestUser {
        let reply = self
            .client()
            .run(
                "mutation ($input: LogInInput!) { logIn(input: $input) { accessToken errors { message } } }",
                json!({"input": {"email": email, "password": PASSWORD}}),
            )
            .await;
        let token = reply
            .data("/logIn/accessToken")
            .as_str()
            .expect("the password is right")
            .to_owned();
        TestUser::at(self.app.address, &token)
    }

    /// A Premium user with a linked and listening phone, everything turned on.
    pub(crate) async fn premium_with_phone(&self, email: &str, number: &str) -> (TestUser, TestPhone) {
        let user = self.register(email).await;
        users::set_plan(&self.app.services.core, email, Plan::Premium)
            .await
            .unwrap();
        let phone = self.link_phone(&user, number).await;
        user.run(
            "mutation ($like: UpdateAutoLikeSettingsInput!, $keep: UpdateViewOnceSettingsInput!) {
                updateAutoLikeSettings(input: $like) { errors { message } }
                updateViewOnceSettings(input: $keep) { errors { message } }
            }",
            json!({
                "like": {"accountId": phone.account, "settings": {"isEnabled": true}},
                "keep": {
                    "accountId": phone.account,
                    "settings": {"isEnabled": true},
                    "acknowledgesPrivacyNotice": true,
                },
            }),
        )
        .await;
        (user, phone)
    }

    /// Makes a simulated phone and links it by QR code, as a person would.
    pub(crate) async fn link_phone(&self, user: &TestUser, number: &str) -> TestPhone {
        self.simulator().create_phone(number, "Owner").await.unwrap();
        self.link_existing_phone(user, number).await
    }

    /// Links a phone that exists.
    pub(crate) async fn link_existing_phone(&self, user: &TestUser, number: &str) -> TestPhone {
        let simulator = self.simulator();
        let account = user
            .link(async |code| simulator.scan(number, code).await.unwrap())
            .await;
        TestPhone {
            number: number.to_owned(),
            account,
            simulator: simulator.clone(),
        }
    }
}

/// Somebody who is signed in.
pub(crate) struct TestUser {
    pub(crate) client: GraphqlClient,
    pub(crate) token: String,
    address: SocketAddr,
}

impl TestUser {
    /// Somebody who is signed in by `token`, at the server at `address`.
    pub(crate) fn at(address: SocketAddr, token: &str) -> Self {
        Self {
            client: GraphqlClient::new(address).signed_in(token),
            token: token.to_owned(),
            address,
        }
    }

    /// Runs an operation that must succeed, and answers with its data.
    pub(crate) async fn run(&self, query: &str, variables: Value) -> Value {
        self.client.run(query, variables).await.data("").clone()
    }

    /// Links an account whose phone scans the code that is shown, and waits until it is online; answers with its id.
    pub(crate) async fn link(&self, scan: impl AsyncFnOnce(&str)) -> String {
        let linked = self
            .run(
                "mutation { linkAccount(input: {label: \"Phone\"}) { account { id } errors { message } } }",
                json!({}),
            )
            .await;
        let account = linked
            .pointer("/linkAccount/account/id")
            .and_then(Value::as_str)
            .unwrap()
            .to_owned();
        let mut progress = self
            .subscribe(
                "subscription ($id: ID!) { linkProgress(accountId: $id) { state qr { code } } }",
                json!({"id": account}),
            )
            .await;
        let mut scan = Some(scan);
        loop {
            let event = progress.next_event(SOON).await;
            let progress = &event["linkProgress"];
            match progress["state"].as_str().unwrap() {
                "AWAITING_QR" => {
                    if let Some(scan) = scan.take() {
                        scan(progress["qr"]["code"].as_str().unwrap()).await;
                    }
                }
                "ONLINE" => return account,
                _ => {}
            }
        }
    }

    /// A socket of theirs.
    pub(crate) async fn socket(&self) -> Socket {
        Socket::open(self.address, Some(&self.token)).await
    }

    /// Subscribes on a socket of its own.
    pub(crate) async fn subscribe(&self, query: &str, variables: Value) -> Socket {
        let mut socket = self.socket().await;
        socket.subscribe(query, variables).await;
        socket
    }

    /// Subscribes to what happens from now on, on a socket of its own: nothing is missed, however late the server hears of
    /// the subscription.
    pub(crate) async fn subscribe_from_now(&self, field: &str, selection: &str) -> Socket {
        let mut now = self.run("{ viewer { eventCursor } }", json!({})).await;
        let after = now["viewer"]["eventCursor"].take();
        let query = format!("subscription ($after: Cursor) {{ {field}(after: $after) {{ {selection} }} }}");
        self.subscribe(&query, json!({ "after": after })).await
    }

    /// Asks until the answer satisfies `is_enough`, as a person who reloads a page would.
    pub(crate) async fn until(
        &self,
        query: &str,
        variables: Value,
        is_enough: impl Fn(&Value) -> bool,
    ) -> Value {
        let asking = async {
            let mut bell = self.subscribe_from_now("events", "sequence").await;
            loop {
                let answer = self.run(query, variables.clone()).await;
                if is_enough(&answer) {
                    return answer;
                }
                bell.next_event(SOON).await;
            }
        };
        timeout(Duration::from_secs(40), asking)
            .await
            .expect("the answer came in time")
    }
}

/// A linked simulated phone.
pub(crate) struct TestPhone {
    pub(crate) number: String,
    /// The account's global id.
    pub(crate) account: String,
    pub(crate) simulator: Simulator,
}

impl TestPhone {
    /// Gives the phone a contact; answers with their number.
    pub(crate) async fn contact(&self, number: &str, name: &str) -> String {
        self.simulator
            .add_contact(&self.number, number, name)
            .await
            .unwrap();
        number.to_owned()
    }

    /// Lets something go wrong on WhatsApp.
    pub(crate) async fn fail(&self, fault: Value) {
        let fault: Fault = serde_json::from_value(fault).expect("the simulator knows this kind of fault");
        self.simulator.fail(&self.number, fault).await.unwrap();
    }

    /// Lets something happen on WhatsApp; answers with the message's id.
    pub(crate) async fn happen(&self, event: Value) -> String {
        let event: Event = serde_json::from_value(event).expect("the simulator knows this kind of event");
        self.simulator.perform(&self.number, event).await.unwrap()
    }
}

fn config(database: &TestDatabase, data_dir: &Path) -> Config {
    let environment = [
        ("AMDA_LISTEN", "127.0.0.1:0"),
        ("AMDA_SIMULATE", "true"),
        ("AMDA_SIMULATOR_LISTEN", "127.0.0.1:0"),
        ("AMDA_DATA_DIR", data_dir.to_str().unwrap()),
    ];
    let environment = environment
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let mut config =
        Config::read(&Flags::default(), &environment).expect("the test's configuration is right");
    config.database = DatabaseConfig::Urls(database.urls().clone());
    // A test that buys brings a Stripe of its own.
    config.stripe_simulator = None;
    config
}

/// As in service, but quick: a cheap password hash, and likes that follow their statuses at once.
pub(crate) fn tuning() -> Tuning {
    let budget = Budget {
        per_minute: 10_000,
        per_hour: 10_000,
        least_gap: Duration::ZERO,
        most_gap: Duration::ZERO,
        least_typing: Duration::ZERO,
        most_typing: Duration::ZERO,
        again_after: Duration::from_millis(100),
        ..Budget::USUAL
    };
    let timing = Timing {
        first_retry: Duration::from_millis(200),
        ..Timing::USUAL
    };
    Tuning {
        password_cost: 4,
        limits: None,
        budget,
        delay: Delay::NONE,
        timing,
        // What is asked for is read, because a test must not wait.
        metrics_age: Duration::ZERO,
        ..Tuning::in_service()
    }
}
