//! Which items a request names, and what is wrong with it. No I/O.

use std::collections::HashSet;

use ulid::Ulid;
use uuid::Uuid;

use super::error::{InvalidId, InvalidRequest, MAX_ITEMS};
use crate::id::parse_global;

/// An item that a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestedItem {
    /// Where it stands in the request.
    pub(super) at: usize,
    /// The name of its type.
    pub(super) kind: String,
    /// Its id.
    pub(super) id: Ulid,
}

/// A request, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DeleteRequest {
    /// The items that it names, each once.
    pub(super) items: Vec<RequestedItem>,
    /// What cannot be read, by its place in the request.
    pub(super) invalid: Vec<(usize, InvalidId)>,
}

/// What is remembered of an item that was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The item's id.
    pub id: Uuid,
    /// Its type in the schema.
    pub kind: String,
}

/// Reads the ids of a request.
pub(super) fn parse(ids: &[String], kinds: &[&str]) -> Result<DeleteRequest, InvalidRequest> {
    if ids.is_empty() {
        return Err(InvalidRequest::Empty);
    }
    if ids.len() > MAX_ITEMS {
        return Err(InvalidRequest::TooMany(ids.len()));
    }
    let mut seen = HashSet::new();
    let mut request = DeleteRequest::default();
    for (at, text) in ids
        .iter()
        .enumerate()
        .filter(|(_, text)| seen.insert(text.as_str()))
    {
        match parse_global(text) {
            Ok((kind, id)) if kinds.contains(&kind.as_str()) => {
                request.items.push(RequestedItem { at, kind, id })
            }
            Ok((found, _)) => {
                let wanted = kinds.join(", ");
                request.invalid.push((at, InvalidId::WrongType { found, wanted }));
            }
            Err(error) => request.invalid.push((at, error.into())),
        }
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{AccountId, to_global};

    fn status(number: u128) -> String {
        to_global("Status", Ulid(number))
    }

    #[test]
    fn each_id_is_read_once_and_each_bad_one_keeps_its_place() {
        let account = AccountId::from(Ulid(3)).to_global();
        let ids = [status(1), "nonsense!".to_owned(), account, status(1), status(2)];

        let DeleteRequest { items, invalid } = parse(&ids, &["Status", "DeletedMessage"]).unwrap();

        let places: Vec<_> = items.iter().map(|item| (item.at, item.id)).collect();
        assert_eq!(places, [(0, Ulid(1)), (4, Ulid(2))]);
        let wrongs: Vec<_> = invalid.iter().map(|(at, why)| (*at, why.to_string())).collect();
        assert_eq!(
            wrongs,
            [
                (
                    1,
                    "'nonsense!' is not an id; pass an id as this API returned it".to_owned()
                ),
                (
                    2,
                    "a Account is not deleted in this way; pass ids of Status, DeletedMessage".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn too_few_and_too_many_are_refused() {
        let many = vec![status(1); MAX_ITEMS + 1];

        assert_eq!(parse(&[], &["Status"]), Err(InvalidRequest::Empty));
        assert_eq!(parse(&many, &["Status"]), Err(InvalidRequest::TooMany(101)));
    }
}
