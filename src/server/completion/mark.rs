//! Marks: the types of objects, asked for in a way that no client can ask or see.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, InlineFragment, OperationDefinition, Selection,
    SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, Value};

/// The response key of a mark. No name has a space, so that no client's alias is the same.
pub(super) const KEY: &str = " type";

/// Lets every field that has selections ask for the type of its object.
pub(in crate::server) fn mark(document: &mut ExecutableDocument) {
    // The type at the root is known.
    for operation in operations(&mut document.operations) {
        within(&mut operation.selection_set.node);
    }
    for fragment in document.fragments.values_mut() {
        within(&mut fragment.node.selection_set.node);
    }
}

/// The operations of a document.
pub(super) fn operations(operations: &mut DocumentOperations) -> Vec<&mut OperationDefinition> {
    match operations {
        DocumentOperations::Single(only) => vec![&mut only.node],
        DocumentOperations::Multiple(named) => named.values_mut().map(|named| &mut named.node).collect(),
    }
}

fn within(set: &mut SelectionSet) {
    for item in &mut set.items {
        enclose_typename(item);
        match &mut item.node {
            Selection::Field(field) => {
                let below = &mut field.node.selection_set.node;
                if !below.items.is_empty() {
                    within(below);
                    below.items.push(mark_field());
                }
            }
            Selection::InlineFragment(inline) => within(&mut inline.node.selection_set.node),
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// Puts a `__typename` with directives into a fragment with them: the library's validation passes `__typename` over, and
/// calls the variables of its directives unused.
fn enclose_typename(item: &mut Positioned<Selection>) {
    let Selection::Field(field) = &mut item.node else {
        return;
    };
    if field.node.name.node != "__typename" || field.node.directives.is_empty() {
        return;
    }
    let directives = std::mem::take(&mut field.node.directives);
    let items = vec![item.clone()];
    let fragment = InlineFragment {
        type_condition: None,
        directives,
        selection_set: Positioned::new(SelectionSet { items }, item.pos),
    };
    item.node = Selection::InlineFragment(Positioned::new(fragment, item.pos));
}

fn mark_field() -> Positioned<Selection> {
    let nowhere = Pos::default();
    let field = Field {
        alias: Some(Positioned::new(Name::new(KEY), nowhere)),
        name: Positioned::new(Name::new("__typename"), nowhere),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet::default(), nowhere),
    };
    Positioned::new(Selection::Field(Positioned::new(field, nowhere)), nowhere)
}

/// The type of an object, whose mark it is.
pub(super) fn type_of(object: &IndexMap<Name, Value>) -> Option<&str> {
    match object.get(KEY)? {
        Value::String(name) => Some(name),
        _ => None,
    }
}
