use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use url::Url;

/// Absolute URL, such as `https://amda.example/media/…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(String);

/// Absolute URL, such as `https://amda.example/media/…`.
#[Scalar(name = "URL", specified_by_url = "https://url.spec.whatwg.org/")]
impl ScalarType for Link {
    // Any string: the feature that reads it says what is wrong, with the place in the input.
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) => Ok(Self(text)),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

impl Link {
    /// An address as another server gave it.
    pub const fn of_another_server(text: String) -> Self {
        Self(text)
    }

    /// The text as a client gave it.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl From<Url> for Link {
    fn from(url: Url) -> Self {
        Self(url.into())
    }
}
