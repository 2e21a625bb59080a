//! One event to many subscribers: by AMDA, by the stock subscriptions of async-graphql-axum, and by bare WebSockets of axum
//! that are sent the same bytes.
//!
//! Each server is a process of one thread, and all subscribers are another. A burst is published in rounds smaller than what a
//! subscriber may be behind, each when everybody has heard the one before; the delays are those of ten events a second, from
//! the order to publish, which AMDA commits to its PostgreSQL first. Prints figures and judges nothing:
//! `cargo bench --bench fanout`, or `cargo bench --bench fanout -- --small` for a try with few subscribers.

#![recursion_limit = "256"]
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

mod amda_server;
mod audience;
mod event_servers;
#[expect(dead_code, reason = "another benchmark uses the rest of it")]
mod server_process;
mod stock;
mod subscriber;
#[expect(dead_code, reason = "the tests use the rest of it")]
#[path = "../it/support/mod.rs"]
mod support;
mod topics;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::{sleep, sleep_until};

use audience::Audience;
use server_process::ServerProcess;
use support::app::PASSWORD;
use support::graphql::GraphqlClient;

const SERVERS: [&str; 3] = ["AMDA", "async-graphql-axum", "axum"];
const COLUMNS: &str = "| server | users | sockets | bytes/message | burst, messages/s | CPU, us/message | p50, ms | p99, ms | KiB/socket |
|---|---|---|---|---|---|---|---|---|";

/// Number of events that are published at a steady rate, and the time between them.
const STEADY: usize = 100;
const STEADY_EVERY: Duration = Duration::from_millis(100);
/// Time after which every subscription has begun, and the server's memory has settled.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

const REGISTER: &str =
    "mutation ($input: RegisterInput!) { register(input: $input) { accessToken errors { message } } }";
const FIELDS: &str = "cursor sequence kind occurredAt";

/// The subscribers, and the events that they hear.
#[derive(Clone, Copy)]
struct Scenario {
    users: usize,
    sockets_each: usize,
    /// The number of events that a round has for each user.
    round: usize,
    rounds: usize,
}

fn main() {
    server_process::run(measure, async |server| match server {
        "AMDA" => Box::pin(event_servers::amda()).await,
        "async-graphql-axum" => event_servers::stock().await,
        "axum" => event_servers::bare().await,
        other => panic!("there is no server {other}"),
    });
}

async fn measure(is_small: bool) {
    let scenario = |users, sockets_each, round, rounds| Scenario {
        users,
        sockets_each,
        round,
        rounds,
    };
    let scenarios = if is_small {
        vec![scenario(1, 50, 100, 2), scenario(20, 2, 5, 2)]
    } else {
        vec![
            scenario(1, 1_000, 100, 10),
            scenario(1, 5_000, 100, 4),
            scenario(1_000, 2, 5, 4),
        ]
    };
    println!("{COLUMNS}");
    for scenario in scenarios {
        if let Some(shortage) = scenario.shortage() {
            println!("{shortage}");
            continue;
        }
        for server in SERVERS {
            println!("{}", row(server, scenario).await);
        }
    }
}

/// Measures one server; returns its row of the table.
async fn row(name: &'static str, scenario: Scenario) -> String {
    let mut server = ServerProcess::start(name).await;
    let users = users(name, server.address, scenario.users).await;
    let before = server.resident_kib();
    let mut audience = Audience::open(server.address, &users, scenario.sockets_each).await;
    sleep(SETTLED_AFTER).await;
    let kib = server.resident_kib().saturating_sub(before);

    let everybody = 0..=scenario.users - 1;
    // The first event finds nothing prepared.
    audience.publish(&mut server, everybody.clone(), 1).await;
    audience.hear_all().await;
    let (cpu, started) = (server.cpu(), Instant::now());
    let (mut messages, mut bytes) = (0, 0);
    for _ in 0..scenario.rounds {
        audience
            .publish(&mut server, everybody.clone(), scenario.round)
            .await;
        let heard = audience.hear_all().await;
        messages += heard.messages;
        bytes += heard.bytes;
    }
    let (took, cpu) = (started.elapsed(), server.cpu().saturating_sub(cpu));

    let delays = steady(&mut server, &mut audience, scenario.users).await;
    // Before the server says goodbye to each socket.
    drop(audience);
    server.stop().await;
    let millis = |of_hundred: usize| delays[(delays.len() - 1) * of_hundred / 100].as_secs_f64() * 1_000.0;
    format!(
        "| {name} | {} | {} | {} | {:.0} | {:.2} | {:.1} | {:.1} | {:.1} |",
        scenario.users,
        scenario.sockets(),
        bytes / messages,
        real(messages) / took.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / real(messages),
        millis(50),
        millis(99),
        real(usize::try_from(kib).unwrap()) / real(scenario.sockets()),
    )
}

/// Publishes at a steady rate, to one user after the other; returns the delays.
async fn steady(server: &mut ServerProcess, audience: &mut Audience, users: usize) -> Vec<Duration> {
    let mut due = tokio::time::Instant::now();
    for event in 0..STEADY {
        sleep_until(due).await;
        due += STEADY_EVERY;
        let user = event % users;
        audience.publish(server, user..=user, 1).await;
    }
    audience.hear_all().await.delays
}

/// The token and the document of each user.
async fn users(name: &str, address: SocketAddr, count: usize) -> Vec<(String, String)> {
    if name != "AMDA" {
        let user = |user| {
            (
                format!("{user}"),
                format!("subscription {{ events(user: {user}) {{ {FIELDS} }} }}"),
            )
        };
        return (0..count).map(user).collect();
    }
    let client = GraphqlClient::new(address);
    let document = format!("subscription {{ events(kinds: [PROFILE_CHANGED]) {{ {FIELDS} }} }}");
    let mut users = Vec::new();
    for user in 0..count {
        let input = json!({ "email": event_servers::email(user), "password": PASSWORD });
        let reply = client.run(REGISTER, json!({ "input": input })).await;
        let token = reply.data("/register/accessToken").as_str().unwrap().to_owned();
        users.push((token, document.clone()));
    }
    users
}

impl Scenario {
    const fn sockets(self) -> usize {
        self.users * self.sockets_each
    }

    /// The reason why this system has too few descriptors for it, if it has: AMDA takes connections for half of them, and those
    /// of one machine for seven eighths of these.
    fn shortage(self) -> Option<String> {
        let needed = u64::try_from(self.sockets() * 16 / 7 + 100).unwrap();
        let limit = amda::server::raise_descriptor_limit();
        (limit < needed).then(|| {
            format!(
                "{} sockets need {needed} open files, and {limit} are allowed: run `ulimit -n {needed}` before, as root if it \
                 is refused",
                self.sockets()
            )
        })
    }
}

fn real(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}
