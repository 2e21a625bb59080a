//! The root fields of mutations and subscriptions, each of which is executed once.
//!
//! The GraphQL library executes a field as often as it stands in the document, which for a mutation means that it changes
//! something twice, and looks for subscriptions nowhere but in the operation itself. The specification merges fields of
//! one response key, wherever they stand.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType,
    Selection, SelectionSet,
};
use async_graphql::{Name, Positioned};

use super::refusal::clipped;
use crate::graphql::ErrorCode;
use crate::server::request_error::RequestError;

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// The root fields of one operation.
#[derive(Default)]
struct RootFields {
    fields: Vec<Positioned<Field>>,
    /// The fragments in which they stand.
    spread: Vec<Name>,
    /// True when some stand in a fragment, named or not.
    stands_in_fragment: bool,
    /// True when a fragment has a directive, such as `@include`.
    is_conditional: bool,
}

/// Puts the root fields of mutations and subscriptions that stand in fragments, or several times, into the operation
/// itself, once each. Refuses subscriptions to anything but one field, which the specification asks for, and
/// mutations that cannot be merged.
pub(super) fn merge(document: &mut ExecutableDocument) -> Result<(), RequestError> {
    let ExecutableDocument {
        operations,
        fragments,
    } = document;
    let operations: Vec<&mut Positioned<OperationDefinition>> = match operations {
        DocumentOperations::Single(only) => vec![only],
        DocumentOperations::Multiple(named) => named.values_mut().collect(),
    };
    let mut lifted = Vec::new();
    for operation in operations {
        let operation = &mut operation.node;
        if operation.ty == OperationType::Query {
            continue;
        }
        let mut root = RootFields::default();
        root.collect(&operation.selection_set.node, fragments);
        let is_subscription = operation.ty == OperationType::Subscription;
        if let Some(merged) = root.merged(is_subscription)? {
            operation.selection_set.node.items = merged;
            lifted.extend(root.spread);
        }
    }
    // A fragment that is no longer spread anywhere would be refused as unused. Without it, those that only it spreads are
    // unused as well.
    while let Some(unused) = lifted.iter().position(|name| !is_spread(document, name)) {
        let name = lifted.swap_remove(unused);
        document.fragments.remove(&name);
    }
    Ok(())
}

/// True when `is_wanted` is true of a field that `root` selects, in fragments too.
pub(super) fn any(
    document: &ExecutableDocument,
    root: &SelectionSet,
    is_wanted: impl Fn(&Field) -> bool,
) -> bool {
    let mut visited = HashSet::new();
    let mut waiting = vec![root];
    while let Some(set) = waiting.pop() {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) if is_wanted(&field.node) => return true,
                Selection::Field(_) => {}
                Selection::InlineFragment(inline) => waiting.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    if visited.insert(name)
                        && let Some(fragment) = document.fragments.get(name)
                    {
                        waiting.push(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
    false
}

impl RootFields {
    fn collect(&mut self, set: &SelectionSet, fragments: &Fragments) {
        for item in &set.items {
            match &item.node {
                Selection::Field(field) => self.fields.push(field.clone()),
                Selection::InlineFragment(inline) => {
                    self.stands_in_fragment = true;
                    self.is_conditional |= !inline.node.directives.is_empty();
                    self.collect(&inline.node.selection_set.node, fragments);
                }
                Selection::FragmentSpread(spread) => {
                    self.stands_in_fragment = true;
                    self.is_conditional |= !spread.node.directives.is_empty();
                    let name = &spread.node.fragment_name.node;
                    if let Some(fragment) = fragments.get(name) {
                        self.spread.push(name.clone());
                        self.collect(&fragment.node.selection_set.node, fragments);
                    }
                }
            }
        }
    }

    /// The selections of the operation; none when they may stay as they are.
    fn merged(&self, is_subscription: bool) -> Result<Option<Vec<Positioned<Selection>>>, RequestError> {
        let mut merged: Vec<Positioned<Field>> = Vec::new();
        let mut has_repeated = false;
        for field in &self.fields {
            let key = &field.node.response_key().node;
            let mut earlier = merged.iter_mut();
            let Some(first) = earlier.find(|first| first.node.response_key().node == *key) else {
                merged.push(field.clone());
                continue;
            };
            has_repeated = true;
            if self.is_conditional || !is_same(&first.node, &field.node) {
                let key = clipped(key);
                let message = format!(
                    "the document asks for '{key}' more than once, with other arguments or under conditions; ask for \
                     it once, or give each an alias of its own"
                );
                return Err(RequestError::refused(ErrorCode::BadUserInput, message));
            }
            let below = &mut first.node.selection_set.node.items;
            below.extend(field.node.selection_set.node.items.iter().cloned());
        }
        if is_subscription {
            self.check_subscription(merged.len())?;
        }
        let is_changed = has_repeated || (is_subscription && self.stands_in_fragment);
        Ok(is_changed.then(|| merged.into_iter().map(to_selection).collect()))
    }

    fn check_subscription(&self, fields: usize) -> Result<(), RequestError> {
        if fields != 1 {
            let message = format!(
                "a subscription listens to one field; this one has {fields}: start one subscription for each"
            );
            return Err(RequestError::refused(ErrorCode::BadUserInput, message));
        }
        if self.is_conditional {
            let message = "the field of a subscription cannot stand in a fragment with a directive; take the directive away";
            return Err(RequestError::refused(ErrorCode::BadUserInput, message));
        }
        Ok(())
    }
}

/// True when both ask for the same, but for what is selected of it.
fn is_same(one: &Field, other: &Field) -> bool {
    let directives = |field: &Field| {
        let directives = field.directives.iter().map(|directive| &directive.node);
        directives
            .map(|one| (one.name.node.clone(), one.arguments.clone()))
            .collect::<Vec<_>>()
    };
    one.name == other.name && one.arguments == other.arguments && directives(one) == directives(other)
}

fn to_selection(field: Positioned<Field>) -> Positioned<Selection> {
    let pos = field.pos;
    Positioned::new(Selection::Field(field), pos)
}

fn is_spread(document: &ExecutableDocument, name: &Name) -> bool {
    fn within(set: &SelectionSet, name: &Name) -> bool {
        set.items.iter().any(|item| match &item.node {
            Selection::Field(field) => within(&field.node.selection_set.node, name),
            Selection::InlineFragment(inline) => within(&inline.node.selection_set.node, name),
            Selection::FragmentSpread(spread) => spread.node.fragment_name.node == *name,
        })
    }
    document
        .operations
        .iter()
        .any(|(_, operation)| within(&operation.node.selection_set.node, name))
        || document
            .fragments
            .iter()
            .any(|(other, fragment)| other != name && within(&fragment.node.selection_set.node, name))
}
