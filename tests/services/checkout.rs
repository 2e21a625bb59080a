//! Premium bought in a real browser, from the running demonstration.

use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::node::Script;
use crate::support::database::open_to_passers;

const GOOD: &str = "4242424242424242";

const DECLINED: &str = "4000000000000002";

/// The quota whose limit is seen to disappear.
const QUOTA: &str = "VIEW_ONCE_CAPTURES";

/// A browser with the page of a running demonstration.
struct Browser(Script);

impl Browser {
    async fn sign_in(address: &str) -> Self {
        let chromium = std::env::var("AMDA_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
        assert!(
            Path::new(&chromium).is_file(),
            "install Chromium, or name it in AMDA_CHROMIUM: {chromium} is missing"
        );
        let mut browser = Self(Script::start("browser/upgrade.mjs"));
        let user = json!({"address": address, "email": "free@amda.local", "password": "demo-password"});
        assert_eq!(browser.ask(json!({ "signIn": user })).await, json!([]));
        browser
    }

    async fn ask(&mut self, action: Value) -> Value {
        let mut answer = self.0.ask(&action).await;
        assert_eq!(answer["error"], Value::Null, "{action}");
        answer["value"].take()
    }

    async fn limit(&mut self) -> Value {
        self.ask(json!({ "limit": QUOTA })).await
    }

    /// Pays with `card`; answers what the page complains of.
    async fn buy(&mut self, card: &str) -> Value {
        self.ask(json!({"buy": {"interval": "MONTHLY", "card": card}}))
            .await
    }
}

/// Starts the demonstration in `folder`; returns it with its address.
async fn demonstration(folder: &Path) -> (Child, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_amda"));
    command
        .args([
            "serve",
            "--simulate",
            "--listen",
            "127.0.0.1:0",
            "--simulator-listen",
            "127.0.0.1:0",
        ])
        .env("AMDA_STRIPE_SIMULATOR_LISTEN", "127.0.0.1:0")
        .env("AMDA_DATA_DIR", folder.join("data"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let output: OwnedFd = child.stdout.take().unwrap().into_owned_fd().unwrap();
    let welcome = tokio::task::spawn_blocking(move || {
        let lines = BufReader::new(std::fs::File::from(output)).lines();
        let lines = lines.map_while(Result::ok);
        let told: Vec<String> = lines
            .take_while(|line| !line.contains("Stop with Ctrl-C"))
            .collect();
        told.join("\n")
    });
    let welcome = welcome.await.unwrap();
    let address = welcome.split_once("GraphiQL   ").unwrap().1;
    let address = address.split_once("/graphql").unwrap().0;
    (child, address.to_owned())
}

/// Lets the demonstration end as an operator does, and its database with it.
async fn stop(mut demonstration: Child) {
    let id = i32::try_from(demonstration.id().unwrap()).unwrap();
    kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
    assert!(demonstration.wait().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_free_user_buys_premium_in_a_browser_and_the_limit_disappears_live() {
    let folder = tempfile::tempdir().unwrap();
    open_to_passers(folder.path());
    let (demonstration, address) = demonstration(folder.path()).await;
    let mut browser = Browser::sign_in(&address).await;
    browser.ask(json!({"listen": true})).await;
    assert_eq!(browser.limit().await, 3);

    let declined = browser.buy(DECLINED).await;
    assert!(declined.as_str().unwrap().contains("declined"), "{declined}");
    assert_eq!(browser.limit().await, 3);
    assert_eq!(browser.buy(GOOD).await, Value::Null);

    browser
        .ask(json!({"heard": "BILLING_SUBSCRIPTION_CHANGED"}))
        .await;
    browser.ask(json!({"heard": "PLAN_CHANGED"})).await;
    assert_eq!(browser.limit().await, Value::Null);
    stop(demonstration).await;
}
