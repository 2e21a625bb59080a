//! Checks of what others can reach or read: the addresses, and the files that hold secrets.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::finding::Finding;
use crate::config::{self, Config, DatabaseConfig};
use crate::db;

const ADDRESS: &str = "address";
const DATABASE: &str = "database";
const FILE: &str = "configuration";

pub(super) fn check(config: &Config) -> Vec<Finding> {
    let mut findings = vec![check_address(config)];
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
