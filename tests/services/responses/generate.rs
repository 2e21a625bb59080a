//! Random documents that are valid for a schema, always the same ones.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, FieldDefinition, Type, TypeKind, TypeSystemDefinition};

use super::data::hash;
use super::document::{Condition, Document, Fragment, Selection, SelectionKind, VARIABLES};

/// The fields and the possible types of the composite types of a schema.
pub(crate) struct Types {
    /// The names of fields with the names of their types, by the names of types.
    fields: BTreeMap<String, Vec<(String, String)>>,
    possible: BTreeMap<String, BTreeSet<String>>,
}

/// Depth of the selections in an operation.
const DEPTH: u32 = 4;

/// Number of named fragments that an operation may spread.
const FRAGMENTS: usize = 3;

impl Types {
    /// Reads the types of a schema's text.
    pub(crate) fn read(sdl: &str) -> Self {
        let mut types = Self {
            fields: BTreeMap::new(),
            possible: BTreeMap::new(),
        };
        for definition in parse_schema(sdl).unwrap().definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let name = definition.node.name.node.to_string();
            match &definition.node.kind {
                TypeKind::Object(object) => {
                    types.fields.insert(name.clone(), fields(&object.fields));
                    let interfaces = object.implements.iter().map(|one| one.node.to_string());
                    for of in interfaces.chain([name.clone()]) {
                        types.possible.entry(of).or_default().insert(name.clone());
                    }
                }
                TypeKind::Interface(interface) => {
                    types.fields.insert(name, fields(&interface.fields));
                }
                TypeKind::Union(union) => {
                    types.fields.insert(name.clone(), Vec::new());
                    let members = union.members.iter().map(|one| one.node.to_string());
                    types.possible.entry(name).or_default().extend(members);
                }
                TypeKind::Scalar | TypeKind::Enum(_) | TypeKind::InputObject(_) => {}
            }
        }
        types
    }

    /// The types on which a fragment may stand within `scope`.
    fn overlapping(&self, scope: &str) -> Vec<&str> {
        let own = &self.possible[scope];
        let others = self.possible.iter().filter(|(_, other)| !own.is_disjoint(other));
        others.map(|(name, _)| name.as_str()).collect()
    }
}

fn fields(definitions: &[Positioned<FieldDefinition>]) -> Vec<(String, String)> {
    let field =
        |one: &Positioned<FieldDefinition>| (one.node.name.node.to_string(), named(&one.node.ty.node));
    definitions.iter().map(field).collect()
}

fn named(ty: &Type) -> String {
    match &ty.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(items) => named(items),
    }
}

/// The document number `seed`.
pub(crate) fn document(types: &Types, kind: &'static str, seed: u32) -> Document {
    let mut maker = Maker {
        types,
        seed,
        thrown: 0,
        fragments: Vec::new(),
    };
    // The last first: a fragment spreads only those that follow it.
    let on: Vec<String> = (0..FRAGMENTS)
        .map(|_| {
            let names: Vec<&String> = types.possible.keys().filter(|name| !is_root(name)).collect();
            names[maker.below(names.len())].clone()
        })
        .collect();
    maker.fragments = on
        .into_iter()
        .map(|on| Fragment {
            on,
            selections: Vec::new(),
        })
        .collect();
    for number in (0..FRAGMENTS).rev() {
        let scope = maker.fragments[number].on.clone();
        maker.fragments[number].selections = maker.selections(&scope, 2, number + 1);
    }
    let root = match kind {
        "subscription" => {
            let fields = &types.fields["Subscription"];
            let (name, of) = &fields[maker.below(fields.len())];
            let mut field = Selection::field(name);
            field.below = maker.selections(of, DEPTH, 0);
            vec![field]
        }
        _ => maker.selections("Query", DEPTH, 0),
    };
    Document {
        kind,
        root,
        fragments: maker.fragments,
    }
}

fn is_root(name: &str) -> bool {
    matches!(name, "Query" | "Subscription")
}

struct Maker<'a> {
    types: &'a Types,
    seed: u32,
    thrown: u32,
    fragments: Vec<Fragment>,
}

impl Maker<'_> {
    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.thrown += 1;
        hash(&format!("document {} {}", self.seed, self.thrown)) as usize % end
    }

    /// Selections in `scope`, which spread fragments from the number `first_fragment` on.
    fn selections(&mut self, scope: &str, depth: u32, first_fragment: usize) -> Vec<Selection> {
        let count = 1 + self.below(4);
        (0..count)
            .map(|_| self.selection(scope, depth, first_fragment))
            .collect()
    }

    fn selection(&mut self, scope: &str, depth: u32, first_fragment: usize) -> Selection {
        let condition = self.condition();
        let mut selection = match self.below(10) {
            0..=5 => self.field(scope, depth, first_fragment),
            6 | 7 if depth > 0 => self.inline(scope, depth, first_fragment),
            _ => self
                .spread(scope, first_fragment)
                .unwrap_or_else(|| self.field(scope, depth, first_fragment)),
        };
        selection.condition = condition;
        selection
    }

    fn field(&mut self, scope: &str, depth: u32, first_fragment: usize) -> Selection {
        let types = self.types;
        let fields = &types.fields[scope];
        let number = self.below(fields.len() + 1);
        let Some((name, of)) = fields.get(number) else {
            return Selection::typename();
        };
        let mut field = Selection::field(name);
        if types.fields.contains_key(of) {
            field.below = match depth {
                0 => vec![Selection::typename()],
                _ => self.selections(of, depth - 1, first_fragment),
            };
        }
        // Equal fields under equal aliases are merged, and different ones never meet.
        let alias = match self.below(6) {
            0 => Some(format!("a_{name}")),
            1 => Some(format!("b_{name}")),
            _ => None,
        };
        field.kind = SelectionKind::Field {
            alias,
            name: name.clone(),
        };
        field
    }

    fn inline(&mut self, scope: &str, depth: u32, first_fragment: usize) -> Selection {
        let types = self.types;
        let overlapping = types.overlapping(scope);
        let number = self.below(overlapping.len() + 1);
        let on = overlapping.get(number).map(|on| (*on).to_owned());
        let below = self.selections(on.as_deref().unwrap_or(scope), depth - 1, first_fragment);
        Selection {
            kind: SelectionKind::Inline { on },
            condition: None,
            below,
        }
    }

    fn spread(&mut self, scope: &str, first_fragment: usize) -> Option<Selection> {
        let overlapping = self.types.overlapping(scope);
        let possible: Vec<usize> = (first_fragment..self.fragments.len())
            .filter(|number| overlapping.contains(&self.fragments[*number].on.as_str()))
            .collect();
        let fragment = *possible.get(self.below(possible.len().max(1)))?;
        Some(Selection {
            kind: SelectionKind::Spread { fragment },
            condition: None,
            below: Vec::new(),
        })
    }

    fn condition(&mut self) -> Option<Condition> {
        let directive = match self.below(10) {
            0 => "skip",
            1 => "include",
            _ => return None,
        };
        let variable = self.below(VARIABLES.len() + 1);
        Some(Condition {
            directive,
            variable: (variable < VARIABLES.len()).then_some(variable),
            literal: self.below(2) == 0,
        })
    }
}
