//! The schema as clients read it: each type with its fields, and the names that its descriptions may use.

use std::collections::{BTreeMap, BTreeSet};

use amda::graphql::ErrorCode;
use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, InputValueDefinition, Type, TypeDefinition, TypeKind, TypeSystemDefinition,
};

/// Words in backticks that are no names of the schema.
const WORDS: [&str; 33] = [
    // Of GraphQL, and of its responses.
    "Int",
    "__schema",
    "__type",
    "__typename",
    "allowed",
    "available",
    "data",
    "extensions.code",
    "extensions.cost",
    "extensions.errors",
    "field",
    "requestId",
    "requested",
    "requiredScope",
    "requiresAllAccounts",
    "restoreRate",
    "retryAfterMs",
    "schema.graphql",
    // Of HTTP and WebSockets.
    "PUT",
    "token",
    // Of access tokens.
    "amda_",
    // Of browsers that are pushed to.
    "PushSubscription.toJSON()",
    "applicationServerKey",
    "fcm.googleapis.com",
    "pushManager.subscribe",
    // Of requests to webhook endpoints.
    "TEST",
    "eventId",
    "timestamp",
    "type",
    "whsec_",
    // Currencies, languages and time zones.
    "EUR",
    "UTC",
    "en",
];

/// The schema.
pub(crate) struct ParsedSchema {
    /// The types by their names.
    pub(crate) types: BTreeMap<String, Described>,
    /// The description of the schema itself.
    policy: String,
}

/// A type.
#[derive(Default)]
pub(crate) struct Described {
    /// Its description, on one line.
    pub(crate) description: String,
    /// Its fields; those of an input type are without arguments.
    pub(crate) fields: Vec<Field>,
    /// The values of an enum, each with its description.
    values: Vec<(String, String)>,
}

/// A field of a type.
pub(crate) struct Field {
    /// Its name.
    pub(crate) name: String,
    /// The name of its type, without lists and exclamation marks.
    pub(crate) of: String,
    /// Its description, on one line.
    pub(crate) description: String,
    arguments: Vec<Self>,
}

impl ParsedSchema {
    /// Reads the schema of the code.
    pub(crate) fn read() -> Self {
        let sdl = amda::server::sdl();
        // The library parses no description of the schema itself, which stands at the end.
        let (types, policy) = sdl.split_once("\n\"\"\"\nThe API of AMDA").unwrap();
        let parsed = parse_schema(types).unwrap();
        let definitions = parsed
            .definitions
            .into_iter()
            .filter_map(|definition| match definition {
                TypeSystemDefinition::Type(definition) => Some(definition.node),
                TypeSystemDefinition::Schema(_) | TypeSystemDefinition::Directive(_) => None,
            });
        Self {
            types: definitions
                .map(|definition| (definition.name.node.to_string(), Described::of(definition)))
                .collect(),
            policy: policy.to_owned(),
        }
    }

    /// Every description, with the place that it describes.
    pub(crate) fn descriptions(&self) -> impl Iterator<Item = (String, &str)> {
        let of_types = self.types.iter().flat_map(|(name, described)| {
            let own = (name.clone(), described.description.as_str());
            let fields = described.fields.iter().flat_map(move |field| {
                let place = format!("{name}.{}", field.name);
                let arguments = field.arguments.iter().map({
                    let place = place.clone();
                    move |argument| {
                        (
                            format!("{place}({}:)", argument.name),
                            argument.description.as_str(),
                        )
                    }
                });
                [(place, field.description.as_str())].into_iter().chain(arguments)
            });
            let values = described.values.iter();
            let values = values.map(move |(value, text)| (format!("{name}.{value}"), text.as_str()));
            [own].into_iter().chain(fields).chain(values)
        });
        of_types.chain([("the schema".to_owned(), self.policy.as_str())])
    }

    /// True for a name of the schema, a path of names from a type or a field on, and whatever is no name at all, such as a
    /// number or a time.
    pub(crate) fn knows(&self, text: &str) -> bool {
        let (path, arguments) = match text.strip_suffix(')').and_then(|call| call.split_once('(')) {
            Some((path, arguments)) => (path, Some(arguments)),
            None => (text, None),
        };
        let is_name = |word: &str| {
            word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && word.chars().all(|one| one.is_ascii_alphanumeric() || one == '_')
        };
        let mut names = path.split('.');
        let is_word = WORDS.contains(&text) || ErrorCode::all().any(|code| code == text);
        if is_word || !path.split('.').all(is_name) {
            return true;
        }
        let first = names.next().unwrap_or_default();
        let rest: Vec<&str> = names.collect();
        let found = self.lead(first, &rest);
        match arguments {
            None => !found.is_empty() || (rest.is_empty() && self.names(first)),
            Some(given) => {
                let given = given.split(',').filter_map(|one| one.split(':').next());
                let given: Vec<&str> = given.map(str::trim).collect();
                let takes = |field: &&Field| {
                    let has = |name: &&str| field.arguments.iter().any(|argument| argument.name == **name);
                    given.iter().all(has)
                };
                found.iter().any(takes)
            }
        }
    }

    /// The fields that a path leads to, from the type or the fields that `first` names.
    fn lead(&self, first: &str, rest: &[&str]) -> Vec<&Field> {
        let all = || self.types.values().flat_map(|described| &described.fields);
        let (mut found, rest): (Vec<&Field>, _) = match (self.types.get(first), rest.split_first()) {
            (Some(described), Some((second, rest))) => {
                let named = described.fields.iter().filter(|field| field.name == *second);
                (named.collect(), rest)
            }
            _ => (all().filter(|field| field.name == first).collect(), rest),
        };
        for name in rest {
            let below: BTreeSet<&str> = found.iter().map(|field| field.of.as_str()).collect();
            let of_types = below.into_iter().filter_map(|name| self.types.get(name));
            found = of_types
                .flat_map(|described| &described.fields)
                .filter(|field| field.name == *name)
                .collect();
        }
        found
    }

    /// True for the name of a type, an argument or a value of an enum.
    fn names(&self, name: &str) -> bool {
        self.types.contains_key(name)
            || self.types.values().any(|described| {
                let fields = &mut described.fields.iter();
                fields.any(|field| field.arguments.iter().any(|argument| argument.name == name))
                    || described.values.iter().any(|(value, _)| value == name)
            })
    }
}

impl Described {
    fn of(definition: TypeDefinition) -> Self {
        let (fields, values) = match definition.kind {
            TypeKind::Object(object) => (object.fields.into_iter().map(Field::output).collect(), Vec::new()),
            TypeKind::Interface(interface) => (
                interface.fields.into_iter().map(Field::output).collect(),
                Vec::new(),
            ),
            TypeKind::InputObject(input) => {
                (input.fields.into_iter().map(Field::input).collect(), Vec::new())
            }
            TypeKind::Enum(of) => {
                let value = |value: async_graphql::parser::types::EnumValueDefinition| {
                    (value.value.node.to_string(), on_one_line(value.description))
                };
                let values = of.values.into_iter().map(|one| value(one.node));
                (Vec::new(), values.collect())
            }
            TypeKind::Scalar | TypeKind::Union(_) => (Vec::new(), Vec::new()),
        };
        Self {
            description: on_one_line(definition.description),
            fields,
            values,
        }
    }
}

impl Field {
    fn output(definition: Positioned<FieldDefinition>) -> Self {
        let definition = definition.node;
        Self {
            name: definition.name.node.to_string(),
            of: name_of(&definition.ty.node),
            description: on_one_line(definition.description),
            arguments: definition.arguments.into_iter().map(Self::input).collect(),
        }
    }

    fn input(definition: Positioned<InputValueDefinition>) -> Self {
        let definition = definition.node;
        Self {
            name: definition.name.node.to_string(),
            of: name_of(&definition.ty.node),
            description: on_one_line(definition.description),
            arguments: Vec::new(),
        }
    }
}

fn on_one_line(description: Option<Positioned<String>>) -> String {
    let text = description
        .map(|description| description.node)
        .unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn name_of(of: &Type) -> String {
    match &of.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(item) => name_of(item),
    }
}
