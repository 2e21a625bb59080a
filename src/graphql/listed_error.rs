//! Mistakes in the arguments of a field, as the extensions of one error list them.

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Value};

use super::error::{UserError, UserErrorCode};

impl UserError {
    /// The error as `extensions.errors` lists it.
    pub(super) fn to_value(&self) -> Value {
        let (code, message, path) = self.parts();
        let mut fields = IndexMap::from([
            (Name::new("code"), code.into()),
            (Name::new("path"), path.into()),
            (Name::new("message"), message.into()),
        ]);
        fields.extend(
            self.terms()
                .into_iter()
                .map(|(name, value)| (Name::new(name), value)),
        );
        Value::Object(fields)
    }

    /// The fields of an error of the plan, as its type has them.
    fn terms(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::EntitlementRequired(error) => vec![("requiredPlan", error.required_plan.into())],
            Self::LimitExceeded(error) => vec![
                ("limit", error.limit.into()),
                ("used", error.used.into()),
                (
                    "resetsAt",
                    error.resets_at.map_or(Value::Null, |at| at.to_rfc3339().into()),
                ),
                ("largerPlan", error.larger_plan.map_or(Value::Null, Value::from)),
            ],
            Self::StorageExceeded(error) => vec![
                ("limitBytes", error.limit_bytes.0.into()),
                ("usedBytes", error.used_bytes.0.into()),
                ("largerPlan", error.larger_plan.map_or(Value::Null, Value::from)),
            ],
            Self::ServiceUnavailable(error) => vec![("retryAfterMs", error.retry_after_ms.into())],
            Self::InvalidInput(_) | Self::NotFound(_) | Self::Conflict(_) | Self::AuthenticationFailed(_) => {
                Vec::new()
            }
        }
    }

    /// Its code, its message and its path.
    pub(super) fn parts(&self) -> (UserErrorCode, &str, &[String]) {
        match self {
            Self::InvalidInput(error) => (error.code, &error.message, &error.path),
            Self::NotFound(error) => (error.code, &error.message, &error.path),
            Self::Conflict(error) => (error.code, &error.message, &error.path),
            Self::AuthenticationFailed(error) => (error.code, &error.message, &error.path),
            Self::EntitlementRequired(error) => (error.code, &error.message, &error.path),
            Self::LimitExceeded(error) => (error.code, &error.message, &error.path),
            Self::StorageExceeded(error) => (error.code, &error.message, &error.path),
            Self::ServiceUnavailable(error) => (error.code, &error.message, &error.path),
        }
    }
}
