//! Two kinds of failure. A mistake that the client can fix is data: a [`UserError`] in the payload, or an error with a
//! stable code. Anything else is logged once with its causes and shown as `INTERNAL` with the request's id.

use std::error::Error as StdError;
use std::time::Duration;

use async_graphql::{Context, Enum, Error, ErrorExtensions, Interface, SimpleObject, Value};
use chrono::{DateTime, Utc};

use super::byte_count::ByteCount;
use super::error_code::ErrorCode;
use super::viewer::RequestId;
use crate::id::IdError;
use crate::plan::{self, Plan};
use crate::telemetry;

/// An error that the client must not see.
pub type Cause = Box<dyn StdError + Send + Sync>;

/// A mistake that the client can fix, or a limit that was reached. Clients must expect types that are added later.
#[derive(Debug, Clone, Interface)]
#[graphql(
    field(name = "code", ty = "&UserErrorCode", desc = "Code to branch on."),
    field(
        name = "message",
        ty = "&String",
        desc = "Message in English: what was wrong, and what would be right."
    ),
    field(
        name = "path",
        ty = "&Vec<String>",
        desc = "Place in the input: the names of its fields and the indexes of list elements, outermost first. Empty when the \
                error is of the input as a whole."
    )
)]
pub enum UserError {
    /// A value was wrong.
    InvalidInput(InvalidInput),
    /// An id named nothing of the viewer's.
    NotFound(NotFound),
    /// The state of the thing does not allow this.
    Conflict(Conflict),
    /// The credentials were refused.
    AuthenticationFailed(AuthenticationFailed),
    /// The plan does not include this.
    EntitlementRequired(EntitlementRequired),
    /// A limit is used up.
    LimitExceeded(LimitExceeded),
    /// The plan's storage has no room.
    StorageExceeded(StorageExceeded),
    /// Another service is needed, and does not answer.
    ServiceUnavailable(ServiceUnavailable),
}

/// Code of an error of a mutation. Clients must expect codes that are added later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum UserErrorCode {
    /// A value is malformed, too long, too short, or out of range.
    InvalidInput,
    /// The invitation is needed and missing, or it is unknown, expired, or was used before.
    InvalidInvitation,
    /// The id names nothing that belongs to the viewer, or is of another type or malformed.
    NotFound,
    /// The state of the thing does not allow this.
    Conflict,
    /// The e-mail address is registered already.
    EmailTaken,
    /// The server's operator lets nobody register.
    RegistrationClosed,
    /// The e-mail address or the password is wrong.
    WrongCredentials,
    /// The user has two-factor authentication, and no code was given: ask for it, and repeat the mutation with it.
    TwoFactorCodeRequired,
    /// The code of two-factor authentication is wrong, expired, or was used before.
    WrongTwoFactorCode,
    /// No setup of two-factor authentication waits for a code, or not any more: start one.
    TwoFactorSetupExpired,
    /// An admin or the server's operator suspended the user, who cannot sign in until that is taken back.
    UserSuspended,
    /// The refresh token is unknown, expired, revoked, or was used before.
    InvalidRefreshToken,
    /// The token of a mail is unknown, expired, was used before, or is for another purpose.
    InvalidMailToken,
    /// The token of an external issuer is not good, is not meant for this server, or has expired.
    InvalidExternalToken,
    /// The external issuer cannot be asked for its keys at the moment.
    IssuerUnavailable,
    /// The viewer has no password and signed in too long ago to be taken for who they are.
    SignInNotRecent,
    /// The server's operator configured no mail server, so no mail can be sent.
    NoMailServer,
    /// The plan does not include this.
    EntitlementRequired,
    /// A limit of the plan, or of how often something may be done, is used up.
    LimitExceeded,
    /// The plan's storage for media has no room for the file.
    StorageExceeded,
    /// The server's operator sells nothing.
    BillingDisabled,
    /// Stripe, through which plans are sold, does not answer now.
    BillingUnavailable,
    /// The viewer has a subscription already. `openBillingPortal` leads to where it is changed.
    AlreadySubscribed,
    /// The viewer never bought anything. `startCheckout` leads to where they can.
    NothingBought,
}

/// Defines a type of error: the fields of the interface, and its own.
macro_rules! user_error {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, SimpleObject)]
        pub struct $name {
            /// Code to branch on.
            pub code: UserErrorCode,
            /// Message in English: what was wrong, and what would be right.
            pub message: String,
            /// Place in the input: the names of its fields and the indexes of list elements, outermost first. Empty when
            /// the error is of the input as a whole.
            pub path: Vec<String>,
            $($(#[$field_doc])* pub $field: $type,)*
        }
    };
}

user_error! {
    /// A value was wrong: malformed, too long, too short, or out of range.
    InvalidInput {}
}

user_error! {
    /// An id named nothing of the viewer's, or was of another type or malformed. A thing of another user looks exactly like
    /// one that does not exist.
    NotFound {}
}

user_error! {
    /// The value is well-formed, and the state of the thing that it names does not allow this.
    Conflict {}
}

user_error! {
    /// The credentials were refused.
    AuthenticationFailed {}
}

user_error! {
    /// The viewer's plan does not include this.
    EntitlementRequired {
        /// Smallest plan that includes it.
        required_plan: Plan,
    }
}

user_error! {
    /// A limit of the plan on a number of things, or of how often something may be done, is used up.
    LimitExceeded {
        /// Number of the things that `message` names, at most.
        limit: i32,
        /// Number in use.
        used: i32,
        /// Time at which something is free again; null when the limit does not end by itself.
        resets_at: Option<DateTime<Utc>>,
        /// Cheapest plan that allows more; null when no plan does, as where the limit protects the server.
        larger_plan: Option<Plan>,
    }
}

user_error! {
    /// The plan's storage for media has no room for the file.
    StorageExceeded {
        /// Limit of the plan on the size of all stored files.
        limit_bytes: ByteCount,
        /// Size of the files that are stored now.
        used_bytes: ByteCount,
        /// Cheapest plan with a larger storage; null when there is none.
        larger_plan: Option<Plan>,
    }
}

user_error! {
    /// Another service is needed, and does not answer now. The same call may succeed later.
    ServiceUnavailable {
        /// Milliseconds after which the call is worth repeating.
        retry_after_ms: i32,
    }
}

impl UserError {
    /// A wrong value at `path`.
    pub fn invalid(path: &[&str], message: impl Into<String>) -> Self {
        Self::InvalidInput(InvalidInput {
            code: UserErrorCode::InvalidInput,
            message: message.into(),
            path: owned(path),
        })
    }

    /// An invitation at `path` that is missing or not good.
    pub fn invalid_invitation(path: &[&str], message: impl Into<String>) -> Self {
        Self::InvalidInput(InvalidInput {
            code: UserErrorCode::InvalidInvitation,
            message: message.into(),
            path: owned(path),
        })
    }

    /// A well-formed value at `path` that the state of what it names does not allow.
    pub fn conflict(path: &[&str], message: impl Into<String>) -> Self {
        Self::conflict_of(UserErrorCode::Conflict, path, message)
    }

    /// As [`Self::conflict`], with a code of its own.
    pub fn conflict_of(code: UserErrorCode, path: &[&str], message: impl Into<String>) -> Self {
        Self::Conflict(Conflict {
            code,
            message: message.into(),
            path: owned(path),
        })
    }

    /// Credentials that were refused.
    pub fn authentication(code: UserErrorCode, path: &[&str], message: impl Into<String>) -> Self {
        Self::AuthenticationFailed(AuthenticationFailed {
            code,
            message: message.into(),
            path: owned(path),
        })
    }

    /// An id at `path` that named no `what` of the viewer's.
    pub fn unknown(path: &[&str], what: &str) -> Self {
        Self::not_found(
            path,
            format!("there is no {what} with this id; pass an id that this API returned to you"),
        )
    }

    /// A text at `path` that is no id of what the field takes. It names nothing, as an id of what does not exist does.
    pub fn no_id(path: &[&str], wrong: &IdError) -> Self {
        Self::not_found(path, wrong.to_string())
    }

    /// An id at `path` that named nothing, as `message` explains.
    pub fn not_found(path: &[&str], message: impl Into<String>) -> Self {
        Self::NotFound(NotFound {
            code: UserErrorCode::NotFound,
            message: message.into(),
            path: owned(path),
        })
    }

    /// Something that only Premium includes.
    pub fn premium(path: &[&str], what: &str) -> Self {
        Self::EntitlementRequired(EntitlementRequired {
            code: UserErrorCode::EntitlementRequired,
            message: format!("{what} needs the Premium plan"),
            path: owned(path),
            required_plan: Plan::Premium,
        })
    }

    /// A limit for `what` that is used up, the same in every plan.
    pub fn limit(path: &[&str], what: &str, limit: i32, used: i32, resets_at: Option<DateTime<Utc>>) -> Self {
        Self::limit_of_plan(path, what, limit, used, resets_at, None)
    }

    /// A limit of the plan for `what` that is used up, which is larger in `larger_plan`.
    pub fn limit_of_plan(
        path: &[&str],
        what: &str,
        limit: i32,
        used: i32,
        resets_at: Option<DateTime<Utc>>,
        larger_plan: Option<Plan>,
    ) -> Self {
        let until = resets_at
            .map(|at| format!("; it starts again at {}", at.to_rfc3339()))
            .unwrap_or_default();
        let are = if used == 1 { "is" } else { "are" };
        let message = format!("the limit for {what} is {limit}, and {used} {are} in use{until}");
        Self::LimitExceeded(LimitExceeded {
            code: UserErrorCode::LimitExceeded,
            message,
            path: owned(path),
            limit,
            used,
            resets_at,
            larger_plan,
        })
    }

    /// A file, whose size stands at `path`, for which the plan's storage has no room.
    pub fn storage(path: &[&str], limit_bytes: i64, used_bytes: i64) -> Self {
        Self::StorageExceeded(StorageExceeded {
            code: UserErrorCode::StorageExceeded,
            message: format!(
                "the plan allows {limit_bytes} bytes of media, and {used_bytes} are stored; delete something first"
            ),
            path: owned(path),
            limit_bytes: ByteCount(limit_bytes),
            used_bytes: ByteCount(used_bytes),
            larger_plan: plan::larger_storage(limit_bytes),
        })
    }

    /// Another service that does not answer; the same call may succeed after `retry_after`.
    pub fn unavailable(code: UserErrorCode, message: impl Into<String>, retry_after: Duration) -> Self {
        Self::ServiceUnavailable(ServiceUnavailable {
            code,
            message: message.into(),
            path: Vec::new(),
            retry_after_ms: i32::try_from(retry_after.as_millis()).unwrap_or(i32::MAX).max(1),
        })
    }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|&name| name.to_owned()).collect()
}

/// `UNAUTHENTICATED`: the request needs a signed-in viewer.
pub fn unauthenticated() -> Error {
    coded(
        ErrorCode::Unauthenticated,
        "sign in first: send the access token as `Authorization: Bearer …`",
    )
}

/// `FORBIDDEN`: only admins may do this.
pub(super) fn forbidden() -> Error {
    coded(
        ErrorCode::Forbidden,
        "only an admin may do this; the server's operator makes one with `amda users grant-admin`",
    )
}

/// `BAD_USER_INPUT`: an argument was wrong.
pub fn bad_input(message: impl Into<String>) -> Error {
    coded(ErrorCode::BadUserInput, message)
}

/// `BAD_USER_INPUT` for all mistakes in the arguments of a field; `extensions.errors` tells each as a payload does, with
/// its place in the arguments.
pub fn bad_arguments(mistakes: &[UserError]) -> Error {
    let told = mistakes.iter().map(|mistake| {
        let (_, message, path) = mistake.parts();
        format!("{}: {message}", path.join("."))
    });
    let message = told.collect::<Vec<_>>().join("; ");
    let listed = Value::List(mistakes.iter().map(UserError::to_value).collect());
    bad_input(message).extend_with(|_, extensions| extensions.set("errors", listed))
}

/// As [`bad_arguments`], for a wrong value at `path`.
pub fn bad_argument(path: &[&str], message: impl Into<String>) -> Error {
    bad_arguments(&[UserError::invalid(path, message)])
}

/// `NOT_FOUND`: an argument named nothing of the viewer's.
pub fn not_found(what: &str) -> Error {
    coded(
        ErrorCode::NotFound,
        format!("there is no {what} with this id; pass an id that this API returned to you"),
    )
}

/// `RATE_LIMITED`: the client did this too often; `retryAfterMs` says when it may again.
pub fn rate_limited(retry_after: Duration) -> Error {
    let millis = u64::try_from(retry_after.as_millis()).unwrap_or(u64::MAX).max(1);
    let message = format!("too many attempts; try again in {} s", millis.div_ceil(1_000));
    coded(ErrorCode::RateLimited, message).extend_with(|_, extensions| extensions.set("retryAfterMs", millis))
}

/// `INTERNAL`: something failed that the client can do nothing about. Logs the cause with its chain.
pub fn internal(ctx: &Context<'_>, cause: impl Into<Cause>) -> Error {
    let cause = cause.into();
    let request = ctx.data_opt::<RequestId>().map_or("none", |id| id.0.as_str());
    let chain = telemetry::chain(&*cause);
    tracing::error!(request.id = request, field = %ctx.path_node.map(|p| p.to_string()).unwrap_or_default(), "a resolver failed: {chain}");
    Error::new("something went wrong on our side; tell the operator the request's id").extend_with(
        |_, extensions| {
            extensions.set("code", ErrorCode::Internal.to_value());
            extensions.set("requestId", request);
        },
    )
}

fn coded(code: ErrorCode, message: impl Into<String>) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code.to_value()))
}
