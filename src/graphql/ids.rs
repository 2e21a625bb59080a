use async_graphql::{ID, Result};

use super::error::bad_input;
use crate::id::IdError;

/// The ids that a filter names, read by `parse`; an empty list is as good as none.
///
/// # Errors
/// `BAD_USER_INPUT` for what is no id, or another type's.
pub fn parse_ids<I>(named: Option<Vec<ID>>, parse: fn(&str) -> Result<I, IdError>) -> Result<Option<Vec<I>>> {
    let Some(named) = named.filter(|named| !named.is_empty()) else {
        return Ok(None);
    };
    let parsed: Result<Vec<I>, IdError> = named.iter().map(|id| parse(id)).collect();
    parsed.map(Some).map_err(|e| bad_input(e.to_string()))
}
