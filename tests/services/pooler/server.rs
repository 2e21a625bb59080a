//! A `PgBouncer` of the test's own in transaction mode, on a free port of loopback and in a folder of its own.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use amda::config::DatabaseUrls;
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;
use tokio_postgres::config::Host;

use crate::program::{Program, free_port};
use crate::support::database::{TestDatabase, open_to_passers};

/// Where Debian keeps it, which is not on everybody's path.
const PROGRAM: &str = "/usr/sbin/pgbouncer";
/// Number of sessions at the database for each role.
pub(crate) const SESSIONS: usize = 6;

/// A running pooler; killed when dropped.
pub(crate) struct Pooler {
    port: u16,
    _program: Program,
    _folder: TempDir,
}

impl Pooler {
    /// A pooler in front of the server of `database` that takes the session that has rested longest for each transaction, so
    /// that hardly two of a connection get the same.
    pub(crate) fn start(database: &TestDatabase) -> Self {
        Self::start_with(&socket_folder(database), "server_round_robin = 1")
    }

    /// A pooler that takes back the session that was used last, so that a single connection keeps the same.
    pub(crate) fn start_sticky(database: &TestDatabase) -> Self {
        Self::start_with(&socket_folder(database), "server_round_robin = 0")
    }

    /// As [`Self::start`], in front of the server whose socket lies in `folder`.
    pub(crate) fn start_before(folder: &Path) -> Self {
        Self::start_with(folder, "server_round_robin = 1")
    }

    fn start_with(socket_folder: &Path, setting: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        open_to_passers(folder.path());
        let (port, users) = (free_port(), folder.path().join("users"));
        let settings = folder.path().join("pgbouncer.ini");
        std::fs::write(&users, "\"postgres\" \"\"\n\"amda_app\" \"\"\n").unwrap();
        let mut text = format!("[databases]\n* = host={}\n[pgbouncer]\n", socket_folder.display());
        writeln!(
            text,
            "listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir ="
        )
        .unwrap();
        writeln!(text, "auth_type = trust\nauth_file = {}", users.display()).unwrap();
        writeln!(
            text,
            "pool_mode = transaction\ndefault_pool_size = {SESSIONS}\n{setting}"
        )
        .unwrap();
        std::fs::write(&settings, text).unwrap();
        let mut command = Command::new(PROGRAM);
        // It does not run as root.
        if rustix::process::geteuid().is_root() {
            command.args(["-u", "postgres"]);
        }
        command.arg(&settings);
        Self {
            port,
            _program: Program::start(&mut command, "pgbouncer", port),
            _folder: folder,
        }
    }

    /// The address of `url` through the pooler, which is not named as one.
    pub(crate) fn unnamed(&self, url: &SecretString) -> SecretString {
        let config: tokio_postgres::Config = url.expose_secret().parse().unwrap();
        let (role, database) = (config.get_user().unwrap(), config.get_dbname().unwrap());
        format!("postgresql://{role}@127.0.0.1:{}/{database}", self.port).into()
    }

    /// The URLs of `database` with the server behind the pooler, which hears of others at `direct`.
    pub(crate) fn urls(&self, database: &DatabaseUrls, direct: Option<SecretString>) -> DatabaseUrls {
        let unnamed = self.unnamed(&database.app);
        DatabaseUrls {
            app: format!("{}?pgbouncer=true", unnamed.expose_secret()).into(),
            owner: database.owner.clone(),
            direct,
        }
    }
}

/// The folder of the socket of the server of `database`.
fn socket_folder(database: &TestDatabase) -> PathBuf {
    let config: tokio_postgres::Config = database.app_url().expose_secret().parse().unwrap();
    match config.get_hosts() {
        [Host::Unix(folder)] => folder.clone(),
        other => panic!("the tests' database is reached by a socket, not {other:?}"),
    }
}
