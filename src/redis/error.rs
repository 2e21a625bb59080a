use fred::error::{Error, ErrorKind};
use thiserror::Error as ThisError;

use super::server::OLDEST_VERSION;

/// Error of Redis, with what to do about it. Never holds the URL, which may hold a password.
#[derive(Debug, Clone, ThisError)]
pub enum RedisError {
    /// No connection, or no answer in time.
    #[error(
        "cannot reach Redis; check that it runs, that REDIS_URL names its host and port, and that TLS (rediss://) is used where it wants it"
    )]
    Unreachable(#[source] Error),
    /// TLS failed, mostly by its certificate.
    #[error(
        "the TLS connection to Redis fails; its certificate must be for the host of REDIS_URL and of an authority that this \
         machine trusts (SSL_CERT_FILE names others), and a server without TLS is redis:// in place of rediss://"
    )]
    Tls(#[source] Error),
    /// The server wants a password, and the URL has none.
    #[error(
        "Redis wants a password; write REDIS_URL as redis://:password@host:6379, or redis://user:password@host:6379"
    )]
    PasswordNeeded,
    /// The password or the user is wrong.
    #[error(
        "Redis refuses the user and password of REDIS_URL; percent-encode special characters (@ as %40, / as %2F)"
    )]
    WrongPassword,
    /// The server has no password, and the URL has one.
    #[error(
        "Redis has no password set, and REDIS_URL gives one; set `requirepass` there, or leave it out here"
    )]
    NoPasswordSet,
    /// The user's rights do not suffice.
    #[error(
        "the user of REDIS_URL may not do what AMDA needs; grant it `~amda:* &amda:* +@connection +info +eval +evalsha \
         +publish +subscribe +get +set +del +time`"
    )]
    NotAllowed(#[source] Error),
    /// The server is too old.
    #[error("Redis {found} is too old; AMDA needs {OLDEST_VERSION} or newer, or any Valkey")]
    TooOld {
        /// The version that it says.
        found: String,
    },
    /// The server is a node of a cluster.
    #[error(
        "this Redis runs in cluster mode, which AMDA does not use; name one that runs alone in REDIS_URL (cluster-enabled no)"
    )]
    Cluster,
    /// The server is a replica.
    #[error("this Redis is a read-only replica; name its primary in REDIS_URL")]
    Replica,
    /// The server refused, for another reason that it says.
    #[error("Redis refuses what AMDA asks")]
    Refused(#[source] Error),
}

impl RedisError {
    /// True when Redis may be back later without anybody changing a setting.
    pub const fn is_absence(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }

    /// True when a connection gave no answer in time.
    pub(super) fn is_timeout(&self) -> bool {
        matches!(self, Self::Unreachable(error) if *error.kind() == ErrorKind::Timeout)
    }

    /// What may be shown to anybody: no address.
    pub const fn summary(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "it does not answer",
            Self::Tls(_) => "the TLS connection fails",
            Self::PasswordNeeded | Self::WrongPassword | Self::NoPasswordSet => "it refuses the password",
            Self::NotAllowed(_) => "its user lacks rights",
            Self::TooOld { .. } => "it is too old",
            Self::Cluster => "it runs in cluster mode",
            Self::Replica => "it is a read-only replica",
            Self::Refused(_) => "it refuses what is asked",
        }
    }

    /// No answer within the time for it.
    pub(super) fn timeout() -> Self {
        Self::Unreachable(Error::new(ErrorKind::Timeout, "no answer in time"))
    }

    /// No connection at this moment.
    pub(super) fn disconnected() -> Self {
        Self::Unreachable(Error::new(ErrorKind::IO, "no connection"))
    }
}

impl From<Error> for RedisError {
    fn from(error: Error) -> Self {
        let details = error.details();
        let begins = |prefix: &str| details.starts_with(prefix);
        if begins("NOAUTH") {
            return Self::PasswordNeeded;
        }
        if begins("WRONGPASS") || begins("ERR invalid password") {
            return Self::WrongPassword;
        }
        if details.contains("without any password configured") || details.contains("no password is set") {
            return Self::NoPasswordSet;
        }
        if begins("NOPERM") {
            return Self::NotAllowed(error);
        }
        if begins("READONLY") {
            return Self::Replica;
        }
        if begins("MOVED") || begins("CLUSTERDOWN") || begins("CROSSSLOT") {
            return Self::Cluster;
        }
        // The first command of each connection, which servers know since 6.0.
        if begins("ERR unknown command") && details.contains("HELLO") {
            return Self::TooOld {
                found: "before 6.0".to_owned(),
            };
        }
        match error.kind() {
            ErrorKind::Tls => Self::Tls(error),
            ErrorKind::Auth => Self::WrongPassword,
            ErrorKind::IO if is_of_tls(details) => Self::Tls(error),
            ErrorKind::IO | ErrorKind::Timeout | ErrorKind::Canceled | ErrorKind::Backpressure => {
                Self::Unreachable(error)
            }
            _ => Self::Refused(error),
        }
    }
}

/// True for the text of an error of rustls, which reaches us as one of the connection.
fn is_of_tls(details: &str) -> bool {
    [
        "InvalidCertificate",
        "InvalidMessage",
        "AlertReceived",
        "InvalidContentType",
        "corrupt message",
    ]
    .iter()
    .any(|sign| details.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_server_says_becomes_what_to_do() {
        let told =
            |details: &'static str| RedisError::from(Error::new(ErrorKind::Unknown, details)).to_string();

        for (said, remedy) in [
            ("NOAUTH Authentication required.", "wants a password"),
            (
                "WRONGPASS invalid username-password pair or user is disabled.",
                "refuses the user and password",
            ),
            (
                "ERR AUTH <password> called without any password configured for the default user.",
                "no password set",
            ),
            (
                "NOPERM this user has no permissions to run the 'info' command",
                "grant it",
            ),
            (
                "READONLY You can't write against a read only replica.",
                "name its primary",
            ),
            ("MOVED 3999 127.0.0.1:6381", "cluster-enabled no"),
            (
                "ERR unknown command `HELLO`, with args beginning with: `3`, ",
                "6.2 or newer",
            ),
        ] {
            assert!(told(said).contains(remedy), "{said}: {}", told(said));
        }
    }
}
