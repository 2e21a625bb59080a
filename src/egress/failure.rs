use std::error::Error as StdError;
use std::io;

use rustls::CertificateError::{NotValidForName, NotValidForNameContext};
use thiserror::Error;

use super::Refusal;
use super::names::NameError;

/// Failure to get a response, with a message for the user who gave the address. It never repeats the address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// The address may not be called.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The name is not known.
    #[error("{0}")]
    UnknownName(String),
    /// The name leads to addresses that may not be called.
    #[error("{0}")]
    NotPublic(String),
    /// The connection was not accepted.
    #[error("no connection could be made: {0}")]
    NoConnection(String),
    /// The time limit was reached.
    #[error("there was no answer in time")]
    TooSlow,
    /// TLS failed, such as by a wrong certificate.
    #[error("TLS failed: {0}")]
    Tls(String),
    /// The connection broke, or what came was not HTTP.
    #[error("the connection broke off before an answer came: {0}")]
    Broken(String),
}

impl Failure {
    /// The failure that a client error stands for.
    pub(super) fn of(error: &reqwest::Error) -> Self {
        if let Some(name) = cause_of::<NameError>(error) {
            return match name {
                NameError::Unknown(_) => Self::UnknownName(name.to_string()),
                NameError::NotPublic => Self::NotPublic(name.to_string()),
            };
        }
        if let Some(tls) = cause_of::<rustls::Error>(error) {
            return Self::Tls(tls_message(tls));
        }
        if error.is_timeout() {
            return Self::TooSlow;
        }
        let cause = innermost(error);
        if error.is_connect() {
            Self::NoConnection(cause)
        } else {
            Self::Broken(cause)
        }
    }
}

/// The first of `error` and its causes that is an `E`. An I/O error hides the one inside it from the chain.
fn cause_of<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref() {
            return Some(found);
        }
        next = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inside) => Some(inside),
            None => cause.source(),
        };
    }
    None
}

/// The message of a TLS error. rustls would repeat the name that the certificate is not for.
fn tls_message(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            "the certificate is another server's".to_owned()
        }
        other => other.to_string(),
    }
}

fn innermost(error: &dyn StdError) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;

    use super::*;

    #[test]
    fn a_certificate_of_another_server_is_told_of_without_a_name() {
        let error = rustls::Error::InvalidCertificate(NotValidForNameContext {
            expected: ServerName::try_from("secret.example").unwrap(),
            presented: vec!["other.example".to_owned()],
        });

        assert_eq!(tls_message(&error), "the certificate is another server's");
    }
}
