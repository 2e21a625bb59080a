//! Scalars that a person types. Each takes any string: the feature that reads it says what is wrong, with the place in the
//! input, and the other fields of the input are judged with it.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};

/// Defines a scalar that is a string of a known form; the address is that of the form's specification.
macro_rules! text_scalar {
    ($(#[doc = $doc:literal])+ $name:ident, $url:literal) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(pub String);

        $(#[doc = $doc])+
        #[Scalar(specified_by_url = $url)]
        impl ScalarType for $name {
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
    };
}

text_scalar! {
    /// Language as a BCP 47 tag, such as `en` or `pt-BR`.
    LanguageTag, "https://www.rfc-editor.org/info/bcp47"
}

text_scalar! {
    /// Time zone by its name in the IANA database, such as `America/Sao_Paulo`.
    TimeZone, "https://www.iana.org/time-zones"
}

text_scalar! {
    /// Time of day by the clock of a time zone that another field names: hours and minutes, such as `07:30`.
    LocalTime, "https://html.spec.whatwg.org/multipage/common-microsyntaxes.html#times"
}

text_scalar! {
    /// Date and time of day by the clock of a time zone that another field names, such as `2026-12-24T18:00`.
    LocalDateTime, "https://html.spec.whatwg.org/multipage/common-microsyntaxes.html#local-dates-and-times"
}
