//! Parsing of the ids in a request to delete items. No I/O.

use std::collections::HashSet;

use ulid::Ulid;
use uuid::Uuid;

use super::error::{InvalidId, InvalidRequest, MAX_ITEMS};
use crate::id::parse_global;

/// An item that a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestedItem {
    /// Index of the id in the request.
    pub(super) at: usize,
    /// Name of the item's type.
    pub(super) kind: String,
    /// Id of the item.
    pub(super) id: Ulid,
}

/// Parsed ids of a request.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DeleteRequest {
    /// Items that the request names, each once.
    pub(super) items: Vec<RequestedItem>,
    /// Errors of the other ids, with the index of each id in the request.
    pub(super) invalid: Vec<(usize, InvalidId)>,
}

/// Record that an item was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// Id of the item.
    pub id: Uuid,
    /// Name of the item's type in the schema.
    pub kind: String,
}

/// Parses the ids of a request; `kinds` are the types that can be deleted.
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
                request.items.push(RequestedItem { at, kind, id });
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
                    "items of the type Account are not deleted in this way; pass ids of Status, DeletedMessage".to_owned()
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
