//! A list of AMDA's, and the statements by which it is read.

use std::fs;
use std::path::Path;
use std::time::Duration;

use amda::config::{DatabaseConfig, EmbeddedConfig};
use amda::db::embedded::{Programs, programs, running_url};
use amda::features::users::find_by_email;
use amda::kinds::EventKind;
use serde_json::{Value, json};
use tokio::process::Command;

use super::amda_server::start_with_high_limits;
use super::server_process::{ServerProcess, obey};

/// A page of the events of the user. It has one more row than is shown, by which AMDA knows whether another page follows.
pub(super) const QUERY: &str = "{ viewer { events(first: 20) { nodes { sequence kind occurredAt } } } }";
/// Number of events that there are.
const EVENTS: usize = 1_000;
const EMAIL: &str = "bench@example.org";

/// Number of connections of pgbench: as many as the operations of one user that AMDA runs at once.
const CONNECTIONS: &str = "4";

/// The list of a user.
pub(super) struct List {
    /// The access token of the user.
    pub(super) token: String,
    /// The process id of PostgreSQL.
    pub(super) postgres: u32,
    user: String,
    /// The folder of PostgreSQL.
    folder: String,
}

impl List {
    /// Asks the server for it.
    pub(super) async fn of(server: &mut ServerProcess) -> Self {
        let told: Value = serde_json::from_str(&server.order("list").await).unwrap();
        let text = |name: &str| told[name].as_str().unwrap().to_owned();
        let folder = text("folder");
        let lock = fs::read_to_string(Path::new(&folder).join("cluster/postmaster.pid")).unwrap();
        Self {
            token: text("token"),
            postgres: lock.lines().next().unwrap().trim().parse().unwrap(),
            user: text("user"),
            folder,
        }
    }

    /// The number of times that pgbench runs the statements of the list in a second; none without a pgbench.
    pub(super) async fn transactions_per_second(&self, time: Duration) -> Option<f64> {
        let config = EmbeddedConfig {
            folder: self.folder.clone().into(),
            binaries: None,
            durable: true,
        };
        let Programs::Installed { folder, .. } = programs(&config).unwrap() else {
            return None;
        };
        let program = folder.join("pgbench");
        if !program.exists() {
            return None;
        }
        let script = tempfile::NamedTempFile::new().unwrap();
        fs::write(script.path(), self.statements()).unwrap();
        // As the role that AMDA works as, which the policies of the tables bind.
        let url = running_url(&config)
            .unwrap()
            .replacen("//postgres@", "//amda_app@", 1);
        let output = Command::new(program)
            .args(["--no-vacuum", "--protocol=prepared", "--client", CONNECTIONS])
            .arg(format!("--time={}", time.as_secs()))
            .arg("--file")
            .arg(script.path())
            .arg(url)
            .output()
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        let tps = text.lines().find_map(|line| line.strip_prefix("tps = "));
        let tps = tps.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        assert!(tps.is_some(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        tps
    }

    fn statements(&self) -> String {
        let user = &self.user;
        format!(
            "BEGIN;
SELECT set_config('amda.user_id', '{user}', true);
SELECT sequence, kind, account_id, subject_id, occurred_at FROM events WHERE user_id = '{user}' ORDER BY sequence LIMIT 21;
ROLLBACK;
"
        )
    }
}

/// Is AMDA, with a user who has events.
pub(super) async fn serve() {
    let app = start_with_high_limits().await;
    let core = &app.app.services.core;
    let viewer = app.register(EMAIL).await;
    let user = find_by_email(&core.db, EMAIL).await.unwrap().unwrap();
    let mut work = core.begin(user).await.unwrap();
    for _ in 0..EVENTS {
        work.emit_each(EventKind::ProfileChanged, None, user);
    }
    work.commit().await.unwrap();
    let DatabaseConfig::Embedded(EmbeddedConfig { folder, .. }) = &app.config.database else {
        panic!("AMDA runs a PostgreSQL of its own");
    };
    let list = json!({ "token": viewer.token, "user": user.as_uuid(), "folder": folder }).to_string();
    obey(app.app.address, async |_| list.clone()).await;
    app.stop().await;
}
