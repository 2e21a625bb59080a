use async_graphql::{InputValueError, InputValueResult, Number, Scalar, ScalarType, Value};

/// Number of bytes: a whole number that may exceed the range of `Int` and is exact in JSON up to 2^53.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteCount(pub i64);

/// Number of bytes: a whole number that may exceed the range of `Int` and is exact in JSON up to 2^53.
#[Scalar]
impl ScalarType for ByteCount {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::Number(number) => number
                .as_i64()
                .map(Self)
                .ok_or_else(|| InputValueError::custom("pass a whole number of bytes")),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::Number(Number::from(self.0))
    }
}
