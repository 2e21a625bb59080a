//! The answers of graphql-js, and the comparison with them.

use std::collections::BTreeSet;

use serde::de::IgnoredAny;
use serde_json::{Deserializer, Value, json};

use super::data;
use super::document::Document;
use crate::node::Script;

/// graphql-js with the schema.
pub(crate) struct Reference(Script);

impl Reference {
    pub(crate) async fn start() -> Self {
        let mut script = Script::start("reference/execute.mjs");
        script.ask(&json!({ "schema": data::schema().sdl() })).await;
        Self(script)
    }

    /// The difference between `answered`, the body of a response to a document, and the answer of graphql-js; none when
    /// they are the same:
    ///
    /// - The data is equal to the byte.
    /// - The same places in the data are null because of errors.
    /// - Each error of the server is true: there is no value at its path.
    /// - Each error of graphql-js is there. graphql-js gives up the siblings of a value that makes their parent null, as
    ///   the specification allows; the server reports the siblings' errors too, but for items of a list beside an item
    ///   that is itself an error, with which the GraphQL library ends the list.
    pub(crate) async fn difference(&mut self, seed: u32, document: &str, answered: &str) -> Option<String> {
        let question = json!({ "seed": seed, "query": document, "variables": Document::variables() });
        let wanted = self.0.ask(&question).await;
        assert!(
            wanted.get("invalid").is_none(),
            "{document} is not valid: {wanted}"
        );
        let data = data_of(answered);
        if data != wanted["data"].as_str() {
            return Some(format!("data\n{answered}\nwanted {wanted}"));
        }
        let answer: Value = serde_json::from_str(answered).unwrap();
        let (ours, theirs) = (errors(&answer["errors"]), errors(&wanted["errors"]));
        let place = |(path, _): &(String, String)| null_above(&answer["data"], path);
        let places = |errors: &BTreeSet<_>| errors.iter().map(place).collect::<BTreeSet<_>>();
        let are_same = places(&ours) == places(&theirs) && !places(&ours).contains(&None);
        let are_true = ours.iter().all(is_true);
        let is_given_up = |error: &(String, String)| {
            ours.iter()
                .any(|other| is_item(&other.0) && place(other) == place(error))
        };
        let are_whole = theirs.difference(&ours).all(is_given_up);
        (!are_same || !are_true || !are_whole).then(|| format!("errors\n{answered}\nwanted {wanted}"))
    }
}

/// True when the message names the place at which the path points; aliases begin with a letter of their own.
fn is_true((path, message): &(String, String)) -> bool {
    let steps = path.split('/').skip(1);
    let steps = steps.map(|step| {
        step.strip_prefix("a_")
            .or(step.strip_prefix("b_"))
            .unwrap_or(step)
    });
    *message == format!("no value at {}", steps.collect::<Vec<_>>().join("."))
}

/// True for the path of an item of a list.
fn is_item(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|step| step.parse::<usize>().is_ok())
}

/// The data of a response, as it was written.
fn data_of(body: &str) -> Option<&str> {
    let data = body.strip_prefix("{\"data\":")?;
    if data.starts_with("null") {
        return Some("null");
    }
    let mut values = Deserializer::from_str(data).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(&data[..values.byte_offset()])
}

/// The paths, as JSON pointers, and the messages.
fn errors(errors: &Value) -> BTreeSet<(String, String)> {
    let errors = errors.as_array().map_or(&[][..], Vec::as_slice).iter();
    errors
        .map(|error| {
            // Without a path, it refuses the whole document.
            let segments = error["path"].as_array().into_iter().flatten();
            let segment = |one: &Value| match one {
                Value::String(name) => format!("/{name}"),
                index => format!("/{index}"),
            };
            let message = error["message"].as_str().unwrap().to_owned();
            (segments.map(segment).collect(), message)
        })
        .collect()
}

/// The shortest path to null in `data` that `path` begins with.
fn null_above(data: &Value, path: &str) -> Option<String> {
    let ends = path
        .match_indices('/')
        .map(|(index, _)| index)
        .chain([path.len()]);
    let mut prefixes = ends.map(|end| &path[..end]);
    let found = prefixes.find(|prefix| data.pointer(prefix).is_some_and(Value::is_null));
    found.map(str::to_owned)
}
