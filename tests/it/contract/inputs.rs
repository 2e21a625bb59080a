//! The inputs of all mutations, read from the running schema by introspection.

use serde_json::{Value, json};

/// Mutation and the fields of its input.
#[derive(Debug)]
pub(super) struct Mutation {
    pub(super) name: String,
    /// Type of the input, such as `LinkAccountInput!`.
    pub(super) input: String,
    /// True when the input takes exactly one of its fields.
    pub(super) is_choice: bool,
    /// Fields of the input, each before those below it.
    pub(super) fields: Vec<Field>,
}

/// Field of an input, or of an object in it.
#[derive(Debug)]
pub(super) struct Field {
    /// Names of the fields from the input down to it, with dots between, such as `method.qr`.
    pub(super) place: String,
    /// Type of the field, such as `[ID!]`.
    pub(super) ty: String,
    pub(super) kind: FieldKind,
    pub(super) is_list: bool,
    /// True when the field must be given.
    pub(super) is_required: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FieldKind {
    Scalar(String),
    Enum,
    /// Object of which all fields may be given.
    Object,
    /// Object that takes exactly one of its fields.
    Choice,
}

/// Query for the types of the schema, for [`read_mutations`].
pub(super) const TYPES: &str = "{ __schema {
    mutationType { fields { name args { name type { ...Type } } } }
    types { name kind isOneOf inputFields { name defaultValue type { ...Type } } }
} }
fragment Type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// The mutations of the schema in the answer to [`TYPES`] that take an input.
pub(super) fn read_mutations(answer: &Value) -> Vec<Mutation> {
    let schema = &answer["__schema"];
    let mutations = schema["mutationType"]["fields"].as_array().unwrap();
    let read = mutations.iter().filter_map(|mutation| {
        let arguments = mutation["args"].as_array().unwrap();
        if arguments.is_empty() {
            return None;
        }
        assert_eq!(
            arguments.len(),
            1,
            "a mutation takes an input and nothing else: {mutation}"
        );
        assert_eq!(arguments[0]["name"], "input", "{mutation}");
        let ty = &arguments[0]["type"];
        let mut fields = Vec::new();
        read_fields(schema, name_of(ty), "", &mut fields);
        Some(Mutation {
            name: text(&mutation["name"]).to_owned(),
            input: written(ty),
            is_choice: find_type(schema, name_of(ty))["isOneOf"] == true,
            fields,
        })
    });
    read.collect()
}

fn read_fields(schema: &Value, object: &str, above: &str, fields: &mut Vec<Field>) {
    for field in find_type(schema, object)["inputFields"].as_array().unwrap() {
        let ty = find_type(schema, name_of(&field["type"]));
        let kind = match (text(&ty["kind"]), ty["isOneOf"] == true) {
            ("SCALAR", _) => FieldKind::Scalar(text(&ty["name"]).to_owned()),
            ("ENUM", _) => FieldKind::Enum,
            (_, true) => FieldKind::Choice,
            (_, false) => FieldKind::Object,
        };
        let place = match above {
            "" => text(&field["name"]).to_owned(),
            above => format!("{above}.{}", text(&field["name"])),
        };
        let has_fields = matches!(kind, FieldKind::Object | FieldKind::Choice);
        let written = written(&field["type"]);
        fields.push(Field {
            place: place.clone(),
            is_list: written.starts_with('['),
            is_required: written.ends_with('!') && field["defaultValue"].is_null(),
            ty: written,
            kind,
        });
        if has_fields {
            read_fields(schema, text(&ty["name"]), &place, fields);
        }
    }
}

fn find_type<'a>(schema: &'a Value, name: &str) -> &'a Value {
    let types = schema["types"].as_array().unwrap();
    types.iter().find(|ty| ty["name"] == name).unwrap()
}

/// The name of the type inside its lists.
fn name_of(ty: &Value) -> &str {
    match &ty["name"] {
        Value::String(name) => name,
        _ => name_of(&ty["ofType"]),
    }
}

/// The type as GraphQL writes it.
fn written(ty: &Value) -> String {
    match text(&ty["kind"]) {
        "NON_NULL" => format!("{}!", written(&ty["ofType"])),
        "LIST" => format!("[{}]", written(&ty["ofType"])),
        _ => text(&ty["name"]).to_owned(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

impl Mutation {
    /// The operation that runs the mutation and asks for its errors.
    pub(super) fn document(&self) -> String {
        let Self { name, input, .. } = self;
        format!(
            "mutation ($input: {input}) {{ {name}(input: $input) {{ errors {{ __typename code message path }} }} }}"
        )
    }

    /// `input` with `value` at `place`, which may have indexes of lists. Where an object takes exactly one field, `value`
    /// replaces what was given instead.
    pub(super) fn with(&self, mut input: Value, place: &str, value: Value) -> Value {
        let mut here = &mut input;
        let mut above = String::new();
        for step in place.split('.') {
            here = match step.parse::<usize>() {
                Ok(index) => &mut here[index],
                Err(_) => {
                    if here.is_null() {
                        *here = json!({});
                    }
                    let fields = here.as_object_mut().unwrap();
                    if self.takes_one_at(&above) {
                        fields.retain(|name, _| name == step);
                    }
                    let dot = if above.is_empty() { "" } else { "." };
                    above = format!("{above}{dot}{step}");
                    fields.entry(step).or_insert(Value::Null)
                }
            };
        }
        *here = value;
        input
    }

    /// True when one input can have values at both places.
    pub(super) fn takes_both(&self, one: &str, other: &str) -> bool {
        let (one, other) = (one.split('.'), other.split('.'));
        let length = one
            .clone()
            .zip(other.clone())
            .take_while(|(one, other)| one == other)
            .count();
        let is_within = one.clone().count() == length || other.count() == length;
        let above: Vec<&str> = one.take(length).collect();
        !is_within && !self.takes_one_at(&without_indexes(&above.join(".")))
    }

    /// True when the object at `place` takes exactly one of its fields.
    fn takes_one_at(&self, place: &str) -> bool {
        let is_choice = |field: &Field| field.place == place && field.kind == FieldKind::Choice;
        if place.is_empty() {
            self.is_choice
        } else {
            self.fields.iter().any(is_choice)
        }
    }
}

/// The place of a field, without the indexes of list elements.
pub(super) fn without_indexes(place: &str) -> String {
    let names = place.split('.').filter(|step| step.parse::<usize>().is_err());
    names.collect::<Vec<_>>().join(".")
}
