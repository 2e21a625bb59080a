//! The fields of objects, collected as in <https://spec.graphql.org/October2021/#CollectFields()>.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Directive, ExecutableDocument, Selection, SelectionSet, Type};
use async_graphql::{Name, Positioned, Value, Variables};

use crate::server::output_types::OutputTypes;

/// Selections that stand under one response key, and are therefore merged: an index into [`Collector::groups`].
pub(super) type Group = usize;

/// A field of an object that was asked for.
#[derive(Debug)]
pub(super) struct CollectedField<'a> {
    pub(super) key: &'a Name,
    pub(super) ty: &'a Type,
    /// The value that completion knows better than execution, when there is one.
    pub(super) constant: Option<&'a str>,
    /// The selections of what is in it.
    pub(super) below: Group,
}

/// Collects the fields of one operation, those of each type under each response key once.
pub(super) struct Collector<'a> {
    pub(super) types: &'a OutputTypes,
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    groups: Vec<Vec<&'a SelectionSet>>,
    collected: HashMap<(Group, &'a str), Rc<[CollectedField<'a>]>>,
}

/// The name of a field with the selections of all fields of one response key.
type Merged<'a> = IndexMap<&'a Name, (&'a str, Vec<&'a SelectionSet>)>;

impl<'a> Collector<'a> {
    /// The group of an operation's own selections.
    pub(super) const ROOT: Group = 0;

    /// A collector of what is selected by `root`, in `document` with `variables`.
    pub(super) fn new(
        types: &'a OutputTypes,
        document: &'a ExecutableDocument,
        root: &'a SelectionSet,
        variables: &'a Variables,
    ) -> Self {
        Self {
            types,
            document,
            variables,
            groups: vec![vec![root]],
            collected: HashMap::new(),
        }
    }

    /// The fields that `group` asks for of an object of the type `object`, in order.
    pub(super) fn fields(&mut self, group: Group, object: &'a str) -> Rc<[CollectedField<'a>]> {
        if let Some(fields) = self.collected.get(&(group, object)) {
            return Rc::clone(fields);
        }
        let mut merged = Merged::new();
        let mut visited = HashSet::new();
        for set in self.groups[group].clone() {
            self.collect(set, object, &mut visited, &mut merged);
        }
        let mut fields = Vec::with_capacity(merged.len());
        for (key, (name, below)) in merged {
            // Validation refuses fields that do not exist.
            let Some(field) = self.types.field(object, name) else {
                continue;
            };
            fields.push(CollectedField {
                key,
                ty: &field.ty,
                constant: match (object, name) {
                    (_, "__typename") => Some(object),
                    ("__Schema", "description") => self.types.description.as_deref(),
                    _ => None,
                },
                below: self.groups.len(),
            });
            self.groups.push(below);
        }
        let fields: Rc<[_]> = fields.into();
        self.collected.insert((group, object), Rc::clone(&fields));
        fields
    }

    fn collect(
        &self,
        set: &'a SelectionSet,
        object: &str,
        visited: &mut HashSet<&'a str>,
        merged: &mut Merged<'a>,
    ) {
        for item in &set.items {
            if self.is_skipped(item.node.directives()) {
                continue;
            }
            match &item.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let (_, below) = merged
                        .entry(&field.response_key().node)
                        .or_insert_with(|| (&field.name.node, Vec::new()));
                    below.push(&field.selection_set.node);
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| self.types.applies(&condition.node.on.node, object)) {
                        self.collect(&inline.node.selection_set.node, object, visited, merged);
                    }
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let Some(fragment) = self.document.fragments.get(name) else {
                        continue;
                    };
                    let fragment = &fragment.node;
                    if self.types.applies(&fragment.type_condition.node.on.node, object)
                        && visited.insert(name.as_str())
                    {
                        self.collect(&fragment.selection_set.node, object, visited, merged);
                    }
                }
            }
        }
    }

    fn is_skipped(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().any(|directive| {
            let is_skipped_when = match directive.node.name.node.as_str() {
                "skip" => true,
                "include" => false,
                _ => return false,
            };
            let condition = directive.node.get_argument("if");
            condition.is_some_and(|condition| self.is_true(&condition.node) == is_skipped_when)
        })
    }

    fn is_true(&self, condition: &async_graphql_value::Value) -> bool {
        match condition {
            async_graphql_value::Value::Boolean(value) => *value,
            async_graphql_value::Value::Variable(name) => {
                matches!(self.variables.get(name), Some(Value::Boolean(true)))
            }
            _ => false,
        }
    }
}
