//! The types of variables, read from the schema's own text.

use std::collections::HashMap;

use async_graphql::ScalarType;
use async_graphql::parser::types::{
    BaseType, ServiceDocument, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::refusal::clipped;
use crate::graphql::Date;

/// The scalars that every schema has and none defines.
const BUILT_IN: [(&str, Scalar); 5] = [
    ("Boolean", Scalar::Boolean),
    ("Float", Scalar::Float),
    ("ID", Scalar::Id),
    ("Int", Scalar::Int),
    ("String", Scalar::String),
];

/// The types that a variable can have, by name.
#[derive(Debug)]
pub(crate) struct InputTypes(HashMap<String, InputType>);

#[derive(Debug)]
enum InputType {
    Scalar(Scalar),
    /// Its values.
    Enum(Vec<String>),
    Object(InputObject),
}

#[derive(Debug)]
struct InputObject {
    fields: Vec<InputField>,
    /// True when exactly one of the fields is given.
    is_choice: bool,
}

#[derive(Debug, Clone, Copy)]
enum Scalar {
    Boolean,
    Float,
    Id,
    Int,
    String,
    DateTime,
    Date,
    ByteCount,
    /// One that is not known here: its resolver reads the value, which is no list and no object.
    Custom,
}

#[derive(Debug)]
struct InputField {
    name: String,
    ty: Type,
    has_default: bool,
}

/// A value that does not fit its type.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mismatch {
    /// The place in the value, such as `.filter.accountIds[3]`; empty for the whole value.
    pub(super) place: String,
    /// The rest of a sentence about that place.
    pub(super) problem: String,
}

impl InputTypes {
    /// Reads the types of `schema`.
    pub(crate) fn read(schema: &ServiceDocument) -> Self {
        let built_in = BUILT_IN.map(|(name, scalar)| (name.to_owned(), InputType::Scalar(scalar)));
        let mut types = HashMap::from(built_in);
        for definition in &schema.definitions {
            if let TypeSystemDefinition::Type(definition) = definition
                && let Some(input) = InputType::read(&definition.node)
            {
                types.insert(definition.node.name.node.to_string(), input);
            }
        }
        Self(types)
    }

    /// True when the schema has the type that `ty` names, and it is one of input.
    pub(super) fn knows(&self, ty: &Type) -> bool {
        match &ty.base {
            BaseType::Named(name) => self.0.contains_key(name.as_str()),
            BaseType::List(items) => self.knows(items),
        }
    }

    /// Checks that `value` fits `ty`.
    ///
    /// # Errors
    /// The first place that does not.
    pub(super) fn check(&self, value: &Value, ty: &Type) -> Result<(), Mismatch> {
        match (&ty.base, value) {
            (_, Value::Null) if ty.nullable => Ok(()),
            (_, Value::Null) => Err(Mismatch::expected(ty, "null")),
            (BaseType::List(of), Value::Array(items)) => {
                let mut items = items.iter().enumerate();
                items.try_for_each(|(index, item)| {
                    let checked = self.check(item, of);
                    checked.map_err(|mismatch| mismatch.within(&format!("[{index}]")))
                })
            }
            // One value where a list is asked for is a list of that value.
            (BaseType::List(of), single) => self.check(single, of),
            (BaseType::Named(name), value) => self.check_named(value, name, ty),
        }
    }

    fn check_named(&self, value: &Value, name: &str, ty: &Type) -> Result<(), Mismatch> {
        match (self.0.get(name), value) {
            (Some(InputType::Scalar(scalar)), value) if scalar.takes(value) => Ok(()),
            (Some(InputType::Enum(values)), Value::String(text)) if values.contains(text) => Ok(()),
            (Some(InputType::Scalar(scalar)), other) => Err(scalar.mismatch(other, ty)),
            (Some(InputType::Enum(values)), Value::String(_)) => {
                let values = values.join(", ");
                Err(Mismatch::here(format!(
                    "is no value of {name}; it must be one of {values}"
                )))
            }
            (Some(InputType::Object(object)), Value::Object(given)) => self.check_fields(given, object, name),
            (_, other) => Err(Mismatch::expected(ty, kind_of(other))),
        }
    }

    fn check_fields(
        &self,
        given: &Map<String, Value>,
        object: &InputObject,
        name: &str,
    ) -> Result<(), Mismatch> {
        for (key, value) in given {
            let place = format!(".{}", clipped(key));
            let Some(field) = object.fields.iter().find(|field| field.name == *key) else {
                let problem = format!("is no field of {name}, whose fields are {}", object.names());
                return Err(Mismatch { place, problem });
            };
            self.check(value, &field.ty)
                .map_err(|mismatch| mismatch.within(&place))?;
        }
        if object.is_choice && (given.len() != 1 || given.values().any(Value::is_null)) {
            let names = object.names();
            let problem = format!("must have exactly one of {names}, with a value other than null");
            return Err(Mismatch::here(problem));
        }
        let missing = object.fields.iter().find(|field| {
            !field.ty.nullable && !field.has_default && !given.contains_key(field.name.as_str())
        });
        missing.map_or(Ok(()), |field| {
            Err(Mismatch {
                place: format!(".{}", field.name),
                problem: format!("is missing; it must be {}", field.ty),
            })
        })
    }
}

impl InputType {
    /// The type, if it is one of input.
    fn read(definition: &TypeDefinition) -> Option<Self> {
        match &definition.kind {
            TypeKind::Scalar => Some(Self::Scalar(Scalar::named(&definition.name.node))),
            TypeKind::Enum(kind) => {
                let values = kind.values.iter();
                Some(Self::Enum(
                    values.map(|value| value.node.value.node.to_string()).collect(),
                ))
            }
            TypeKind::InputObject(kind) => {
                let fields = kind.fields.iter().map(|field| InputField {
                    name: field.node.name.node.to_string(),
                    ty: field.node.ty.node.clone(),
                    has_default: field.node.default_value.is_some(),
                });
                let mut directives = definition.directives.iter();
                Some(Self::Object(InputObject {
                    fields: fields.collect(),
                    is_choice: directives.any(|directive| directive.node.name.node == "oneOf"),
                }))
            }
            TypeKind::Object(_) | TypeKind::Interface(_) | TypeKind::Union(_) => None,
        }
    }
}

impl InputObject {
    /// The names of its fields, for a message.
    fn names(&self) -> String {
        let names: Vec<&str> = self.fields.iter().map(|field| field.name.as_str()).collect();
        names.join(", ")
    }
}

impl Scalar {
    /// A scalar of the schema's own.
    fn named(name: &str) -> Self {
        match name {
            "DateTime" => Self::DateTime,
            "Date" => Self::Date,
            "ByteCount" => Self::ByteCount,
            "Cursor" | "LanguageTag" | "LocalDateTime" | "LocalTime" | "TimeZone" | "URL" => Self::String,
            _ => Self::Custom,
        }
    }

    fn mismatch(self, found: &Value, ty: &Type) -> Mismatch {
        let expected = |found: &str, example: &str| {
            Mismatch::here(format!("is not {found}; it must be {ty}, such as {example}"))
        };
        match (self, found) {
            (Self::DateTime, Value::String(_)) => expected("a time with its offset", "2026-11-24T12:00:00Z"),
            (Self::Date, Value::String(_)) => expected("a day that exists", "2026-11-24"),
            _ => Mismatch::expected(ty, kind_of(found)),
        }
    }

    fn takes(self, value: &Value) -> bool {
        match self {
            Self::Boolean => value.is_boolean(),
            Self::Float => value.is_number(),
            Self::Id => value.is_string() || is_integer(value),
            Self::Int => is_integer(value),
            Self::DateTime => value
                .as_str()
                .is_some_and(|text| text.parse::<DateTime<Utc>>().is_ok()),
            Self::Date => {
                let text = value.as_str().map(async_graphql::Value::from);
                text.is_some_and(|text| Date::parse(text).is_ok())
            }
            Self::ByteCount => value.is_i64(),
            Self::String => value.is_string(),
            Self::Custom => !value.is_array() && !value.is_object(),
        }
    }
}

impl Mismatch {
    const fn here(problem: String) -> Self {
        Self {
            place: String::new(),
            problem,
        }
    }

    fn expected(ty: &Type, found: &str) -> Self {
        Self::here(format!("is {found}; it must be {ty}"))
    }

    fn within(mut self, place: &str) -> Self {
        self.place.insert_str(0, place);
        self
    }
}

fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64()
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_schema;
    use serde_json::json;

    use super::*;

    const SCHEMA: &str = "
        scalar Cursor
        scalar DateTime
        scalar Date
        scalar ByteCount
        enum Kind { TEXT IMAGE }
        input Filter { kinds: [Kind!] ids: [ID!]! first: Int! = 20 inner: Filter }
        input Choice @oneOf { id: ID name: String }
        type Query { field: Int }";

    fn check(value: &Value, ty: &str) -> Result<(), Mismatch> {
        let types = InputTypes::read(&parse_schema(SCHEMA).unwrap());
        types.check(value, &Type::new(ty).unwrap())
    }

    #[test]
    fn values_that_fit_their_types_pass() {
        let fitting = [
            (json!(null), "Int"),
            (json!(7), "Float!"),
            (json!(7), "ID!"),
            (json!("abc"), "ID!"),
            (json!("abc"), "Cursor"),
            (json!("2026-11-24T12:00:00+01:00"), "DateTime!"),
            (json!("2026-11-24"), "Date"),
            (json!(9_000_000_000_u64), "ByteCount!"),
            (json!(["TEXT", "IMAGE"]), "[Kind!]!"),
            (json!("TEXT"), "[Kind!]!"),
            (json!({ "id": "1" }), "Choice"),
            (json!([[1], [2, null]]), "[[Int]]"),
            (
                json!({ "ids": [], "kinds": null, "inner": { "ids": "x" } }),
                "Filter",
            ),
        ];

        for (value, ty) in fitting {
            assert_eq!(check(&value, ty), Ok(()), "{value} as {ty}");
        }
    }

    #[test]
    fn a_value_that_does_not_fit_is_named_by_its_place() {
        let choice = "must have exactly one of id, name, with a value other than null";
        let wrong = [
            (json!({}), "Choice", "", choice),
            (
                json!("yesterday"),
                "DateTime!",
                "",
                "is not a time with its offset; it must be DateTime!, such as 2026-11-24T12:00:00Z",
            ),
            (
                json!("2026-02-30"),
                "Date",
                "",
                "is not a day that exists; it must be Date, such as 2026-11-24",
            ),
            (json!(1.5), "ByteCount", "", "is a number; it must be ByteCount"),
            (json!({ "id": "1", "name": "a" }), "[Choice!]", "", choice),
            (json!({ "id": null }), "Choice", "", choice),
            (json!(null), "Int!", "", "is null; it must be Int!"),
            (json!(1.5), "Int", "", "is a number; it must be Int"),
            (json!([0, 0]), "String", "", "is a list; it must be String"),
            (json!({}), "Cursor", "", "is an object; it must be Cursor"),
            (
                json!([[1], ["a"]]),
                "[[Int]]",
                "[1][0]",
                "is a string; it must be Int",
            ),
            (
                json!({ "ids": ["a", [1]] }),
                "Filter!",
                ".ids[1]",
                "is a list; it must be ID!",
            ),
            (
                json!({ "ids": [], "kinds": ["NEITHER"] }),
                "Filter!",
                ".kinds[0]",
                "is no value of Kind; it must be one of TEXT, IMAGE",
            ),
            (
                json!({ "kinds": [] }),
                "Filter!",
                ".ids",
                "is missing; it must be [ID!]!",
            ),
            (
                json!({ "ids": [], "inner": { "ids": [], "id": 1 } }),
                "Filter!",
                ".inner.id",
                "is no field of Filter, whose fields are kinds, ids, first, inner",
            ),
        ];

        for (value, ty, place, problem) in wrong {
            let mismatch = check(&value, ty).unwrap_err();
            assert_eq!(
                (mismatch.place.as_str(), mismatch.problem.as_str()),
                (place, problem)
            );
        }
    }
}
