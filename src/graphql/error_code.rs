use async_graphql::resolver_utils::EnumType;
use async_graphql::{Enum, Value};

/// Code of an error of the response, in its `extensions.code`. The schema's own description explains each to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum ErrorCode {
    /// The request, the document, a variable or an argument is wrong.
    BadUserInput,
    /// Nobody is signed in, or the access token is not good.
    Unauthenticated,
    /// The personal access token of the request is not enough for what it asks, or only an admin may see or do it.
    Forbidden,
    /// The access token is of the external issuer, and a user with its e-mail address exists already.
    IdentityNotLinked,
    /// The access token is of the external issuer, and may not make a new user.
    RegistrationRefused,
    /// The access token is of the external issuer, which cannot be asked for its keys.
    IssuerUnavailable,
    /// An argument names nothing of the viewer's.
    NotFound,
    /// Too much at once, or too often.
    RateLimited,
    /// The operation asks for more than is allowed.
    CostLimit,
    /// The operator has turned introspection off.
    IntrospectionDisabled,
    /// The document's hash was sent in place of the document.
    PersistedQueryNotSupported,
    /// The operation took too long.
    Timeout,
    /// Something failed on the server.
    Internal,
}

impl ErrorCode {
    /// Every code as clients see it.
    pub fn all() -> impl Iterator<Item = &'static str> {
        Self::items().iter().map(|item| item.name)
    }

    /// The code as clients see it.
    pub fn as_str(self) -> &'static str {
        let item = Self::items().iter().find(|item| item.value == self);
        item.expect("every variant is an item").name
    }

    /// The code as the value of `extensions.code`.
    pub fn to_value(self) -> Value {
        Value::from(self.as_str())
    }
}
