//! Checks of what others can reach or read: the addresses, and the files that hold secrets.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::finding::Finding;
use crate::config::{self, Config, DatabaseConfig};
use crate::db;

const ADDRESS: &str = "address";
const METRICS: &str = "metrics";
const DATABASE: &str = "database";
const FILE: &str = "configuration";

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut findings = vec![check_address(config), check_metrics(config.metrics_listen)];
    if let DatabaseConfig::Urls(urls) = &config.database
        && is_unverified(&urls.app)
    {
        findings.push(Finding::risky(
            DATABASE,
            "DATABASE_URL leads to another network, and the server's certificate is not checked; add ?sslmode=verify-full, \
             with sslrootcert=<file> for a private authority",
        ));
    }
    findings.extend(check_file(config));
    findings
}

/// True for a database on another network whose certificate is not checked.
fn is_unverified(url: &SecretString) -> bool {
    let is_elsewhere = Url::parse(url.expose_secret()).is_ok_and(|url| config::is_on_another_network(&url));
    is_elsewhere && !db::checks_certificate(url)
}

/// The configuration file, if others can read it and it holds a secret.
fn check_file(config: &Config) -> Option<Finding> {
    let file = config.file.as_ref()?;
    let mode = fs::metadata(&file.path).ok()?.permissions().mode();
    (mode & 0o077 != 0 && file.holds_secrets).then(|| {
        Finding::wrong(
            FILE,
            format!(
                "other users can read {0}, which holds secrets; close it to them with `chmod 600 {0}`",
                file.path.display()
            ),
        )
    })
}

fn check_address(config: &Config) -> Finding {
    let (listen, public) = (config.listen, &config.public_url);
    if public.scheme() == "http" && config::is_on_another_network(public) {
        return Finding::wrong(
            ADDRESS,
            format!(
                "clients reach AMDA by {public}, where passwords and messages travel in clear; put a proxy with TLS in front \
                 and set AMDA_PUBLIC_URL=https://..."
            ),
        );
    }
    if listen.ip().is_loopback() {
        return Finding::fine(
            ADDRESS,
            format!("{listen} is served to this machine alone, as {public}"),
        );
    }
    let whom = if listen.ip().is_unspecified() {
        "every network of this machine".to_owned()
    } else {
        format!("everybody who reaches {}", listen.ip())
    };
    Finding::risky(
        ADDRESS,
        format!(
            "plain http is served to {whom}; listen on 127.0.0.1 behind a proxy with TLS, or let a firewall pass the proxy \
             alone"
        ),
    )
}

fn check_metrics(listen: Option<SocketAddr>) -> Finding {
    match listen {
        None => Finding::skipped(METRICS, "none are served (AMDA_METRICS_LISTEN)"),
        Some(listen) if is_private(listen.ip()) => {
            Finding::fine(METRICS, format!("served at http://{listen}/metrics"))
        }
        Some(listen) => Finding::risky(
            METRICS,
            format!(
                "AMDA_METRICS_LISTEN={listen} may be reached by anybody, and metrics tell how much AMDA is used; listen on \
                 127.0.0.1 or on an address of a private network"
            ),
        ),
    }
}

/// True for an address that only this machine or a private network reaches.
fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_for_this_machine_and_private_networks() {
        let line = |listen: &str| check_metrics(Some(listen.parse().unwrap())).line();

        for private in [
            "127.0.0.1:9464",
            "10.1.2.3:9464",
            "192.168.1.2:9464",
            "[::1]:9464",
            "[fd00::1]:9464",
        ] {
            assert!(line(private).starts_with("ok"), "{}", line(private));
        }
        for open in [
            "0.0.0.0:9464",
            "203.0.113.5:9464",
            "[::]:9464",
            "[2001:db8::1]:9464",
        ] {
            assert!(line(open).starts_with("WARN"), "{}", line(open));
        }
        assert!(check_metrics(None).line().starts_with("--"));
    }
}
