//! The cost of an operation: its fields, each times the lengths of the lists around it. Which field is a list, and which
//! list is a page, is read from the schema, so that it does not matter how a document spells its selections.

use std::collections::HashMap;

use async_graphql::Value;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use serde_json::Map;

use super::argument::{argument, items_given};
use super::description_lengths::{DescriptionLengths, Place};
use super::known_schema::KnownSchema;
use crate::server::output_types::{OutputField, OutputTypes};

/// Assumed length of a page that is asked without `first`.
const DEFAULT_PAGE: u64 = 20;

/// Maximum length of a page, whatever is asked.
const MAX_PAGE: u64 = 100;

/// Assumed length of a list that has no pages, such as the versions of a message.
const UNPAGED_LENGTH: u64 = 10;

/// The lists without pages that are usually empty or have one item, whatever the type.
const SHORT_LISTS: [&str; 2] = ["errors", "path"];

/// Assumed length of a short list.
const SHORT_LENGTH: u64 = 2;

/// The arguments that say the length of a page.
const PAGE_ARGUMENTS: [&str; 2] = ["first", "last"];

/// The argument whose items are as many as those of the list.
const IDS_ARGUMENT: &str = "ids";

/// The fields that cost more than others: long texts and pictures as text, which are the longest fields of an answer, and
/// the counts of whole lists. The schema's own description lists them for clients.
const DEAR_FIELDS: [&str; 8] = [
    "body",
    "caption",
    "pngDataUri",
    "privacyNotice",
    "svg",
    "text",
    "thumbnailDataUri",
    "totalCount",
];

/// The cost of a dear field.
const DEAR_FIELD_COST: u64 = 10;

/// Number of fields of the schema's description that cost as much as one of data: no database is asked for them.
const DESCRIBED_FIELDS_PER_COST: u64 = 20;

/// The cost of `operation` with `variables`. The document must have passed the shape's check: it has no cycles.
pub(super) fn estimate(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Map<String, serde_json::Value>,
    schema: &KnownSchema,
) -> u64 {
    let mut walk = CostWalk {
        document,
        operation,
        variables,
        types: &schema.outputs,
        descriptions: &schema.descriptions,
        known: HashMap::new(),
    };
    let root = Scope::Data {
        of: schema.outputs.root(operation.ty),
        page: None,
    };
    let Cost { data, described } = walk.set(&operation.selection_set.node, root);
    data.saturating_add(described.div_ceil(DESCRIBED_FIELDS_PER_COST))
}

/// The fields of a selection with everything below it.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    /// Fields of data; a dear one counts as several.
    data: u64,
    /// Fields of the schema's description.
    described: u64,
}

impl Cost {
    fn of(field: &Field, scope: Scope<'_>) -> Self {
        let data = match scope {
            Scope::Description(_) => {
                return Self {
                    data: 0,
                    described: 1,
                };
            }
            Scope::Data { .. } if DEAR_FIELDS.contains(&field.name.node.as_str()) => DEAR_FIELD_COST,
            Scope::Data { .. } => 1,
        };
        Self { data, described: 0 }
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

/// The place of a selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Scope<'a> {
    /// In the data.
    Data {
        /// The type of the object, an interface or a union.
        of: &'a str,
        /// The length of the lists that are directly in it, when it is a page.
        page: Option<u64>,
    },
    /// In the description of the schema.
    Description(Place),
}

struct CostWalk<'a> {
    document: &'a ExecutableDocument,
    operation: &'a OperationDefinition,
    variables: &'a Map<String, serde_json::Value>,
    types: &'a OutputTypes,
    descriptions: &'a DescriptionLengths,
    known: HashMap<(&'a str, Scope<'a>), Cost>,
}

impl<'a> CostWalk<'a> {
    fn set(&mut self, set: &'a SelectionSet, scope: Scope<'a>) -> Cost {
        set.items.iter().fold(Cost::default(), |sum, item| {
            sum.add(self.selection(&item.node, scope))
        })
    }

    fn selection(&mut self, selection: &'a Selection, scope: Scope<'a>) -> Cost {
        match selection {
            Selection::Field(field) => self.field(&field.node, scope),
            Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node, scope),
            Selection::InlineFragment(inline) => {
                let condition = inline.node.type_condition.as_ref();
                let scope = condition.map_or(scope, |on| scope.on(&on.node.on.node));
                self.set(&inline.node.selection_set.node, scope)
            }
        }
    }

    fn fragment(&mut self, name: &str, scope: Scope<'a>) -> Cost {
        let Some((name, fragment)) = self.document.fragments.get_key_value(name) else {
            return Cost::default();
        };
        let scope = scope.on(&fragment.node.type_condition.node.on.node);
        if let Some(cost) = self.known.get(&(name.as_str(), scope)) {
            return *cost;
        }
        let cost = self.set(&fragment.node.selection_set.node, scope);
        self.known.insert((name.as_str(), scope), cost);
        cost
    }

    fn field(&mut self, field: &'a Field, scope: Scope<'a>) -> Cost {
        let own = Cost::of(field, scope);
        let (length, below) = match scope {
            Scope::Description(place) => {
                let (length, place) = self.descriptions.below(&field.name.node, place);
                (length, Scope::Description(place))
            }
            Scope::Data { of, page } => match DescriptionLengths::entered_by(&field.name.node) {
                Some(place) => (1, Scope::Description(place)),
                None => self.data_below(field, of, page),
            },
        };
        let selected = &field.selection_set.node;
        if selected.items.is_empty() {
            // A list of numbers or words costs its length.
            return own.times(length);
        }
        self.set(selected, below).times(length).add(own)
    }

    /// The factor of what is selected below a field of data, and its scope.
    fn data_below(&self, field: &'a Field, of: &str, page: Option<u64>) -> (u64, Scope<'a>) {
        let Some(known) = self.types.field(of, &field.name.node) else {
            // Validation will say that there is no such field.
            return (1, Scope::Data { of: "", page: None });
        };
        let scope = |page| Scope::Data {
            of: known.named_type(),
            page,
        };
        if PAGE_ARGUMENTS.iter().any(|name| known.takes(name)) {
            let asked = self.page_asked(field);
            return if known.is_list() {
                (asked, scope(None))
            } else {
                (1, scope(Some(asked)))
            };
        }
        let length = if known.is_list() {
            page.unwrap_or_else(|| self.unpaged_length(field, known))
        } else {
            1
        };
        (length, scope(None))
    }

    fn page_asked(&self, field: &Field) -> u64 {
        let asked = PAGE_ARGUMENTS
            .iter()
            .filter_map(|name| argument(self.operation, field, name, self.variables))
            .find(|value| *value != Value::Null);
        match asked {
            Some(Value::Number(number)) => number.as_u64().map_or(1, |asked| asked.clamp(1, MAX_PAGE)),
            _ => DEFAULT_PAGE,
        }
    }

    fn unpaged_length(&self, field: &Field, known: &OutputField) -> u64 {
        if SHORT_LISTS.contains(&field.name.node.as_str()) {
            return SHORT_LENGTH;
        }
        let by_id = known
            .takes(IDS_ARGUMENT)
            .then(|| items_given(self.operation, field, IDS_ARGUMENT, self.variables));
        by_id.flatten().map_or(UNPAGED_LENGTH, |ids| ids.max(1))
    }
}

impl<'a> Scope<'a> {
    /// The scope of a fragment on the type `of`.
    const fn on(self, of: &'a str) -> Self {
        match self {
            Self::Data { page, .. } => Self::Data { of, page },
            Self::Description(place) => Self::Description(place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_told_what_costs_how_much() {
        let described = include_str!("../schema_description.md");

        for field in DEAR_FIELDS {
            assert!(described.contains(&format!("`{field}`")), "{field}");
        }
        let told = format!(
            "{DEFAULT_PAGE} without them; the number of `{IDS_ARGUMENT}` for `nodes`; {SHORT_LENGTH} for `{}` and `{}`; \
             {UNPAGED_LENGTH} for any other list without pages.",
            SHORT_LISTS[0], SHORT_LISTS[1],
        );
        assert!(described.contains(&told), "{told}");
        assert!(described.contains(&format!("cost {DEAR_FIELD_COST} in place of 1")));
        let of_schema = format!("{DESCRIBED_FIELDS_PER_COST} fields of the schema's description");
        assert!(described.contains(&of_schema), "{of_schema}");
    }
}
