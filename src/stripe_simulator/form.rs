//! Forms: `items[0][price]=x` as a tree of texts, lists and objects.

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::refusal::{Refusal, Result};

/// The deepest name that is read.
const DEPTH_LIMIT: usize = 8;

/// Reads a body or query. Every leaf is a text.
pub(super) fn parse(encoded: &[u8]) -> Result<Map<String, Value>> {
    let mut root = Map::new();
    for (name, value) in form_urlencoded::parse(encoded) {
        let path = path(&name)?;
        insert(&mut root, &path, value.into_owned()).map_err(|()| {
            Refusal::invalid(format!(
                "Invalid request: {name} is given both as a value and as an object"
            ))
            .param(name.into_owned())
        })?;
    }
    Ok(root
        .into_iter()
        .map(|(name, value)| (name, listed(value)))
        .collect())
}

/// The parts of a name: `a[b][]` is `a`, `b` and an empty part.
fn path(name: &str) -> Result<Vec<String>> {
    let malformed = || Refusal::invalid(format!("Invalid parameter name: {name}"));
    let (first, rest) = name.find('[').map_or((name, ""), |at| name.split_at(at));
    let mut parts = vec![first.to_owned()];
    let mut rest = rest;
    while !rest.is_empty() {
        let inside = rest.strip_prefix('[').ok_or_else(malformed)?;
        let (part, after) = inside.split_once(']').ok_or_else(malformed)?;
        parts.push(part.to_owned());
        rest = after;
    }
    if first.is_empty() || parts.len() > DEPTH_LIMIT {
        return Err(malformed());
    }
    Ok(parts)
}

fn insert(object: &mut Map<String, Value>, path: &[String], value: String) -> std::result::Result<(), ()> {
    let (first, rest) = path.split_first().ok_or(())?;
    // An empty part appends to the list.
    let name = if first.is_empty() {
        object.len().to_string()
    } else {
        first.clone()
    };
    if rest.is_empty() {
        object.insert(name, Value::String(value));
        return Ok(());
    }
    let below = object.entry(name).or_insert_with(|| Value::Object(Map::new()));
    insert(below.as_object_mut().ok_or(())?, rest, value)
}

/// The tree with objects whose names are all numbers as lists.
fn listed(value: Value) -> Value {
    let Value::Object(object) = value else {
        return value;
    };
    let mut numbered: Vec<(Option<usize>, String, Value)> = object
        .into_iter()
        .map(|(name, value)| (name.parse().ok(), name, listed(value)))
        .collect();
    if numbered.is_empty() || numbered.iter().any(|(number, _, _)| number.is_none()) {
        return Value::Object(
            numbered
                .into_iter()
                .map(|(_, name, value)| (name, value))
                .collect(),
        );
    }
    numbered.sort_by_key(|(number, _, _)| *number);
    Value::Array(numbered.into_iter().map(|(_, _, value)| value).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(encoded: &str) -> Value {
        Value::Object(parse(encoded.as_bytes()).unwrap())
    }

    #[test]
    fn brackets_nest_and_numbers_make_lists() {
        let tree =
            read("mode=subscription&line_items[0][price]=p&line_items[1][price]=q&expand[]=a&expand[]=b");

        assert_eq!(
            tree,
            json!({
                "mode": "subscription",
                "line_items": [{ "price": "p" }, { "price": "q" }],
                "expand": ["a", "b"],
            })
        );
    }

    #[test]
    fn escapes_are_decoded_in_names_and_values() {
        assert_eq!(
            read("metadata%5Buser%5D=a%26b+c"),
            json!({ "metadata": { "user": "a&b c" } })
        );
    }

    #[test]
    fn a_name_that_is_not_closed_is_refused() {
        for wrong in ["a[b=1", "[b]=1", "a]b[c=1", "a=1&a[b]=2"] {
            assert!(parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
