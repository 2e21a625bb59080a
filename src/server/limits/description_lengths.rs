//! The lengths of the lists that describe a schema, read from its own text.

use async_graphql::Positioned;
use async_graphql::parser::types::{
    FieldDefinition, ServiceDocument, TypeDefinition, TypeKind, TypeSystemDefinition,
};

/// Assumed length of a list whose average is not known.
const OTHER_LENGTH: u64 = 5;

/// Number of types that describe schemas, and of built-in scalars, which a schema's text does not define.
const IMPLIED_TYPES: usize = 13;

/// The place of a selection in the description of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// Where each type is described once: a list has the average length.
    EveryType,
    /// In the description of one type, which the client chose: a list may be the longest.
    AnyType,
}

/// The lengths of the lists that describe a schema.
#[derive(Debug)]
pub(crate) struct DescriptionLengths {
    types: u64,
    /// The lists that describe types.
    described: [Described; 6],
}

/// A list that describes a type, such as `fields`.
#[derive(Debug, Clone, Copy)]
struct Described {
    name: &'static str,
    average: u64,
    longest: u64,
}

impl DescriptionLengths {
    /// Reads the lengths of the lists of `schema`.
    pub(crate) fn read(schema: &ServiceDocument) -> Self {
        let types: Vec<&TypeDefinition> = schema
            .definitions
            .iter()
            .filter_map(|definition| match definition {
                TypeSystemDefinition::Type(definition) => Some(&definition.node),
                TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
            })
            .collect();
        let all_fields: Vec<&FieldDefinition> = types
            .iter()
            .flat_map(|one| fields(&one.kind))
            .map(|field| &field.node)
            .collect();
        let of_types = |name, length: fn(&TypeKind) -> usize| {
            Described::new(name, types.iter().map(|one| length(&one.kind)))
        };
        Self {
            types: (types.len() + IMPLIED_TYPES) as u64,
            described: [
                of_types("fields", |kind| fields(kind).len()),
                of_types("enumValues", |kind| match kind {
                    TypeKind::Enum(definition) => definition.values.len(),
                    _ => 0,
                }),
                of_types("inputFields", |kind| match kind {
                    TypeKind::InputObject(definition) => definition.fields.len(),
                    _ => 0,
                }),
                of_types("interfaces", |kind| match kind {
                    TypeKind::Object(definition) => definition.implements.len(),
                    _ => 0,
                }),
                Described {
                    name: "possibleTypes",
                    average: 1,
                    longest: implementers(&types),
                },
                Described::new("args", all_fields.iter().map(|field| field.arguments.len())),
            ],
        }
    }

    /// The place below a field of the query type, when the field describes the schema.
    pub(super) fn entered_by(field: &str) -> Option<Place> {
        match field {
            "__schema" => Some(Place::EveryType),
            "__type" => Some(Place::AnyType),
            _ => None,
        }
    }

    /// The length of the list `field` in `place`, 1 when it is none, and the place of the selections below it.
    pub(super) fn below(&self, field: &str, place: Place) -> (u64, Place) {
        match (place, field) {
            (Place::EveryType, "types") => (self.types, Place::EveryType),
            (Place::EveryType, "fields" | "inputFields" | "args" | "enumValues" | "directives") => (
                self.described(field).map_or(OTHER_LENGTH, |list| list.average),
                Place::EveryType,
            ),
            (Place::EveryType, _) => (
                self.described(field).map_or(1, |list| list.average),
                Place::AnyType,
            ),
            (Place::AnyType, _) => (
                self.described(field).map_or(1, |list| list.longest),
                Place::AnyType,
            ),
        }
    }

    fn described(&self, field: &str) -> Option<&Described> {
        self.described.iter().find(|list| list.name == field)
    }
}

impl Described {
    fn new(name: &'static str, lengths: impl Iterator<Item = usize> + Clone) -> Self {
        let (count, sum) = (lengths.clone().count(), lengths.clone().sum::<usize>());
        let average = sum.div_ceil(count.max(1)) as u64;
        Self {
            name,
            average: average.max(1),
            longest: lengths.max().unwrap_or(1).max(1) as u64,
        }
    }
}

fn fields(kind: &TypeKind) -> &[Positioned<FieldDefinition>] {
    match kind {
        TypeKind::Object(definition) => &definition.fields,
        TypeKind::Interface(definition) => &definition.fields,
        TypeKind::Scalar | TypeKind::Union(_) | TypeKind::Enum(_) | TypeKind::InputObject(_) => &[],
    }
}

/// The number of types that implement an interface: none has more.
fn implementers(types: &[&TypeDefinition]) -> u64 {
    let implements = |one: &&&TypeDefinition| match &one.kind {
        TypeKind::Object(definition) => !definition.implements.is_empty(),
        _ => false,
    };
    types.iter().filter(implements).count().max(1) as u64
}
