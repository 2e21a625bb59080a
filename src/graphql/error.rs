//! Two kinds of failure. A mistake that the client can fix is data: a [`UserError`] in the payload, or an error with a
//! stable code. Anything else is logged once with its causes and shown as `INTERNAL` with the request's id.

use std::error::Error as StdError;
use std::time::Duration;

use async_graphql::{Context, Enum, Error, ErrorExtensions, Interface, SimpleObject};
use chrono::{DateTime, Utc};

use super::viewer::RequestId;
use crate::telemetry;

/// An error that the client must not see.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// A mistake that the client can fix, or a limit that was reached.
#[derive(Debug, Clone, Interface)]
#[graphql(
    field(name = "code", ty = "&UserErrorCode", desc = "The code to branch on."),
    field(
        name = "message",
        ty = "&String",
        desc = "A message in English: what was wrong and what would be right."
    ),
    field(
        name = "path",
        ty = "&Vec<String>",
        desc = "The place in the input: the names of the fields, outermost first."
    )
)]
pub enum UserError {
    /// A value was wrong.
    InvalidInput(InvalidInput),
    /// An id named nothing of the viewer's.
    NotFound(NotFound),
    /// The plan does not include this.
    PremiumRequired(PremiumRequired),
    /// A limit of the plan is used up.
    QuotaExceeded(QuotaExceeded),
}

/// The code of a mutation's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum UserErrorCode {
    /// A value is malformed, too long, too short, or out of range.
    InvalidInput,
    /// The id names nothing that belongs to the viewer.
    NotFound,
    /// The e-mail address has an account already.
    EmailTaken,
    /// The server's operator lets nobody register.
    RegistrationClosed,
    /// Registration needs an invitation, and none was given, or it is unknown, expired, or was used before.
    InvalidInvitation,
    /// The e-mail address or the password is wrong.
    WrongCredentials,
    /// The refresh token is unknown, expired, revoked, or was used before.
    InvalidRefreshToken,
    /// The state of the thing does not allow this.
    Conflict,
    /// The plan does not include this.
    PremiumRequired,
    /// A limit of the plan is used up.
    QuotaExceeded,
}

/// A value was wrong.
#[derive(Debug, Clone, SimpleObject)]
pub struct InvalidInput {
    /// The code to branch on.
    pub code: UserErrorCode,
    /// A message in English: what was wrong and what would be right.
    pub message: String,
    /// The place in the input: the names of the fields, outermost first.
    pub path: Vec<String>,
}

/// An id named nothing of the viewer's. A thing of another user looks exactly like one that does not exist.
#[derive(Debug, Clone, SimpleObject)]
pub struct NotFound {
    /// The code to branch on.
    pub code: UserErrorCode,
    /// A message in English: what was wrong and what would be right.
    pub message: String,
    /// The place in the input: the names of the fields, outermost first.
    pub path: Vec<String>,
}

/// The plan does not include this.
#[derive(Debug, Clone, SimpleObject)]
pub struct PremiumRequired {
    /// The code to branch on.
    pub code: UserErrorCode,
    /// A message in English: what was wrong and what would be right.
    pub message: String,
    /// The place in the input: the names of the fields, outermost first.
    pub path: Vec<String>,
}

/// A limit of the plan is used up.
#[derive(Debug, Clone, SimpleObject)]
pub struct QuotaExceeded {
    /// The code to branch on.
    pub code: UserErrorCode,
    /// A message in English: what was wrong and what would be right.
    pub message: String,
    /// The place in the input: the names of the fields, outermost first.
    pub path: Vec<String>,
    /// The number that the plan allows.
    pub limit: i32,
    /// The number in use.
    pub used: i32,
    /// The time at which the count starts again; null when it never does.
    pub resets_at: Option<DateTime<Utc>>,
}

impl UserError {
    /// A wrong value at `path`.
    pub fn invalid(path: &[&str], message: impl Into<String>) -> Self {
        Self::coded(UserErrorCode::InvalidInput, path, message)
    }

    /// Any mistake that carries no data but its code.
    pub fn coded(code: UserErrorCode, path: &[&str], message: impl Into<String>) -> Self {
        Self::InvalidInput(InvalidInput {
            code,
            message: message.into(),
            path: owned(path),
        })
    }

    /// An id at `path` that named no `what` of the viewer's.
    pub fn unknown(path: &[&str], what: &str) -> Self {
        let message = format!("there is no {what} with this id; pass an id that this API returned to you");
        Self::NotFound(NotFound {
            code: UserErrorCode::NotFound,
            message,
            path: owned(path),
        })
    }

    /// Something that only Premium includes.
    pub fn premium(path: &[&str], what: &str) -> Self {
        let message = format!("{what} needs the Premium plan");
        Self::PremiumRequired(PremiumRequired {
            code: UserErrorCode::PremiumRequired,
            message,
            path: owned(path),
        })
    }

    /// A limit of the plan that is used up.
    pub fn quota(path: &[&str], what: &str, limit: i32, used: i32, resets_at: Option<DateTime<Utc>>) -> Self {
        let until = resets_at
            .map(|at| format!("; it starts again at {}", at.to_rfc3339()))
            .unwrap_or_default();
        let are = if used == 1 { "is" } else { "are" };
        let message = format!("the limit for {what} is {limit}, and {used} {are} in use{until}");
        let code = UserErrorCode::QuotaExceeded;
        Self::QuotaExceeded(QuotaExceeded {
            code,
            message,
            path: owned(path),
            limit,
            used,
            resets_at,
        })
    }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|&name| name.to_owned()).collect()
}

/// `UNAUTHENTICATED`: the request needs a signed-in viewer.
pub fn unauthenticated() -> Error {
    coded(
        "UNAUTHENTICATED",
        "sign in first: send the access token as `Authorization: Bearer …`",
    )
}

/// `BAD_USER_INPUT`: an argument was wrong.
pub fn bad_input(message: impl Into<String>) -> Error {
    coded("BAD_USER_INPUT", message)
}

/// `NOT_FOUND`: an argument named nothing of the viewer's.
pub fn not_found(what: &str) -> Error {
    coded(
        "NOT_FOUND",
        format!("there is no {what} with this id; pass an id that this API returned to you"),
    )
}

/// `PREMIUM_REQUIRED`: a query asked for what only Premium includes.
pub fn premium_required(what: &str) -> Error {
    coded("PREMIUM_REQUIRED", format!("{what} needs the Premium plan"))
}

/// `RATE_LIMITED`: the client did this too often; `retryAfterMs` says when it may again.
pub fn rate_limited(retry_after: Duration) -> Error {
    let millis = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX).max(1);
    let message = format!("too many attempts; try again in {} s", millis.div_ceil(1_000));
    coded("RATE_LIMITED", message).extend_with(|_, extensions| extensions.set("retryAfterMs", millis))
}

/// `INTERNAL`: something failed that the client can do nothing about. Logs the cause with its chain.
pub fn internal(ctx: &Context<'_>, cause: impl Into<Cause>) -> Error {
    let cause = cause.into();
    let request = ctx.data_opt::<RequestId>().map_or("none", |id| id.0.as_str());
    let chain = telemetry::chain(&*cause);
    tracing::error!(request.id = request, field = %ctx.path_node.map(|p| p.to_string()).unwrap_or_default(), "a resolver failed: {chain}");
    Error::new("something went wrong on our side; tell the operator the request's id").extend_with(
        |_, extensions| {
            extensions.set("code", "INTERNAL");
            extensions.set("requestId", request);
        },
    )
}

fn coded(code: &'static str, message: impl Into<String>) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}
