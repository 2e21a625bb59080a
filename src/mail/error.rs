use lettre::transport::smtp;
use thiserror::Error;

/// The codes by which servers refuse whoever sends, not what is sent: the operator's to mend.
const REFUSES_SENDER: [u16; 4] = [530, 534, 535, 538];

/// Why a letter was not sent. What the server said is not repeated: it may name the recipient.
#[derive(Debug, Error)]
pub enum MailError {
    /// The configuration names no server that could be used.
    #[error("the mail server's address cannot be used: {0}")]
    Misconfigured(String),
    /// The letter cannot be written, such as to an address that is none.
    #[error("the mail cannot be written")]
    Unwritable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The server does not know us: the user name, the password, or the way to pass them is wrong.
    #[error("the mail server refuses our user name or password, or wants some (code {code})")]
    Unauthorized {
        /// Its answer.
        code: u16,
    },
    /// The server refused the letter for good.
    #[error("the mail server refuses the mail for good (code {code})")]
    Refused {
        /// Its answer.
        code: u16,
    },
    /// The server cannot take the letter now.
    #[error("the mail server cannot take the mail now (code {code})")]
    Busy {
        /// Its answer.
        code: u16,
    },
    /// The server was not reached, the connection broke, or TLS failed.
    #[error("the mail server cannot be reached")]
    Unreachable(#[source] smtp::Error),
    /// The server hung up instead of answering, or answers as no mail server does. Its line is not repeated either.
    #[error("the mail server's answer cannot be read")]
    Unreadable,
}

impl MailError {
    /// Whether another try will be refused as well.
    pub const fn is_permanent(&self) -> bool {
        match self {
            Self::Refused { .. } | Self::Unwritable(_) => true,
            Self::Misconfigured(_)
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
