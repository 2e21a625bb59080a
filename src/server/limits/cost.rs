//! The cost of an operation: its fields, each times the lengths of the lists around it.

use std::collections::HashMap;

use async_graphql::Value;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use serde_json::Map;

use super::argument::argument;
use super::list_lengths::{ListLengths, Place};

/// Assumed length of a list that is asked without `first`.
const DEFAULT_LENGTH: u64 = 20;

/// Maximum length of a list, whatever is asked.
const MAX_LENGTH: u64 = 100;

/// The fields that hold the texts of messages, which are the longest ones of an answer.
const LONG_TEXTS: [&str; 2] = ["text", "caption"];

/// The cost of a long text.
const LONG_TEXT_COST: u64 = 10;

/// Number of fields of the schema's description that cost as much as one of data: no database is asked for them.
const DESCRIBED_FIELDS_PER_COST: u64 = 20;

/// The cost of `operation` with `variables`. The document must have passed the shape's check: it has no cycles.
pub(super) fn estimate(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Map<String, serde_json::Value>,
    lists: &ListLengths,
) -> u64 {
    let mut walk = CostWalk {
        document,
        operation,
        variables,
        lists,
        known: HashMap::new(),
    };
    let Cost { data, described } = walk.set(&operation.selection_set.node, Place::Data);
    data.saturating_add(described.div_ceil(DESCRIBED_FIELDS_PER_COST))
}

/// The fields of a selection with everything below it.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    /// Fields of data; a long text counts as several.
    data: u64,
    /// Fields of the schema's description.
    described: u64,
}

impl Cost {
    fn of(field: &Field, place: Place) -> Self {
        match place {
            Place::Data if LONG_TEXTS.contains(&field.name.node.as_str()) => Self {
                data: LONG_TEXT_COST,
                described: 0,
            },
            Place::Data => Self {
                data: 1,
                described: 0,
            },
            Place::EveryType | Place::AnyType => Self {
                data: 0,
                described: 1,
            },
        }
    }

    fn add(self, other: Self) -> Self {
        Self {
            data: self.data.saturating_add(other.data),
            described: self.described.saturating_add(other.described),
        }
    }

    fn times(self, length: u64) -> Self {
        Self {
            data: self.data.saturating_mul(length),
            described: self.described.saturating_mul(length),
        }
    }
}

struct CostWalk<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Map<String, serde_json::Value>,
    lists: &'a ListLengths,
    known: HashMap<(&'a str, Place), Cost>,
}

impl<'a> CostWalk<'a> {
    fn set(&mut self, set: &'a SelectionSet, place: Place) -> Cost {
        set.items.iter().fold(Cost::default(), |sum, item| {
            sum.add(self.selection(&item.node, place))
        })
    }

    fn selection(&mut self, selection: &'a Selection, place: Place) -> Cost {
        match selection {
            Selection::Field(field) => {
                let (length, place_below) = self.length(&field.node, place);
                let below = self.set(&field.node.selection_set.node, place_below);
                below.times(length).add(Cost::of(&field.node, place))
            }
            Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, place),
            Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node, place),
        }
    }

    fn fragment(&mut self, name: &str, place: Place) -> Cost {
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Cost::default();
        };
        if let Some(cost) = self.known.get(&(name.as_str(), place)) {
            return *cost;
        }
        let cost = self.set(&fragment.node.selection_set.node, place);
        self.known.insert((name.as_str(), place), cost);
        cost
    }

    /// The factor of the fields below a field, which is the length of its list or 1, and their place.
    fn length(&self, field: &Field, place: Place) -> (u64, Place) {
        let (unpaged, below) = self.lists.below(&field.name.node, place);
        if place != Place::Data {
            return (unpaged, below);
        }
        let asked = ["first", "last"]
            .iter()
            .find_map(|name| argument(self.operation, field, name, self.variables));
        let length = match asked {
            Some(Value::Number(number)) => number.as_u64().map_or(1, |asked| asked.clamp(1, MAX_LENGTH)),
            Some(_) => DEFAULT_LENGTH,
            None if is_paged(field) => DEFAULT_LENGTH,
            // The connection around them has the length of its page.
            None if matches!(field.name.node.as_str(), "edges" | "nodes") => 1,
            None => unpaged,
        };
        (length, below)
    }
}

/// True when a field is a Relay connection, by what is selected of it.
fn is_paged(field: &Field) -> bool {
    field.selection_set.node.items.iter().any(|item| {
        matches!(&item.node, Selection::Field(below) if matches!(below.node.name.node.as_str(), "edges" | "nodes"))
    })
}
