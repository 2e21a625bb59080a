//! The address of a database: a URL as libpq takes it, with the TLS options that `tokio_postgres` does not know, and with
//! `pgbouncer`, by which Prisma and Supabase name a pooler.

use std::path::PathBuf;

use thiserror::Error;
use tokio_postgres::config::SslMode;
use url::form_urlencoded;

use super::tls::{Roots, Verification};

/// A database, the role to log in as, and the protection of the connection.
#[derive(Debug, Clone)]
pub(super) struct Address {
    /// What `tokio_postgres` needs to connect.
    pub(super) config: tokio_postgres::Config,
    /// The check of the server's certificate.
    pub(super) verification: Verification,
    /// The address is a pooler's, which may give each transaction another session.
    pub(super) is_pooled: bool,
}

/// Error in the URL of a database.
#[derive(Debug, Error)]
pub(super) enum AddressError {
    #[error("the URL of the database is malformed")]
    Url(#[source] tokio_postgres::Error),
    #[error(
        "sslmode is \"{0}\", and must be `disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`"
    )]
    Mode(String),
    #[error("pgbouncer is \"{0}\", and must be `true` for a pooler in transaction mode, else `false`")]
    Pooler(String),
    #[error(
        "sslrootcert=system works with sslmode=verify-full alone, because anybody can get a certificate of a public authority"
    )]
    WeakSystemRoots,
}

impl Address {
    /// Parses a URL. `sslmode` and `sslrootcert` mean what they mean to libpq, except that `verify-ca` and `verify-full`
    /// trust the authorities of the system where libpq would refuse for want of a file of authorities.
    pub(super) fn parse(url: &str) -> Result<Self, AddressError> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut kept, mut mode, mut root, mut is_pooled) = (Vec::new(), None, None, false);
        for option in query.split('&').filter(|option| !option.is_empty()) {
            match option.split_once('=') {
                Some(("sslmode", value)) => mode = Some(decoded(value)),
                Some(("sslrootcert", value)) => root = Some(decoded(value)),
                Some(("pgbouncer", "true")) => is_pooled = true,
                Some(("pgbouncer", "false")) => is_pooled = false,
                Some(("pgbouncer", other)) => return Err(AddressError::Pooler(other.to_owned())),
                _ => kept.push(option),
            }
        }
        let rest = if kept.is_empty() {
            base.to_owned()
        } else {
            format!("{base}?{}", kept.join("&"))
        };
        let mut config: tokio_postgres::Config = rest.parse().map_err(AddressError::Url)?;
        let (ssl_mode, verification) = protection(mode.as_deref(), root.as_deref())?;
        config.ssl_mode(ssl_mode);
        Ok(Self {
            config,
            verification,
            is_pooled,
        })
    }
}

fn protection(mode: Option<&str>, root: Option<&str>) -> Result<(SslMode, Verification), AddressError> {
    let is_system = root == Some("system");
    let roots = match root {
        Some(file) if !is_system => Roots::File(PathBuf::from(file)),
        _ => Roots::System,
    };
    let found = match (mode, &roots) {
        (None, Roots::System) if is_system => (SslMode::Require, Verification::Full(roots)),
        (Some("verify-full"), _) => (SslMode::Require, Verification::Full(roots)),
        (_, _) if is_system => return Err(AddressError::WeakSystemRoots),
        (Some("disable"), _) => (SslMode::Disable, Verification::None),
        (None | Some("allow" | "prefer"), _) => (SslMode::Prefer, Verification::None),
        // As libpq does: who names an authority wants the server to be checked.
        (Some("require"), Roots::File(_)) | (Some("verify-ca"), _) => {
            (SslMode::Require, Verification::Authority(roots))
        }
        (Some("require"), Roots::System) => (SslMode::Require, Verification::None),
        (Some(other), _) => return Err(AddressError::Mode(other.to_owned())),
    };
    Ok(found)
}

/// The value of an option. A plus sign is itself, as in libpq's URLs.
fn decoded(value: &str) -> String {
    let as_form = value.replace('+', "%2B");
    form_urlencoded::parse(as_form.as_bytes())
        .map(|(text, _)| text.into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "postgresql://amda:secret@db.example.org/amda";

    fn parse(options: &str) -> (SslMode, Verification) {
        let address = Address::parse(&format!("{HOST}{options}")).unwrap();
        (address.config.get_ssl_mode(), address.verification)
    }

    #[test]
    fn modes_mean_what_they_mean_to_libpq() {
        let private = || Roots::File(PathBuf::from("/etc/my ca+1.pem"));
        let named = "&sslrootcert=/etc/my%20ca+1.pem";

        assert_eq!(parse(""), (SslMode::Prefer, Verification::None));
        assert_eq!(parse("?sslmode=disable"), (SslMode::Disable, Verification::None));
        assert_eq!(parse("?sslmode=allow"), (SslMode::Prefer, Verification::None));
        assert_eq!(parse("?sslmode=require"), (SslMode::Require, Verification::None));
        assert_eq!(
            parse(&format!("?sslmode=require{named}")),
            (SslMode::Require, Verification::Authority(private()))
        );
        assert_eq!(
            parse(&format!("?sslmode=verify-ca{named}")),
            (SslMode::Require, Verification::Authority(private()))
        );
        assert_eq!(
            parse(&format!("?sslmode=verify-full{named}")),
            (SslMode::Require, Verification::Full(private()))
        );
        assert_eq!(
            parse("?sslmode=verify-full"),
            (SslMode::Require, Verification::Full(Roots::System))
        );
        assert_eq!(
            parse("?sslrootcert=system"),
            (SslMode::Require, Verification::Full(Roots::System))
        );
    }

    #[test]
    fn other_options_are_kept() {
        let url = format!("{HOST}?connect_timeout=3&sslmode=require&application_name=amda");

        let address = Address::parse(&url).unwrap();

        assert_eq!(address.config.get_application_name(), Some("amda"));
        assert_eq!(
            address.config.get_connect_timeout(),
            Some(&std::time::Duration::from_secs(3))
        );
    }

    #[test]
    fn a_pooler_is_named_as_other_clients_name_it() {
        let pooled = |options: &str| Address::parse(&format!("{HOST}{options}")).map(|found| found.is_pooled);

        assert!(pooled("?sslmode=require&pgbouncer=true").unwrap());
        assert!(!pooled("?pgbouncer=false").unwrap());
        assert!(!pooled("").unwrap());
        assert!(matches!(pooled("?pgbouncer=yes"), Err(AddressError::Pooler(value)) if value == "yes"));
    }

    #[test]
    fn a_mode_that_is_none_and_public_authorities_without_a_name_are_refused() {
        let refusal = |options: &str| Address::parse(&format!("{HOST}?{options}")).unwrap_err();

        assert!(matches!(refusal("sslmode=on"), AddressError::Mode(mode) if mode == "on"));
        assert!(matches!(
            refusal("sslmode=require&sslrootcert=system"),
            AddressError::WeakSystemRoots
        ));
    }
}
