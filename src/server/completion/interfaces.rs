//! What is asked of an interface, put into a fragment on it.
//!
//! The library resolves the fields of an interface by the interface's own resolver, which leaves the paths of their errors
//! out. In a fragment it resolves them by that of the object.

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use super::mark::operations;
use super::unions::fragment;
use crate::server::output_types::OutputTypes;

/// Puts what every field of an interface type selects into a fragment on that interface.
pub(in crate::server) fn enclose_interfaces(document: &mut ExecutableDocument, types: &OutputTypes) {
    for operation in operations(&mut document.operations) {
        within(&mut operation.selection_set.node, types.root(operation.ty), types);
    }
    for fragment in document.fragments.values_mut() {
        let on = &fragment.node.type_condition.node.on.node;
        within(&mut fragment.node.selection_set.node, on, types);
    }
}

/// Does so in `set`, a selection of the type `scope`.
fn within(set: &mut SelectionSet, scope: &str, types: &OutputTypes) {
    for item in &mut set.items {
        match &mut item.node {
            Selection::Field(field) => {
                let Some(known) = types.field(scope, &field.node.name.node) else {
                    continue;
                };
                let of = known.named_type();
                let below = &mut field.node.selection_set.node;
                within(below, of, types);
                // Validation refuses a field that selects nothing.
                if types.is_interface(of) && !below.items.is_empty() {
                    let items = std::mem::take(&mut below.items);
                    below.items.push(fragment(Some(of), items, &[]));
                }
            }
            Selection::InlineFragment(inline) => {
                let inline = &mut inline.node;
                let condition = inline.type_condition.as_ref();
                let scope = condition.map_or(scope, |condition| condition.node.on.node.as_str());
                within(&mut inline.selection_set.node, scope, types);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}
