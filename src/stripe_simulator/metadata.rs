//! Metadata: texts by name that belong to the caller.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::params::Params;
use super::refusal::{Refusal, Result};

/// The most names on one object.
const NAMES: usize = 50;

/// The longest name.
const NAME_LENGTH: usize = 40;

/// The longest value.
const VALUE_LENGTH: usize = 500;

pub(super) type Metadata = BTreeMap<String, String>;

/// A change of metadata: names with values, and names to remove.
pub(super) struct Change(Option<Map<String, Value>>);

impl Change {
    /// Takes `metadata` of a request.
    pub(super) fn take(params: &mut Params) -> Result<Self> {
        let Some(given) = params.texts_by_name("metadata")? else {
            return Ok(Self(None));
        };
        let refuse = |name: &str, message: String| {
            Err(Refusal::invalid(message).param(format!("{}[{name}]", params.name("metadata"))))
        };
        if given.len() > NAMES {
            let message = format!(
                "Metadata can have up to {NAMES} keys, but you passed {}.",
                given.len()
            );
            return Err(Refusal::invalid(message).param(params.name("metadata")));
        }
        for (name, value) in &given {
            if name.chars().count() > NAME_LENGTH {
                return refuse(
                    name,
                    format!("Metadata keys can have up to {NAME_LENGTH} characters."),
                );
            }
            if value
                .as_str()
                .is_some_and(|text| text.chars().count() > VALUE_LENGTH)
            {
                return refuse(
                    name,
                    format!("Metadata values can have up to {VALUE_LENGTH} characters."),
                );
            }
        }
        Ok(Self(Some(given)))
    }

    /// Makes the change.
    pub(super) fn apply(self, metadata: &mut Metadata) {
        for (name, value) in self.0.into_iter().flatten() {
            match value.as_str() {
                Some("") | None => metadata.remove(&name),
                Some(text) => metadata.insert(name, text.to_owned()),
            };
        }
    }

    /// The metadata of a new object.
    pub(super) fn into_new(self) -> Metadata {
        let mut metadata = Metadata::new();
        self.apply(&mut metadata);
        metadata
    }
}

#[cfg(test)]
mod tests {
    use super::super::form;
    use super::*;

    fn change(encoded: &str) -> Result<Change> {
        Change::take(&mut Params::new(form::parse(encoded.as_bytes()).unwrap()))
    }

    #[test]
    fn an_empty_value_removes_its_name_and_others_stay() {
        let mut metadata = Metadata::from([("a".into(), "1".into()), ("b".into(), "2".into())]);

        change("metadata[a]=&metadata[c]=3").unwrap().apply(&mut metadata);

        assert_eq!(
            metadata,
            Metadata::from([("b".into(), "2".into()), ("c".into(), "3".into())])
        );
    }

    #[test]
    fn names_and_values_have_a_longest_length() {
        assert!(change(&format!("metadata[{}]=x", "n".repeat(41))).is_err());
        assert!(change(&format!("metadata[n]={}", "v".repeat(501))).is_err());
        assert!(change(&format!("metadata[{}]={}", "n".repeat(40), "v".repeat(500))).is_ok());
    }
}
