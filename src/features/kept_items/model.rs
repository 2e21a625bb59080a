//! Which items a request names, and what is wrong with it. No I/O.

use std::collections::HashSet;

use ulid::Ulid;
use uuid::Uuid;

use super::error::{BadId, BadRequest, MOST_ITEMS};
use crate::id::parse_global;

/// An item that a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// Where it stands in the request.
    pub(super) at: usize,
    /// The name of its type.
    pub(super) kind: String,
    /// Its id.
    pub(super) id: Ulid,
}

/// A request, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    /// The items that it names, each once.
    pub(super) named: Vec<Named>,
    /// What cannot be read, by its place in the request.
    pub(super) bad: Vec<(usize, BadId)>,
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
pub(super) fn parse(ids: &[String], kinds: &[&str]) -> Result<Request, BadRequest> {
    if ids.is_empty() {
        return Err(BadRequest::Empty);
    }
    if ids.len() > MOST_ITEMS {
        return Err(BadRequest::TooMany(ids.len()));
    }
    let mut seen = HashSet::new();
    let mut request = Request::default();
    for (at, text) in ids
        .iter()
        .enumerate()
        .filter(|(_, text)| seen.insert(text.as_str()))
    {
        match parse_global(text) {
            Ok((kind, id)) if kinds.contains(&kind.as_str()) => request.named.push(Named { at, kind, id }),
            Ok((found, _)) => {
                let wanted = kinds.join(", ");
                request.bad.push((at, BadId::WrongSort { found, wanted }));
            }
            Err(error) => request.bad.push((at, error.into())),
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

        let Request { named, bad } = parse(&ids, &["Status", "DeletedMessage"]).unwrap();

        let places: Vec<_> = named.iter().map(|item| (item.at, item.id)).collect();
        assert_eq!(places, [(0, Ulid(1)), (4, Ulid(2))]);
        let wrongs: Vec<_> = bad.iter().map(|(at, why)| (*at, why.to_string())).collect();
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
        let many = vec![status(1); MOST_ITEMS + 1];

        assert_eq!(parse(&[], &["Status"]), Err(BadRequest::Empty));
        assert_eq!(parse(&many, &["Status"]), Err(BadRequest::TooMany(101)));
    }
}
