use async_graphql::{ID, Result};

use super::error::{UserError, bad_argument, bad_arguments};
use super::gathered::Gathered;
use crate::id::IdError;

/// Maximum number of ids in a filter.
const MOST_IDS: usize = 100;

/// The ids of a filter, parsed by `parse`; `argument` is the place of the list in the arguments. An empty list stays one:
/// it matches nothing. So does an id that names nothing of the viewer's: each list holds only what is theirs.
///
/// # Errors
/// `BAD_USER_INPUT` for more than 100 ids, and one that lists each text that is not an id of that type.
pub fn parse_ids<I>(
    argument: &[&str],
    named: Option<Vec<ID>>,
    parse: fn(&str) -> Result<I, IdError>,
) -> Result<Option<Vec<I>>> {
    let Some(named) = named else {
        return Ok(None);
    };
    if named.len() > MOST_IDS {
        let wrong = format!("the list names {}; pass at most {MOST_IDS}", named.len());
        return Err(bad_argument(argument, wrong));
    }
    let mut errors = Gathered::default();
    let parse = |(index, id): (usize, &ID)| {
        let parsed = parse(id).map_err(|wrong| {
            let index = index.to_string();
            let path = [argument, &[index.as_str()]].concat();
            UserError::invalid(&path, wrong.to_string())
        });
        errors.take(parsed)
    };
    let parsed = named.iter().enumerate().filter_map(parse).collect();
    errors.finish().map_err(|errors| bad_arguments(&errors))?;
    Ok(Some(parsed))
}
