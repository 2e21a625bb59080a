//! The parameters of an operation, the same for both transports.

use serde_json::{Map, Value};

use super::limits::check_json;
use super::request_error::RequestError;
use crate::graphql::ErrorCode;

/// The parameters of an operation, checked for their types.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    /// The document.
    pub(super) query: String,
    /// The name of the operation to execute; needed when the document has several.
    pub(super) name: Option<String>,
    /// The values of its variables.
    pub(super) variables: Map<String, Value>,
}

impl Operation {
    /// Reads the body of a POST, or the payload of a `subscribe`.
    pub(super) fn from_json(json: Value) -> Result<Self, RequestError> {
        let mut object = match json {
            Value::Object(object) => object,
            Value::Array(_) => {
                return Err(RequestError::malformed(
                    "operations cannot be batched in a list; send one operation per request",
                ));
            }
            _ => {
                return Err(RequestError::malformed(
                    "the body must be a JSON object with a `query`",
                ));
            }
        };
        let extensions = object_or_empty(object.remove("extensions"), "extensions")?;
        let query = match object.remove("query") {
            Some(Value::String(query)) => query,
            // The name that Apollo's clients look for; they then send the document itself.
            None if extensions.contains_key("persistedQuery") => {
                let code = ErrorCode::PersistedQueryNotSupported;
                return Err(RequestError::refused(code, "PersistedQueryNotSupported"));
            }
            _ => {
                return Err(RequestError::malformed(
                    "`query` must be a string: the document to execute",
                ));
            }
        };
        let name = match object.remove("operationName") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name),
            Some(_) => {
                return Err(RequestError::malformed(
                    "`operationName` must be a string or null",
                ));
            }
        };
        Ok(Self {
            query,
            name,
            variables: object_or_empty(object.remove("variables"), "variables")?,
        })
    }

    /// Reads the query string of a GET, in which objects are JSON.
    pub(super) fn from_query_string(text: &str) -> Result<Self, RequestError> {
        let mut object = Map::new();
        for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
            let value = match &*name {
                "variables" | "extensions" => {
                    check_json(value.as_bytes())?;
                    serde_json::from_str(&value).map_err(|_| {
                        RequestError::malformed(format!("`{name}` must be JSON, such as {{\"id\":1}}"))
                    })?
                }
                "query" | "operationName" => Value::String(value.into_owned()),
                _ => continue,
            };
            object.insert(name.into_owned(), value);
        }
        Self::from_json(Value::Object(object))
    }
}

fn object_or_empty(value: Option<Value>, name: &str) -> Result<Map<String, Value>, RequestError> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(object)) => Ok(object),
        Some(_) => Err(RequestError::malformed(format!(
            "`{name}` must be an object or null"
        ))),
    }
}
