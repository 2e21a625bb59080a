//! Servers in processes of their own, so that what each costs is its alone: this program once more, which its arguments tell
//! the server to be. A server prints its address, obeys orders line by line, and ends with its input.

#[expect(unused_imports, reason = "its tests run where it belongs")]
#[path = "../../src/cli/load/usage.rs"]
mod usage;

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use axum::Router;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpListener;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// The argument before the name of the server to be.
const SERVE: &str = "--serve";

/// A server that serves.
pub(super) struct ServerProcess {
    child: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    pid: u32,
    name: &'static str,
    pub(super) address: SocketAddr,
}

impl ServerProcess {
    /// Starts the server `name`.
    pub(super) async fn start(name: &'static str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([SERVE, name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = answers.next_line().await.unwrap().expect("the server starts");
        Self {
            orders: child.stdin.take().unwrap(),
            pid: child.id().unwrap(),
            name,
            address: address.parse().unwrap(),
            child,
            answers,
        }
    }

    /// Gives an order, and returns the answer when it is carried out.
    pub(super) async fn order(&mut self, order: &str) -> String {
        self.orders
            .write_all(format!("{order}\n").as_bytes())
            .await
            .unwrap();
        self.answers
            .next_line()
            .await
            .unwrap()
            .expect("the server answers")
    }

    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// The CPU time that it has used.
    pub(super) fn cpu(&self) -> Duration {
        usage::cpu(self.pid).expect("Linux counts it")
    }

    /// The memory that it holds, in KiB.
    pub(super) fn resident_kib(&self) -> u64 {
        usage::resident_kib(self.pid).expect("Linux counts it")
    }

    pub(super) async fn stop(self) {
        let Self {
            mut child, orders, ..
        } = self;
        drop(orders);
        child.wait().await.unwrap();
    }
}

/// The CPU time that a process and its children have used.
pub(super) fn cpu_with_children(pid: u32) -> Duration {
    usage::cpu_with_children(pid).expect("Linux counts it")
}

/// Measures, or is the server that the arguments name. Either takes one thread, and so one core at most. For
/// `cargo test --benches`, which only wants to know that it starts, it does nothing.
///
/// `measure` is told whether it is to be over in seconds.
pub(super) fn run(measure: impl AsyncFnOnce(bool), serve: impl AsyncFnOnce(&str)) {
    let arguments: Vec<String> = std::env::args().collect();
    let place = |name: &str| arguments.iter().position(|argument| argument == name);
    if place("--test").is_some() {
        return;
    }
    // A server and its clients have a descriptor for each connection.
    amda::server::raise_descriptor_limit();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        match place(SERVE) {
            Some(at) => serve(&arguments[at + 1]).await,
            None => measure(place("--small").is_some()).await,
        }
    });
}

/// Tells the address of the server, and carries out orders until the input ends. Each has an answer.
pub(super) async fn obey(address: SocketAddr, mut carry_out: impl AsyncFnMut(&str) -> String) {
    println!("{address}");
    while let Some(order) = next_order().await {
        println!("{}", carry_out(order.trim_end()).await);
    }
}

async fn next_order() -> Option<String> {
    let reading = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        let length = std::io::stdin().read_line(&mut line).unwrap();
        (length > 0).then_some(line)
    });
    reading.await.unwrap()
}

/// Serves `router`, and carries out orders until the input ends.
pub(super) async fn serve(router: Router, carry_out: impl AsyncFnMut(&str) -> String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    obey(address, carry_out).await;
}
