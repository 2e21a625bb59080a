use async_graphql::{ID, Result};

use super::error::bad_input;
use crate::id::IdError;

/// The ids of a filter, parsed by `parse`. An empty list stays one: it matches nothing.
///
/// # Errors
/// `BAD_USER_INPUT` when one is not an id of that type.
pub fn parse_ids<I>(named: Option<Vec<ID>>, parse: fn(&str) -> Result<I, IdError>) -> Result<Option<Vec<I>>> {
    let Some(named) = named else {
        return Ok(None);
    };
    let parsed: Result<Vec<I>, IdError> = named.iter().map(|id| parse(id)).collect();
    parsed.map(Some).map_err(|e| bad_input(e.to_string()))
}
