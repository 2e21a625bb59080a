//! An nginx of the test's own, with `deploy/nginx.conf` but for addresses and places.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, KeyPair};
use tempfile::TempDir;

use crate::support::database::open_to_passers;

/// Time in which a server starts.
const START_TIMEOUT: Duration = Duration::from_secs(20);

/// The folders in which nginx would put what it does not pass on at once.
const BUFFERS: [&str; 5] = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

/// Ends the server with the process id `$1` when this process closes the pipe, or is gone.
const SWEEP: &str = "while read -r _; do :; done; kill -TERM \"$1\" 2>/dev/null";

/// A running server; stopped when dropped.
pub(super) struct Nginx {
    pub(super) https: SocketAddr,
    pub(super) http: SocketAddr,
    folder: TempDir,
    server: Child,
    sweeper: Child,
}

/// The addresses at which a server listens.
pub(super) struct Listeners {
    pub(super) https: SocketAddr,
    pub(super) http: SocketAddr,
}

impl Nginx {
    /// A server that passes everything to `upstream`, and has no folder that it could write a request or an answer into.
    pub(super) fn start(
        upstream: SocketAddr,
        listeners: &Listeners,
        certificate: &CertifiedKey<KeyPair>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        open_to_passers(folder.path());
        let place = |name: &str| folder.path().join(name);
        fs::write(place("amda.pem"), certificate.cert.pem()).unwrap();
        fs::write(place("amda.key"), certificate.signing_key.serialize_pem()).unwrap();
        fs::write(place("site.conf"), site(upstream, listeners, folder.path())).unwrap();
        fs::write(place("nginx.conf"), around(folder.path())).unwrap();
        let mut server = Command::new("nginx")
            .args(["-e", "stderr", "-p"])
            .arg(folder.path())
            .arg("-c")
            .arg(place("nginx.conf"))
            .stdin(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("nginx does not start ({error}); apt-get install nginx"));
        let sweeper = Command::new("sh")
            .args(["-c", SWEEP, "sweep", &server.id().to_string()])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + START_TIMEOUT;
        while TcpStream::connect(listeners.https).is_err() {
            assert!(server.try_wait().unwrap().is_none(), "nginx ended");
            assert!(Instant::now() < deadline, "nginx does not listen");
            std::thread::yield_now();
        }
        for buffer in BUFFERS {
            fs::set_permissions(place(buffer), fs::Permissions::from_mode(0o500)).unwrap();
        }
        Self {
            https: listeners.https,
            http: listeners.http,
            folder,
            server,
            sweeper,
        }
    }

    /// The lines of the log of requests until now.
    pub(super) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("amda.log")).unwrap()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        drop(self.sweeper.stdin.take());
        self.sweeper.wait().unwrap();
        self.server.wait().unwrap();
    }
}

/// The site as it is shipped, with the test's addresses and places.
fn site(upstream: SocketAddr, listeners: &Listeners, folder: &Path) -> String {
    let shipped: String = include_str!("../../../deploy/nginx.conf")
        .lines()
        // A machine may have IPv4 alone.
        .filter(|line| !line.contains("[::]"))
        .flat_map(|line| [line, "\n"])
        .collect();
    let folder = folder.display();
    let replaced = [
        ("server 127.0.0.1:3000;", format!("server {upstream};")),
        ("listen 80;", format!("listen {};", listeners.http)),
        ("listen 443 ", format!("listen {} ", listeners.https)),
        ("/etc/ssl/amda.", format!("{folder}/amda.")),
        ("/var/log/nginx/amda.log", format!("{folder}/amda.log")),
    ];
    replaced.iter().fold(shipped, |site, (from, to)| {
        assert!(site.contains(from), "deploy/nginx.conf has no {from:?}");
        site.replace(from, to)
    })
}

/// The file around the site, which a distribution ships.
fn around(folder: &Path) -> String {
    let folder = folder.display();
    let buffers = BUFFERS.map(|name| format!("{name}_temp_path {folder}/{name};\n"));
    format!(
        "daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log stderr warn;\nevents {{ worker_connections 512; }}\n\
         http {{\n{}include {folder}/site.conf;\n}}\n",
        buffers.concat()
    )
}
