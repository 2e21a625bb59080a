//! `amda healthcheck`: asks the AMDA of this machine whether it is ready, for a container, which has no other client.
//!
//! It asks `/readyz` and not `/healthz`: who waits for it (the proxy that is started next, an update that goes from server
//! to server) wants to know whether requests are answered, and a process without its database answers none. Whatever only
//! restarts what hangs asks `/healthz` itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::report;
use crate::config::Config;

/// Time limit of everything. The server's own checks end after three seconds.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The longest answer that is read.
const MAX_ANSWER_BYTES: u64 = 64 * 1024;

/// The address to ask.
#[derive(Debug, Args)]
pub(super) struct Healthcheck {
    #[arg(long, value_name = "ADDRESS:PORT")]
    #[arg(help = "The address at which AMDA serves HTTP [env: AMDA_LISTEN] [default: 127.0.0.1:3000]")]
    pub(super) listen: Option<String>,
}

/// What `/readyz` answered.
struct Answer {
    is_ready: bool,
    /// Its status, and the checks that did not pass.
    summary: String,
}

pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    let address = reachable(config.listen);
    let asked = timeout(TIMEOUT, ask(address))
        .await
        .map_err(|_| anyhow!("it did not answer within {} s", TIMEOUT.as_secs()))
        .flatten();
    let answer = asked.with_context(|| {
        format!("no ready AMDA answers at {address}; see its log, and whether AMDA_LISTEN is the same here and there")
    })?;
    if !answer.is_ready {
        bail!("AMDA at {address} is {}", answer.summary);
    }
    report::print(&answer.summary)?;
    Ok(())
}

/// The address by which this machine reaches a server that listens on `listen`.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// Asks once, by HTTP 1.0: whatever comes until the connection ends is the answer.
async fn ask(address: SocketAddr) -> anyhow::Result<Answer> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET /readyz HTTP/1.0\r\nHost: {address}\r\nUser-Agent: amda healthcheck\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(MAX_ANSWER_BYTES).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    read(&answer).context("what answers there is not AMDA")
}

/// Reads the whole answer; none when it is not one of `/readyz`.
fn read(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let code: u16 = head.split_whitespace().nth(1)?.parse().ok()?;
    let body: Value = serde_json::from_str(body).ok()?;
    let failed: Vec<String> = body["checks"]
        .as_object()?
        .iter()
        .filter_map(|(name, result)| {
            Some(format!(
                "{name}: {}",
                result.as_str().filter(|text| *text != "ok")?
            ))
        })
        .collect();
    let status = body["status"].as_str()?;
    let summary = if failed.is_empty() {
        status.to_owned()
    } else {
        format!("{status} ({})", failed.join("; "))
    };
    Some(Answer {
        is_ready: code == 200,
        summary,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_on_every_address_is_reached_at_this_machines_own() {
        let reached = |listen: &str| reachable(listen.parse().unwrap()).to_string();

        assert_eq!(reached("0.0.0.0:3000"), "127.0.0.1:3000");
        assert_eq!(reached("[::]:80"), "[::1]:80");
        assert_eq!(reached("10.0.0.7:3000"), "10.0.0.7:3000");
    }

    #[test]
    fn an_answer_is_summed_up_with_what_failed() {
        let told = |answer: &str| read(answer).map(|answer| (answer.is_ready, answer.summary));

        assert_eq!(
            told(
                "HTTP/1.0 200 OK\r\na: b\r\n\r\n{\"status\":\"degraded\",\"checks\":{\"database\":\"ok\",\"disk\":\"it is full\"}}"
            ),
            Some((true, "degraded (disk: it is full)".to_owned()))
        );
        assert_eq!(
            told("HTTP/1.0 503 Service Unavailable\r\n\r\n{\"status\":\"not ready\",\"checks\":{}}"),
            Some((false, "not ready".to_owned()))
        );
        assert_eq!(told("HTTP/1.1 200 OK\r\n\r\n<html>hello</html>"), None);
        assert_eq!(told("SSH-2.0-OpenSSH_9.2\r\n"), None);
    }
}
