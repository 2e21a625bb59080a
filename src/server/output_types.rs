//! The types of what the schema answers, read from the schema's own text.

use std::collections::{HashMap, HashSet};

use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, FieldDefinition, OperationType, ServiceDocument, Type, TypeDefinition, TypeKind,
    TypeSystemDefinition,
};

/// The types that describe a schema, which a schema's text does not define, and their fields on the query type.
const INTROSPECTION: &str = "
    type __Entry { __schema: __Schema! __type(name: String!): __Type }
    type __Schema { description: String types: [__Type!]! queryType: __Type! mutationType: __Type
      subscriptionType: __Type directives: [__Directive!]! }
    type __Type { kind: __TypeKind! name: String description: String specifiedByURL: String isOneOf: Boolean
      fields(includeDeprecated: Boolean = false): [__Field!] interfaces: [__Type!] possibleTypes: [__Type!]
      enumValues(includeDeprecated: Boolean = false): [__EnumValue!]
      inputFields(includeDeprecated: Boolean = false): [__InputValue!] ofType: __Type }
    type __Field { name: String! description: String args(includeDeprecated: Boolean = false): [__InputValue!]!
      type: __Type! isDeprecated: Boolean! deprecationReason: String }
    type __InputValue { name: String! description: String type: __Type! defaultValue: String
      isDeprecated: Boolean! deprecationReason: String }
    type __EnumValue { name: String! description: String isDeprecated: Boolean! deprecationReason: String }
    type __Directive { name: String! description: String isRepeatable: Boolean!
      locations: [__DirectiveLocation!]! args(includeDeprecated: Boolean = false): [__InputValue!]! }";

/// The object, interface and union types of a schema.
#[derive(Debug)]
pub(super) struct OutputTypes {
    types: HashMap<String, CompositeType>,
    /// The description of the schema itself.
    pub(super) description: Option<String>,
    query: String,
    mutation: String,
    subscription: String,
    typename: OutputField,
    nothing: HashSet<String>,
}

#[derive(Debug, Default)]
struct CompositeType {
    fields: HashMap<String, OutputField>,
    /// The object types that its values have.
    possible: HashSet<String>,
    kind: CompositeKind,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum CompositeKind {
    #[default]
    Object,
    Interface,
    Union,
}

/// A field of an object or an interface.
#[derive(Debug)]
pub(super) struct OutputField {
    pub(super) ty: Type,
    arguments: Vec<String>,
}

impl OutputTypes {
    /// Reads the types of `schema`, whose description is `description`.
    pub(super) fn read(schema: &ServiceDocument, description: Option<String>) -> Self {
        let introspection = parse_schema(INTROSPECTION).expect("the constant is a schema's text");
        let mut this = Self {
            types: HashMap::new(),
            description,
            query: "Query".to_owned(),
            mutation: "Mutation".to_owned(),
            subscription: "Subscription".to_owned(),
            nothing: HashSet::new(),
            typename: OutputField {
                ty: Type::new("String!").expect("it is a type"),
                arguments: Vec::new(),
            },
        };
        for definition in schema.definitions.iter().chain(&introspection.definitions) {
            match definition {
                TypeSystemDefinition::Type(definition) => this.add(&definition.node),
                TypeSystemDefinition::Schema(schema) => {
                    for (root, name) in [
                        (&mut this.query, &schema.node.query),
                        (&mut this.mutation, &schema.node.mutation),
                        (&mut this.subscription, &schema.node.subscription),
                    ] {
                        if let Some(name) = name {
                            *root = name.node.to_string();
                        }
                    }
                }
                TypeSystemDefinition::Directive(_) => {}
            }
        }
        let entry = this.types.remove("__Entry").unwrap_or_default();
        let query = this.types.entry(this.query.clone()).or_default();
        query.fields.extend(entry.fields);
        this
    }

    fn add(&mut self, definition: &TypeDefinition) {
        let name = definition.name.node.as_str();
        match &definition.kind {
            TypeKind::Object(object) => {
                self.composite(name).fields.extend(fields(&object.fields));
                let interfaces = object.implements.iter().map(|interface| interface.node.as_str());
                for one in interfaces.chain([name]) {
                    self.composite(one).possible.insert(name.to_owned());
                }
            }
            TypeKind::Interface(interface) => {
                let composite = self.composite(name);
                composite.kind = CompositeKind::Interface;
                composite.fields.extend(fields(&interface.fields));
            }
            TypeKind::Union(union) => {
                let members = union.members.iter().map(|member| member.node.to_string());
                let union = self.composite(name);
                union.kind = CompositeKind::Union;
                union.possible.extend(members);
            }
            TypeKind::Scalar | TypeKind::Enum(_) | TypeKind::InputObject(_) => {}
        }
    }

    fn composite(&mut self, name: &str) -> &mut CompositeType {
        self.types.entry(name.to_owned()).or_default()
    }

    /// The type at the root of operations of `kind`.
    pub(super) fn root(&self, kind: OperationType) -> &str {
        match kind {
            OperationType::Query => &self.query,
            OperationType::Mutation => &self.mutation,
            OperationType::Subscription => &self.subscription,
        }
    }

    /// The schema's own copy of the name of an object, an interface or a union; none for other types.
    pub(super) fn composite_name(&self, name: &str) -> Option<&str> {
        self.types.get_key_value(name).map(|(name, _)| name.as_str())
    }

    /// The field `name` of the type `of`.
    pub(super) fn field(&self, of: &str, name: &str) -> Option<&OutputField> {
        let composite = self.types.get(of)?;
        match name {
            "__typename" => Some(&self.typename),
            _ => composite.fields.get(name),
        }
    }

    /// True for the name of a union.
    pub(super) fn is_union(&self, name: &str) -> bool {
        self.is(name, CompositeKind::Union)
    }

    /// True for the name of an interface.
    pub(super) fn is_interface(&self, name: &str) -> bool {
        self.is(name, CompositeKind::Interface)
    }

    fn is(&self, name: &str, kind: CompositeKind) -> bool {
        self.types
            .get(name)
            .is_some_and(|composite| composite.kind == kind)
    }

    /// The object types that the values of the type `name` have.
    pub(super) fn possible(&self, name: &str) -> &HashSet<String> {
        self.types
            .get(name)
            .map_or(&self.nothing, |composite| &composite.possible)
    }

    /// True when a fragment on the type `condition` applies to objects of the type `object`.
    pub(super) fn applies(&self, condition: &str, object: &str) -> bool {
        self.possible(condition).contains(object)
    }
}

impl OutputField {
    /// The name of its type, without lists.
    pub(super) fn named_type(&self) -> &str {
        let mut base = &self.ty.base;
        loop {
            match base {
                BaseType::Named(name) => return name,
                BaseType::List(items) => base = &items.base,
            }
        }
    }

    /// True when it has the argument `name`.
    pub(super) fn takes(&self, name: &str) -> bool {
        self.arguments.iter().any(|argument| argument == name)
    }

    /// True when it is a list.
    pub(super) const fn is_list(&self) -> bool {
        matches!(self.ty.base, BaseType::List(_))
    }
}

fn fields(definitions: &[Positioned<FieldDefinition>]) -> impl Iterator<Item = (String, OutputField)> {
    definitions.iter().map(|definition| {
        let definition = &definition.node;
        let arguments = definition.arguments.iter();
        let field = OutputField {
            ty: definition.ty.node.clone(),
            arguments: arguments
                .map(|argument| argument.node.name.node.to_string())
                .collect(),
        };
        (definition.name.node.to_string(), field)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::schema_description;

    fn read(text: &str) -> OutputTypes {
        let (schema, description) = schema_description::parse(text);
        OutputTypes::read(&schema, description)
    }

    #[test]
    fn the_real_schema_says_which_subscriptions_resume() {
        let types = read(&super::super::sdl());
        let resumes = |name| types.field("Subscription", name).unwrap().takes("after");

        assert!(resumes("events"));
        // It begins with the account as it is, which a client that joined later would not get.
        assert!(!resumes("linkProgress"));
    }

    #[test]
    fn fragments_apply_by_object_interface_and_union() {
        let text = "type Query { a: U } interface I { x: Int } type A implements I { x: Int } type B { y: Int } union U = A | B";

        let types = read(text);

        let applied = [
            ("A", "A"),
            ("I", "A"),
            ("U", "A"),
            ("U", "B"),
            ("I", "B"),
            ("B", "A"),
            ("Missing", "A"),
        ]
        .map(|(condition, object)| types.applies(condition, object));
        assert_eq!(applied, [true, true, true, true, false, false, false]);
    }
}
