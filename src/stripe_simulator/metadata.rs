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
pub(super) struct Change {
    /// The parameter that asked for it.
    param: String,
    given: Option<Map<String, Value>>,
}

impl Change {
    /// Takes `metadata` of a request.
    pub(super) fn take(params: &mut Params) -> Result<Self> {
        let given = params.texts_by_name("metadata")?;
        let param = params.name("metadata");
        let refuse =
            |name: &str, message: String| Err(Refusal::invalid(message).param(format!("{param}[{name}]")));
        for (name, value) in given.iter().flatten() {
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
        Ok(Self { param, given })
    }

    /// The metadata of an object after the change, if it is not too much for one object.
    pub(super) fn merge(&self, metadata: &Metadata) -> Result<Metadata> {
        let mut merged = metadata.clone();
        for (name, value) in self.given.iter().flatten() {
            match value.as_str() {
                Some("") | None => merged.remove(name),
                Some(text) => merged.insert(name.clone(), text.to_owned()),
            };
        }
        if merged.len() > NAMES {
            let message = format!(
                "Metadata can have up to {NAMES} keys on one object, which would have {}.",
                merged.len()
            );
            return Err(Refusal::invalid(message).param(self.param.as_str()));
        }
        Ok(merged)
    }

    /// The metadata of a new object.
    pub(super) fn into_new(self) -> Result<Metadata> {
        self.merge(&Metadata::new())
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
        let metadata = Metadata::from([("a".into(), "1".into()), ("b".into(), "2".into())]);

        let merged = change("metadata[a]=&metadata[c]=3").unwrap().merge(&metadata);

        assert_eq!(
            merged.unwrap(),
            Metadata::from([("b".into(), "2".into()), ("c".into(), "3".into())])
        );
    }

    #[test]
    fn an_object_has_fifty_names_however_they_came() {
        let fifty: Metadata = (0..50).map(|n| (format!("n{n}"), "x".to_owned())).collect();
        let merged = |encoded: &str| change(encoded).unwrap().merge(&fifty);

        assert_eq!(merged("metadata[n0]=y&metadata[n1]=z").unwrap().len(), 50);
        assert_eq!(merged("metadata[n0]=&metadata[new]=x").unwrap().len(), 50);
        assert!(merged("metadata[new]=x").is_err());
    }

    #[test]
    fn names_and_values_have_a_longest_length() {
        assert!(change(&format!("metadata[{}]=x", "n".repeat(41))).is_err());
        assert!(change(&format!("metadata[n]={}", "v".repeat(501))).is_err());
        assert!(change(&format!("metadata[{}]={}", "n".repeat(40), "v".repeat(500))).is_ok());
    }
}
