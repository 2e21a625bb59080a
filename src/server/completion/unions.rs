//! Fragments on unions, repeated where the GraphQL library sees them.
//!
//! The library applies a fragment on a union only where the type of the selection is that union: directly in a field of
//! it. Within a fragment on an interface or an object it passes it over. There, what is in the fragment is repeated
//! beside it; the fragment itself stays, for validation.

use std::collections::HashSet;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, InlineFragment, Selection, SelectionSet, TypeCondition,
};
use async_graphql::{Name, Pos, Positioned};

use super::mark::operations;
use crate::server::output_types::OutputTypes;

/// Error of a document whose fragments on unions would be repeated too often.
#[derive(Debug)]
pub(in crate::server) struct TooManyRepetitions;

/// Repeats what is in fragments on unions, at most `allowed` selections of it. Returns how many it repeated.
pub(in crate::server) fn repeat_unions(
    document: &mut ExecutableDocument,
    types: &OutputTypes,
    allowed: u64,
) -> Result<u64, TooManyRepetitions> {
    if !has_union(document, types) {
        return Ok(0);
    }
    let original = document.clone();
    let mut walk = Walk {
        original: &original,
        types,
        left: allowed,
    };
    for operation in operations(&mut document.operations) {
        walk.within(&mut operation.selection_set.node, types.root(operation.ty))?;
    }
    for fragment in document.fragments.values_mut() {
        let on = &fragment.node.type_condition.node.on.node;
        walk.within(&mut fragment.node.selection_set.node, on)?;
    }
    Ok(allowed - walk.left)
}

/// Number of selections in `item`, itself among them.
fn size(item: &Selection) -> usize {
    let set = match item {
        Selection::Field(field) => &field.node.selection_set,
        Selection::InlineFragment(inline) => &inline.node.selection_set,
        Selection::FragmentSpread(_) => return 1,
    };
    1 + set.node.items.iter().map(|item| size(&item.node)).sum::<usize>()
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

struct Walk<'a> {
    original: &'a ExecutableDocument,
    types: &'a OutputTypes,
    left: u64,
}

impl<'a> Walk<'a> {
    /// Repeats what is in the fragments of `set`, a selection of the type `scope`. The library sees fragments on a union
    /// in it only where `scope` is that union.
    fn within(&mut self, set: &mut SelectionSet, scope: &str) -> Result<(), TooManyRepetitions> {
        let mut repeated = Vec::new();
        for item in &mut set.items {
            let union = self.condition(&item.node).filter(|on| self.types.is_union(on));
            if let Some(union) = union.filter(|union| *union != scope) {
                let possible = self.types.possible(union);
                if let Some(mut item) = self.dissolve(item, possible, scope)? {
                    self.within_one(&mut item, scope)?;
                    repeated.push(item);
                }
                continue;
            }
            self.within_one(item, scope)?;
        }
        set.items.extend(repeated);
        Ok(())
    }

    fn within_one(
        &mut self,
        item: &mut Positioned<Selection>,
        scope: &str,
    ) -> Result<(), TooManyRepetitions> {
        match &mut item.node {
            Selection::Field(field) => match self.types.field(scope, &field.node.name.node) {
                Some(known) => self.within(&mut field.node.selection_set.node, known.named_type()),
                None => Ok(()),
            },
            Selection::InlineFragment(inline) => {
                let inline = &mut inline.node;
                let condition = inline.type_condition.as_ref();
                let scope = condition.map_or(scope, |condition| condition.node.on.node.as_str());
                self.within(&mut inline.selection_set.node, scope)
            }
            Selection::FragmentSpread(_) => Ok(()),
        }
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
    /// directives, but without its condition and those on unions in it. Nothing when no such object can be there.
    fn dissolve(
        &mut self,
        dissolved: &Positioned<Selection>,
        possible: &HashSet<String>,
        scope: &str,
    ) -> Result<Option<Positioned<Selection>>, TooManyRepetitions> {
        let types = self.types;
        let mut items = Vec::new();
        for item in self.contents(&dissolved.node) {
            // The whole of it is copied, whatever stands below.
            let size = size(&item.node);
            self.take(size)?;
            // The type of an object, all that can be asked of a union, is known without it.
            if matches!(item.node, Selection::Field(_)) {
                continue;
            }
            let on = self.condition(&item.node).map(ToOwned::to_owned);
            let on = match on {
                Some(on) if !types.is_union(&on) => on,
                on => {
                    let on = on.map_or(possible, |on| types.possible(&on));
                    let within = possible.intersection(on).cloned().collect();
                    items.extend(self.dissolve(&item, &within, scope)?);
                    continue;
                }
            };
            let seen = types.possible(scope).intersection(types.possible(&on));
            let (mut wanted, others): (Vec<_>, Vec<_>) = seen.partition(|object| possible.contains(*object));
            if others.is_empty() {
                items.extend((!wanted.is_empty()).then_some(item));
            } else {
                self.take(wanted.len() * size)?;
                wanted.sort_unstable();
                items.extend(
                    wanted
                        .into_iter()
                        .map(|object| fragment(Some(object), vec![item.clone()], &[])),
                );
            }
        }
        Ok((!items.is_empty()).then(|| fragment(None, items, dissolved.node.directives())))
    }

    fn take(&mut self, count: usize) -> Result<(), TooManyRepetitions> {
        self.left = self.left.checked_sub(count as u64).ok_or(TooManyRepetitions)?;
        Ok(())
    }

    fn contents(&self, fragment: &Selection) -> Vec<Positioned<Selection>> {
        match fragment {
            Selection::Field(_) => Vec::new(),
            Selection::InlineFragment(inline) => inline.node.selection_set.node.items.clone(),
            Selection::FragmentSpread(spread) => {
                let fragment = self.original.fragments.get(&spread.node.fragment_name.node);
                fragment.map_or_else(Vec::new, |fragment| {
                    fragment.node.selection_set.node.items.clone()
                })
            }
        }
    }
}

/// An inline fragment with `items`, on a type or on any.
pub(super) fn fragment(
    on: Option<&str>,
    items: Vec<Positioned<Selection>>,
    directives: &[Positioned<Directive>],
) -> Positioned<Selection> {
    let nowhere = Pos::default();
    let condition = on.map(|on| TypeCondition {
        on: Positioned::new(Name::new(on), nowhere),
    });
    let fragment = InlineFragment {
        type_condition: condition.map(|condition| Positioned::new(condition, nowhere)),
        directives: directives.to_vec(),
        selection_set: Positioned::new(SelectionSet { items }, nowhere),
    };
    let selection = Selection::InlineFragment(Positioned::new(fragment, nowhere));
    Positioned::new(selection, nowhere)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::schema_description;

    #[test]
    fn what_is_repeated_is_counted_with_all_that_stands_below() {
        let text = "type Query { shown: Shown } union Shown = Text type Text { text: String }";
        let (schema, description) = schema_description::parse(text);
        let types = OutputTypes::read(&schema, description);
        let fields = "text ".repeat(100);
        let nested = (0..20).fold(fields, |inner, _| {
            format!("... on Text {{ ... on Shown {{ {inner} }} }}")
        });
        let document = async_graphql::parser::parse_query(format!("{{ shown {{ {nested} }} }}")).unwrap();

        repeat_unions(&mut document.clone(), &types, 500).unwrap_err();
        let few = "{ shown { ... on Text { ... on Shown { ... on Text { text } } } } }";
        let mut few = async_graphql::parser::parse_query(few).unwrap();
        assert_eq!(repeat_unions(&mut few, &types, 500).unwrap(), 2);
    }
}
