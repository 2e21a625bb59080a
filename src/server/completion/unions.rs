//! Fragments on unions, repeated where the GraphQL library sees them.
//!
//! The library applies a fragment on a union only where the type of the selection is that union: directly in a field of
//! it. Within a fragment on an interface or an object it passes it over. There, what is in the fragment is repeated
//! beside it; the fragment itself stays, for validation.

use std::collections::HashSet;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, FragmentSpread, InlineFragment, Selection, SelectionSet,
    TypeCondition,
};
use async_graphql::{Name, Positioned};

use crate::server::output_types::OutputTypes;

/// Error of a document whose fragments on unions would be repeated too often.
#[derive(Debug)]
pub(in crate::server) struct TooManyRepetitions;

/// Repeats what is in fragments on unions, at most `allowed` selections of it.
pub(in crate::server) fn repeat_unions(
    document: &mut ExecutableDocument,
    types: &OutputTypes,
    allowed: u64,
) -> Result<(), TooManyRepetitions> {
    if !has_union(document, types) {
        return Ok(());
    }
    let original = document.clone();
    let mut walk = Walk {
        original: &original,
        types,
        left: allowed,
    };
    let operations = match &mut document.operations {
        DocumentOperations::Single(only) => vec![only],
        DocumentOperations::Multiple(named) => named.values_mut().collect(),
    };
    for operation in operations {
        let of = types.root(operation.node.ty);
        walk.within(
            &mut operation.node.selection_set.node,
            Scope { of, is_seen: false },
        )?;
    }
    for fragment in document.fragments.values_mut() {
        let of = fragment.node.type_condition.node.on.node.as_str();
        let scope = Scope {
            of,
            is_seen: types.is_union(of),
        };
        walk.within(&mut fragment.node.selection_set.node, scope)?;
    }
    Ok(())
}

fn has_union(document: &ExecutableDocument, types: &OutputTypes) -> bool {
    fn within(set: &SelectionSet, types: &OutputTypes) -> bool {
        set.items.iter().any(|item| match &item.node {
            Selection::Field(field) => within(&field.node.selection_set.node, types),
            Selection::InlineFragment(inline) => {
                let condition = inline.node.type_condition.as_ref();
                condition.is_some_and(|condition| types.is_union(&condition.node.on.node))
                    || within(&inline.node.selection_set.node, types)
            }
            Selection::FragmentSpread(_) => false,
        })
    }
    let mut operations = document.operations.iter();
    let mut fragments = document.fragments.values().map(|fragment| &fragment.node);
    operations.any(|(_, operation)| within(&operation.node.selection_set.node, types))
        || fragments.any(|fragment| {
            types.is_union(&fragment.type_condition.node.on.node)
                || within(&fragment.selection_set.node, types)
        })
}

/// The place of a selection.
#[derive(Clone, Copy)]
struct Scope<'a> {
    of: &'a str,
    /// True where `of` is the type by which the library resolves the selection.
    is_seen: bool,
}

struct Walk<'a> {
    original: &'a ExecutableDocument,
    types: &'a OutputTypes,
    left: u64,
}

impl<'a> Walk<'a> {
    fn within(&mut self, set: &mut SelectionSet, scope: Scope<'_>) -> Result<(), TooManyRepetitions> {
        let mut repeated = Vec::new();
        for item in &mut set.items {
            if let Some(union) = self.passed_over(&item.node, scope) {
                let possible = self.types.possible(union);
                repeated.extend(self.repeat(&item.clone(), possible, scope.of)?);
                continue;
            }
            match &mut item.node {
                Selection::Field(field) => {
                    let below = &mut field.node.selection_set.node;
                    if let Some(known) = self.types.field(scope.of, &field.node.name.node) {
                        let of = known.named_type();
                        self.within(below, Scope { of, is_seen: true })?;
                    }
                }
                Selection::InlineFragment(inline) => {
                    let inline = &mut inline.node;
                    let scope = match &inline.type_condition {
                        Some(condition) if condition.node.on.node != scope.of => Scope {
                            of: &condition.node.on.node,
                            is_seen: false,
                        },
                        _ => scope,
                    };
                    self.within(&mut inline.selection_set.node, scope)?;
                }
                Selection::FragmentSpread(_) => {}
            }
        }
        set.items.extend(repeated);
        Ok(())
    }

    /// The union of a fragment that the library passes over in `scope`.
    fn passed_over(&self, selection: &Selection, scope: Scope<'_>) -> Option<&'a str> {
        let union = self.condition(selection).filter(|on| self.types.is_union(on))?;
        let is_seen = scope.is_seen && scope.of == union;
        (!is_seen).then(|| self.types.composite_name(union)).flatten()
    }

    fn condition<'s>(&self, selection: &'s Selection) -> Option<&'s str>
    where
        'a: 's,
    {
        match selection {
            Selection::Field(_) => None,
            Selection::InlineFragment(inline) => {
                let condition = inline.node.type_condition.as_ref()?;
                Some(&condition.node.on.node)
            }
            Selection::FragmentSpread(spread) => {
                let fragment = self.original.fragments.get(&spread.node.fragment_name.node)?;
                Some(&fragment.node.type_condition.node.on.node)
            }
        }
    }

    /// What is in a fragment, for objects of the `possible` types in a selection of `scope`; under the fragment's own
    /// directives, but without its condition.
    fn repeat(
        &mut self,
        fragment: &Positioned<Selection>,
        possible: &HashSet<String>,
        scope: &str,
    ) -> Result<Option<Positioned<Selection>>, TooManyRepetitions> {
        let Some(set) = self.contents(&fragment.node) else {
            return Ok(None);
        };
        let mut items = Vec::new();
        for item in set.items {
            self.left = self.left.checked_sub(1).ok_or(TooManyRepetitions)?;
            let on = match self.condition(&item.node) {
                None => match item.node {
                    // The type of an object is known without it.
                    Selection::Field(_) => continue,
                    _ => scope,
                },
                Some(on) => on,
            };
            let within: HashSet<String> = possible.intersection(self.types.possible(on)).cloned().collect();
            if self.condition(&item.node).is_none() || self.types.is_union(on) {
                items.extend(self.repeat(&item, &within, scope)?);
                continue;
            }
            let seen = self.types.possible(scope).intersection(self.types.possible(on));
            if seen.clone().all(|one| within.contains(one)) {
                items.extend((!within.is_empty()).then_some(item));
            } else {
                let mut objects: Vec<&String> = seen.filter(|one| within.contains(*one)).collect();
                objects.sort_unstable();
                self.left = self
                    .left
                    .checked_sub(objects.len() as u64)
                    .ok_or(TooManyRepetitions)?;
                items.extend(
                    objects
                        .into_iter()
                        .map(|object| inline(Some(object), vec![item.clone()])),
                );
            }
        }
        if items.is_empty() {
            return Ok(None);
        }
        let mut set = SelectionSet { items };
        self.within(
            &mut set,
            Scope {
                of: scope,
                is_seen: false,
            },
        )?;
        let mut repeated = inline(None, set.items);
        repeated
            .node
            .directives_mut()
            .clone_from(fragment.node.directives());
        Ok(Some(repeated))
    }

    fn contents(&self, fragment: &Selection) -> Option<SelectionSet> {
        match fragment {
            Selection::Field(_) => None,
            Selection::InlineFragment(inline) => Some(inline.node.selection_set.node.clone()),
            Selection::FragmentSpread(spread) => {
                let FragmentSpread { fragment_name, .. } = &spread.node;
                let fragment = self.original.fragments.get(&fragment_name.node)?;
                Some(fragment.node.selection_set.node.clone())
            }
        }
    }
}

fn inline(on: Option<&str>, items: Vec<Positioned<Selection>>) -> Positioned<Selection> {
    let nowhere = async_graphql::Pos::default();
    let condition = on.map(|on| TypeCondition {
        on: Positioned::new(Name::new(on), nowhere),
    });
    let fragment = InlineFragment {
        type_condition: condition.map(|condition| Positioned::new(condition, nowhere)),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet { items }, nowhere),
    };
    let selection = Selection::InlineFragment(Positioned::new(fragment, nowhere));
    Positioned::new(selection, nowhere)
}
