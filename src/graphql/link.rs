use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use url::Url;

/// An absolute address, such as `https://amda.example/media/…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(pub Url);

/// An absolute address, such as `https://amda.example/media/…`.
#[Scalar(name = "URL", specified_by_url = "https://url.spec.whatwg.org/")]
impl ScalarType for Link {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let url = text.parse().map(Self);
        url.map_err(|_| InputValueError::custom("pass an absolute address, such as https://amda.example/"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}
