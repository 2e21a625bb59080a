//! Requests over HTTP that one core answers: of AMDA, of the stock handler of async-graphql-axum, and of an axum that always
//! answers the same; and the statements of AMDA's list, of PostgreSQL alone.
//!
//! Each server is a process of one thread, and the client is another. AMDA accepts 15 aliases in a document, so that is how many
//! are asked for. Prints figures and judges nothing: `cargo bench --bench http`, or `cargo bench --bench http -- --small` for a
//! try of some seconds.

#![recursion_limit = "256"]
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops when it cannot go on"
)]

mod amda_server;
mod http_client;
mod list;
#[expect(dead_code, reason = "another benchmark uses the rest of it")]
mod server_process;
mod stock;
#[expect(dead_code, reason = "the tests use the rest of it")]
#[path = "../it/support/mod.rs"]
mod support;
#[expect(dead_code, reason = "nobody subscribes here")]
mod topics;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use async_graphql_axum::GraphQL;
use axum::Router;
use axum::http::header;
use axum::routing::{post, post_service};

use http_client::{request, requests_per_second};
use list::List;
use server_process::{ServerProcess, cpu_with_children, serve};
use topics::Topics;

const COLUMNS: &str = "| server | operation | requests/s | CPU, us/request | PostgreSQL's CPU, us/request |
|---|---|---|---|---|";

/// The cheapest field that resolves something.
const FIELD: &str = "{ serverInfo { version } }";
/// Its answer.
const ANSWER: &str = concat!(
    r#"{"data":{"serverInfo":{"version":""#,
    env!("CARGO_PKG_VERSION"),
    r#""}}}"#
);
const ALIASES: usize = 15;

fn main() {
    server_process::run(measure, async |server| match server {
        "axum" => fixed().await,
        "async-graphql-axum" => stock().await,
        "AMDA" => Box::pin(list::serve()).await,
        other => panic!("there is no server {other}"),
    });
}

async fn measure(is_small: bool) {
    let time = Duration::from_secs(if is_small { 1 } else { 10 });
    println!("{COLUMNS}");
    for name in ["axum", "async-graphql-axum", "AMDA"] {
        let server = ServerProcess::start(name).await;
        for (what, query) in [("a field", FIELD.to_owned()), ("15 aliases of it", aliases())] {
            let request = request(server.address, None, &query);
            print_row(&server, what, &request, time, None).await;
        }
        if name == "AMDA" {
            of_a_list(server, time).await;
        } else {
            server.stop().await;
        }
    }
}

/// Measures a list of AMDA's, and its statements of PostgreSQL alone.
async fn of_a_list(mut server: ServerProcess, time: Duration) {
    let list = List::of(&mut server).await;
    let request = request(server.address, Some(&list.token), list::QUERY);
    let what = "20 events of a user";
    let requests = print_row(&server, what, &request, time, Some(list.postgres)).await;
    match list.transactions_per_second(time).await {
        Some(transactions) => println!(
            "| PostgreSQL alone, by pgbench | their statements | {transactions:.0} | - | - |\n\n\
             AMDA answers {:.2} of what PostgreSQL alone does.",
            requests / transactions
        ),
        None => {
            println!("\npgbench is not beside the programs of PostgreSQL, so that alone was not measured.");
        }
    }
    server.stop().await;
}

/// Measures one kind of request, and prints its row of the table; returns the requests a second.
async fn print_row(
    server: &ServerProcess,
    what: &str,
    request: &[u8],
    time: Duration,
    postgres: Option<u32>,
) -> f64 {
    // What the first requests prepare, the others find.
    requests_per_second(server.address, request, time / 10).await;
    let of_postgres = || postgres.map(cpu_with_children);
    let (cpu, cpu_of_postgres) = (server.cpu(), of_postgres());
    let rate = requests_per_second(server.address, request, time).await;
    let requests = rate * time.as_secs_f64();
    let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / requests;
    let of_server = each(server.cpu().saturating_sub(cpu));
    let name = server.name();
    let of_postgres = of_postgres().zip(cpu_of_postgres);
    let of_postgres = of_postgres.map_or("-".to_owned(), |(now, before)| {
        format!("{:.0}", each(now.saturating_sub(before)))
    });
    println!("| {name} | {what} | {rate:.0} | {of_server:.1} | {of_postgres} |");
    rate
}

fn aliases() -> String {
    let mut query = "{".to_owned();
    for number in 0..ALIASES {
        let _ = write!(query, " a{number}: serverInfo {{ version }}");
    }
    query + " }"
}

/// An axum that always answers the same.
async fn fixed() {
    let answer = async || ([(header::CONTENT_TYPE, "application/json")], ANSWER);
    let router = Router::new().route("/graphql", post(answer));
    serve(router, async |_| String::new()).await;
}

/// The stock handler of async-graphql-axum.
async fn stock() {
    let handler = GraphQL::new(stock::schema(Arc::new(Topics::new())));
    let router = Router::new().route("/graphql", post_service(handler));
    serve(router, async |_| String::new()).await;
}
