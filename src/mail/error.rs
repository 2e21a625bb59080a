use lettre::transport::smtp;
use thiserror::Error;

/// SMTP codes that refuse the sender and not the mail; the operator can fix these.
const REFUSES_SENDER: [u16; 4] = [530, 534, 535, 538];

/// Error of sending a mail. It does not repeat the server's message, which may name the recipient.
#[derive(Debug, Error)]
pub enum MailError {
    /// The configured address cannot be used.
    #[error("the mail server's address cannot be used; correct AMDA_SMTP_URL")]
    Misconfigured(#[source] smtp::Error),
    /// The program at the configured address is not a mail server.
    #[error("the address in AMDA_SMTP_URL does not answer as a mail server")]
    NotAMailServer,
    /// The mail cannot be composed, such as to an invalid address.
    #[error("the mail cannot be written")]
    Unwritable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The server refuses the user name, the password, or the way of passing them.
    #[error("the mail server refuses our user name or password, or wants some (code {code})")]
    Unauthorized {
        /// The SMTP code.
        code: u16,
    },
    /// The server refused the mail permanently.
    #[error("the mail server refuses the mail for good (code {code})")]
    Refused {
        /// The SMTP code.
        code: u16,
    },
    /// The server cannot take the mail now.
    #[error("the mail server cannot take the mail now (code {code})")]
    Busy {
        /// The SMTP code.
        code: u16,
    },
    /// The server was not reached, the connection broke, or TLS failed.
    #[error("the mail server cannot be reached")]
    Unreachable(#[source] smtp::Error),
    /// The server closed the connection instead of answering, or its answer is not SMTP.
    #[error("the mail server's answer cannot be read")]
    Unreadable,
}

impl MailError {
    /// True when another try will be refused as well.
    pub const fn is_permanent(&self) -> bool {
        match self {
            Self::Refused { .. } | Self::Unwritable(_) => true,
            Self::Misconfigured(_)
            | Self::NotAMailServer
            | Self::Unauthorized { .. }
            | Self::Busy { .. }
            | Self::Unreachable(_)
            | Self::Unreadable => false,
        }
    }
}

impl From<smtp::Error> for MailError {
    fn from(error: smtp::Error) -> Self {
        let code: Option<u16> = error.status().map(Into::into);
        match code {
            Some(code) if REFUSES_SENDER.contains(&code) => Self::Unauthorized { code },
            Some(code) if error.is_permanent() => Self::Refused { code },
            Some(code) => Self::Busy { code },
            None if error.is_response() => Self::Unreadable,
            None => Self::Unreachable(error),
        }
    }
}
