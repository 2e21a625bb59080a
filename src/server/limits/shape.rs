//! The size of a document with its fragments followed, in one pass.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, Selection, SelectionSet};

use super::DocumentLimits;
use super::refusal::too_much;
use crate::graphql::ErrorCode;
use crate::server::request_error::RequestError;

/// The size of a selection set with everything below it.
#[derive(Debug, Clone, Copy, Default)]
struct Shape {
    depth: u64,
    aliases: u64,
    directives: u64,
    selections: u64,
    /// The fields of the set itself, without those below.
    own_fields: u64,
}

impl Shape {
    fn add(&mut self, other: Self) {
        self.depth = self.depth.max(other.depth);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.selections = self.selections.saturating_add(other.selections);
        self.own_fields = self.own_fields.saturating_add(other.own_fields);
    }
}

/// Refuses a document that exceeds a limit, or whose fragments spread themselves.
pub(super) fn check(document: &ExecutableDocument, limits: &DocumentLimits) -> Result<(), RequestError> {
    let mut walk = Walk {
        document,
        known: HashMap::new(),
    };
    for (_, operation) in document.operations.iter() {
        let shape = walk.operation(&operation.node)?;
        shape.check(limits)?;
        if shape.own_fields > limits.root_fields {
            return Err(too_much("root fields", shape.own_fields, limits.root_fields));
        }
    }
    // Validation walks fragments that nothing spreads as well.
    for name in document.fragments.keys() {
        walk.fragment(name)?.check(limits)?;
    }
    Ok(())
}

impl Shape {
    fn check(&self, limits: &DocumentLimits) -> Result<(), RequestError> {
        let counts = [
            ("levels of depth", self.depth, limits.depth),
            ("selections", self.selections, limits.selections),
            ("aliases", self.aliases, limits.aliases),
            ("directives", self.directives, limits.directives),
        ];
        match counts
            .into_iter()
            .find(|(_, requested, allowed)| requested > allowed)
        {
            Some((what, requested, allowed)) => Err(too_much(what, requested, allowed)),
            None => Ok(()),
        }
    }
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    /// The fragments seen; none while one is being walked, which detects cycles.
    known: HashMap<&'a str, Option<Shape>>,
}

impl<'a> Walk<'a> {
    fn operation(&mut self, operation: &'a OperationDefinition) -> Result<Shape, RequestError> {
        let on_variables = operation
            .variable_definitions
            .iter()
            .map(|variable| variable.node.directives.len())
            .sum::<usize>();
        let mut shape = self.set(&operation.selection_set.node)?;
        shape.directives = shape
            .directives
            .saturating_add((operation.directives.len() + on_variables) as u64);
        Ok(shape)
    }

    fn fragment(&mut self, name: &str) -> Result<Shape, RequestError> {
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            // Validation will say that there is no such fragment.
            return Ok(Shape::default());
        };
        match self.known.get(name.as_str()) {
            Some(Some(shape)) => return Ok(*shape),
            Some(None) => {
                let message = format!("the fragment '{name}' spreads itself; take it out of itself");
                return Err(RequestError::refused(ErrorCode::BadUserInput, message));
            }
            None => {}
        }
        self.known.insert(name.as_str(), None);
        let mut shape = self.set(&fragment.node.selection_set.node)?;
        shape.directives = shape
            .directives
            .saturating_add(fragment.node.directives.len() as u64);
        self.known.insert(name.as_str(), Some(shape));
        Ok(shape)
    }

    fn set(&mut self, set: &'a SelectionSet) -> Result<Shape, RequestError> {
        let mut total = Shape::default();
        for item in &set.items {
            total.add(self.selection(&item.node)?);
        }
        Ok(total)
    }

    fn selection(&mut self, selection: &'a Selection) -> Result<Shape, RequestError> {
        let mut shape = match selection {
            Selection::Field(field) => {
                let below = self.set(&field.node.selection_set.node)?;
                Shape {
                    depth: below.depth + 1,
                    aliases: below.aliases.saturating_add(field.node.alias.is_some().into()),
                    own_fields: 1,
                    ..below
                }
            }
            Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node)?,
            Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node)?,
        };
        shape.selections = shape.selections.saturating_add(1);
        shape.directives = shape
            .directives
            .saturating_add(selection.directives().len() as u64);
        Ok(shape)
    }
}
