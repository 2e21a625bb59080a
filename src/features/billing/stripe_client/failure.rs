use std::time::Duration;

use stripe::StripeError;
use thiserror::Error;

/// Time after which an unavailable Stripe is asked again.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// Failure of a call to Stripe. Its text holds codes and ids alone: what Stripe says in words may name a person.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StripeFailure {
    /// Nobody answered in time, or Stripe asks to be asked later. The call may have been carried out.
    #[error("Stripe is not available: {cause}")]
    Unavailable {
        /// What happened.
        cause: String,
        /// Time after which it may be tried again.
        retry_after: Duration,
    },
    /// There is nothing with this id.
    #[error("Stripe knows no such thing ({parameter})")]
    Missing {
        /// The parameter that named it.
        parameter: String,
    },
    /// Stripe refused the call, and would refuse it again.
    #[error("Stripe refused the call with {status} {code} ({parameter})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Stripe's code or type of error.
        code: String,
        /// The parameter that was wrong.
        parameter: String,
    },
    /// The answer has another form than it should.
    #[error("the answer of Stripe cannot be read: {0}")]
    Unreadable(String),
}

impl StripeFailure {
    /// True when the same call may succeed later.
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    fn unavailable(cause: impl Into<String>) -> Self {
        Self::Unavailable {
            cause: cause.into(),
            retry_after: RETRY_AFTER,
        }
    }
}

impl From<StripeError> for StripeFailure {
    fn from(error: StripeError) -> Self {
        match error {
            StripeError::Stripe(error, status) => {
                let code = error.code.as_ref().map(ToString::to_string);
                let code = code.unwrap_or_else(|| error.type_.to_string());
                let parameter = error.param.clone().unwrap_or_else(|| "no parameter".to_owned());
                match status {
                    // The first call with a key is still being carried out, where the conflict is of keys.
                    409 | 424 | 429 | 500.. => Self::unavailable(format!("status {status}, {code}")),
                    404 => Self::Missing { parameter },
                    _ if code == "resource_missing" => Self::Missing { parameter },
                    _ => Self::Refused {
                        status,
                        code,
                        parameter,
                    },
                }
            }
            StripeError::JSONDeserialize(cause) => Self::Unreadable(cause),
            StripeError::ClientError(cause) => Self::unavailable(cause),
            StripeError::Timeout => Self::unavailable("no answer in time"),
            StripeError::ConfigError(cause) => Self::Refused {
                status: 0,
                code: cause,
                parameter: "no parameter".to_owned(),
            },
        }
    }
}
