//! Dumps of the database, written and read by PostgreSQL's own programs.
//!
//! Both work as the owner of the tables, whom row-level security does not bind. The password reaches them through the
//! environment, because everybody on the machine can read their arguments.

use std::io::{self, Read, Write};
use std::process::{Child, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};

use diesel::QueryableByName;
use diesel::sql_types::Integer;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio_postgres::config::{Host, SslMode};

use super::address::Address;
use super::embedded::{ClientProgram, cause, find_clients};
use super::tls::{Roots, Verification};
use super::{DbError, connect, tables};
use crate::config::DatabaseConfig;

/// Error of dumping or restoring the database.
#[derive(Debug, Error)]
pub enum DumpError {
    /// No program of a fitting version is installed.
    #[error(
        "PostgreSQL {server} needs the program {name} of version {server} or newer, and {}; install it (`{}`), or put its \
         folder on PATH",
        told(.found),
        install(*.server)
    )]
    NoProgram {
        /// The program.
        name: &'static str,
        /// The server's major version.
        server: u32,
        /// The major versions that are installed.
        found: Vec<u32>,
    },
    /// The program could not be started.
    #[error("cannot run {name}")]
    Spawn {
        /// The program.
        name: &'static str,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// The program failed.
    #[error("{name} failed ({status}): {output}")]
    Failed {
        /// The program.
        name: &'static str,
        /// Its exit status.
        status: ExitStatus,
        /// Its complaint.
        output: String,
    },
    /// The database has tables.
    #[error(
        "the database is not empty (it holds {tables}); a backup is restored into an empty one: create it anew with `DROP \
         DATABASE` and `CREATE DATABASE`, or name another in both URLs"
    )]
    NotEmpty {
        /// Those tables.
        tables: String,
    },
    /// The URL or the connection failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

fn told(majors: &[u32]) -> String {
    if majors.is_empty() {
        return "none is installed".to_owned();
    }
    let majors: Vec<String> = majors.iter().map(ToString::to_string).collect();
    format!("only version {} is installed", majors.join(", "))
}

fn install(server: u32) -> String {
    if cfg!(target_os = "macos") {
        format!("brew install postgresql@{server}")
    } else {
        format!("sudo apt-get install -y postgresql-client-{server}")
    }
}

/// One of PostgreSQL's programs that fits a server.
#[derive(Debug)]
pub struct DumpProgram {
    name: &'static str,
    program: ClientProgram,
    /// The environment by which it logs in.
    login: Vec<(&'static str, SecretString)>,
}

impl DumpProgram {
    /// The `pg_dump` for the server of `owner`.
    ///
    /// # Errors
    /// [`DumpError::NoProgram`] or [`DumpError::Db`].
    pub async fn to_dump(config: &DatabaseConfig, owner: &SecretString) -> Result<Self, DumpError> {
        Self::find("pg_dump", config, owner).await
    }

    /// The `pg_restore` for the server of `owner`.
    ///
    /// # Errors
    /// [`DumpError::NoProgram`] or [`DumpError::Db`].
    pub async fn to_restore(config: &DatabaseConfig, owner: &SecretString) -> Result<Self, DumpError> {
        Self::find("pg_restore", config, owner).await
    }

    async fn find(
        name: &'static str,
        config: &DatabaseConfig,
        owner: &SecretString,
    ) -> Result<Self, DumpError> {
        let server = server_major(&mut connect(owner).await?).await?;
        let login = login(&Address::parse(owner.expose_secret()).map_err(DbError::connect)?);
        let clients = find_clients(name, config);
        let found = clients.iter().map(|client| client.major).collect();
        let program = choose(clients, server).ok_or(DumpError::NoProgram { name, server, found })?;
        Ok(Self { name, program, login })
    }

    /// Its major version.
    pub const fn major(&self) -> u32 {
        self.program.major
    }

    /// Dumps the whole database, as of one moment; `take` reads the dump. Blocks the thread.
    ///
    /// # Errors
    /// The error of `take`, or [`DumpError::Spawn`] or [`DumpError::Failed`].
    pub fn dump<E: From<DumpError>>(
        &self,
        take: impl FnOnce(&mut dyn Read) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut running = self.spawn(&["--format=custom"], Stdio::null(), Stdio::piped())?;
        let output = running.child.stdout.take();
        let mut output = output.expect("the child's output was asked to be a pipe");
        let taken = take(&mut output);
        running.kill_unless(taken.is_ok());
        drop(output);
        self.end(running, taken)
    }

    /// Restores a dump that `feed` writes, whole or not at all. Blocks the thread.
    ///
    /// # Errors
    /// The error of `feed`, or [`DumpError::Spawn`] or [`DumpError::Failed`].
    pub fn restore<E: From<DumpError>>(
        &self,
        feed: impl FnOnce(&mut dyn Write) -> Result<(), E>,
    ) -> Result<(), E> {
        let arguments = ["--single-transaction", "--exit-on-error"];
        let mut running = self.spawn(&arguments, Stdio::piped(), Stdio::null())?;
        let input = running.child.stdin.take();
        let mut input = input.expect("the child's input was asked to be a pipe");
        let fed = feed(&mut input);
        running.kill_unless(fed.is_ok());
        drop(input);
        self.end(running, fed)
    }

    fn spawn(&self, arguments: &[&str], input: Stdio, output: Stdio) -> Result<Running, DumpError> {
        let mut command = self.program.command();
        // Roles and privileges belong to the cluster; `migrate` makes them anew.
        command
            .args(["--no-owner", "--no-privileges", "--no-password"])
            .args(arguments);
        if self.name == "pg_restore" {
            // Without a database it would print SQL; the name is a connection string of nothing but the environment.
            command.arg("--dbname=application_name=amda");
        }
        command.envs(
            self.login
                .iter()
                .map(|(name, value)| (name, value.expose_secret())),
        );
        command.stdin(input).stdout(output).stderr(Stdio::piped());
        let spawn_error = |source| DumpError::Spawn {
            name: self.name,
            source,
        };
        let mut child = command.spawn().map_err(spawn_error)?;
        let complaints = child.stderr.take();
        let mut complaints = complaints.expect("the child's complaints were asked to be a pipe");
        let complaints = thread::spawn(move || {
            let mut text = Vec::new();
            // What cannot be read is missing from a message, and nothing else.
            let _ = complaints.read_to_end(&mut text);
            text
        });
        Ok(Running { child, complaints })
    }

    /// Waits for the end of the program. Its own complaint is told rather than that of `done`, which it may have caused.
    fn end<E: From<DumpError>>(&self, running: Running, done: Result<(), E>) -> Result<(), E> {
        let Running {
            mut child,
            complaints,
        } = running;
        let status = child.wait().map_err(|source| DumpError::Spawn {
            name: self.name,
            source,
        })?;
        let output = complaints.join().unwrap_or_default();
        match done {
            Ok(()) if status.success() => Ok(()),
            // A killed one says nothing.
            Err(error) if status.success() || output.is_empty() => Err(error),
            _ => Err(DumpError::Failed {
                name: self.name,
                status,
                output: cause(&output),
            }
            .into()),
        }
    }
}

/// A program that runs.
struct Running {
    child: Child,
    complaints: JoinHandle<Vec<u8>>,
}

impl Running {
    /// Kills it, so that it neither complains of a pipe that ends too early nor takes that for the end of the dump.
    fn kill_unless(&mut self, is_wanted: bool) {
        if !is_wanted {
            // One that has ended cannot be killed and need not be.
            let _ = self.child.kill();
        }
    }
}

/// The program of the server's version, else of the next newer one.
fn choose(clients: Vec<ClientProgram>, server: u32) -> Option<ClientProgram> {
    let fitting = clients.into_iter().filter(|client| client.major >= server);
    fitting.min_by_key(|client| client.major)
}

/// The environment by which libpq logs in to `address`.
fn login(address: &Address) -> Vec<(&'static str, SecretString)> {
    let config = &address.config;
    let hosts: Vec<String> = config
        .get_hosts()
        .iter()
        .map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(folder) => folder.to_string_lossy().into_owned(),
        })
        .collect();
    let ports: Vec<String> = config.get_ports().iter().map(ToString::to_string).collect();
    let password = config
        .get_password()
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let (mode, roots) = protection(config.get_ssl_mode(), &address.verification);
    let values = [
        ("PGHOST", Some(hosts.join(","))),
        ("PGPORT", Some(ports.join(","))),
        ("PGUSER", config.get_user().map(str::to_owned)),
        (
            "PGDATABASE",
            config.get_dbname().or(config.get_user()).map(str::to_owned),
        ),
        ("PGPASSWORD", password),
        ("PGSSLMODE", Some(mode.to_owned())),
        ("PGSSLROOTCERT", roots),
    ];
    let given = values
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)));
    given.map(|(name, value)| (name, value.into())).collect()
}

/// The protection of the connection in libpq's words: its mode, and the authorities that vouch for the server.
fn protection(mode: SslMode, verification: &Verification) -> (&'static str, Option<String>) {
    let roots = |roots: &Roots| match roots {
        Roots::System => "system".to_owned(),
        Roots::File(file) => file.to_string_lossy().into_owned(),
    };
    match (verification, mode) {
        (Verification::None, SslMode::Disable) => ("disable", None),
        (Verification::None, SslMode::Require) => ("require", None),
        (Verification::None, _) => ("prefer", None),
        // libpq trusts the system's authorities only where it checks the server's name too.
        (Verification::Authority(Roots::System), _) => ("verify-full", Some("system".to_owned())),
        (Verification::Authority(named), _) => ("verify-ca", Some(roots(named))),
        (Verification::Full(named), _) => ("verify-full", Some(roots(named))),
    }
}

#[derive(QueryableByName)]
struct Major {
    #[diesel(sql_type = Integer)]
    major: i32,
}

async fn server_major(conn: &mut AsyncPgConnection) -> Result<u32, DbError> {
    let query = "SELECT current_setting('server_version_num')::integer / 10000 AS major";
    let Major { major } = diesel::sql_query(query).get_result(conn).await?;
    Ok(u32::try_from(major).unwrap_or_default())
}

/// The major version of the server of `owner`, whose database must hold no table.
///
/// # Errors
/// [`DumpError::NotEmpty`] or [`DumpError::Db`].
pub async fn require_empty(owner: &SecretString) -> Result<u32, DumpError> {
    let mut conn = connect(owner).await?;
    let tables = tables::all(&mut conn).await.map_err(DbError::from)?;
    if tables.is_empty() {
        return Ok(server_major(&mut conn).await?);
    }
    let first: Vec<&str> = tables.iter().take(3).map(String::as_str).collect();
    Err(DumpError::NotEmpty {
        tables: format!("{} tables, among them {}", tables.len(), first.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_of_the_servers_version_is_taken_and_no_older_one() {
        let client = |major| ClientProgram {
            path: format!("/pg/{major}").into(),
            major,
        };
        let installed = || vec![client(18), client(15), client(17)];

        assert_eq!(choose(installed(), 17), Some(client(17)));
        assert_eq!(choose(installed(), 16), Some(client(17)));
        assert_eq!(choose(installed(), 19), None);
    }

    #[test]
    fn a_program_logs_in_by_its_environment_as_the_url_says() {
        let url =
            "postgresql://boss:p%40ss@db.example.org:5433/amda?sslmode=verify-full&sslrootcert=/etc/ca.pem";

        let login = login(&Address::parse(url).unwrap());

        let told = |name: &str| {
            let value = login.iter().find(|(given, _)| *given == name);
            value.map(|(_, value)| value.expose_secret().to_owned())
        };
        assert_eq!(told("PGHOST").as_deref(), Some("db.example.org"));
        assert_eq!(told("PGPORT").as_deref(), Some("5433"));
        assert_eq!(told("PGUSER").as_deref(), Some("boss"));
        assert_eq!(told("PGDATABASE").as_deref(), Some("amda"));
        assert_eq!(told("PGPASSWORD").as_deref(), Some("p@ss"));
        assert_eq!(told("PGSSLMODE").as_deref(), Some("verify-full"));
        assert_eq!(told("PGSSLROOTCERT").as_deref(), Some("/etc/ca.pem"));
    }
}
